/* SPDX-License-Identifier: ISC */
/* An error reads as one sentence, the widest context first. */
#include "base/fail.h"

#include <errno.h>

#include "test.h"

static int
sentence(void)
{
	struct mq_err err;

	(void)memset(&err, 0x55, sizeof(err));
	CHECK(mq_fail(&err, MQ_INVALID_TOPIC, "bad name %s", "a/b") == -1);
	CHECK(err.code == MQ_INVALID_TOPIC && err.sys == 0);
	CHECK_TEXT(err.text, "bad name a/b");
	return 0;
}

static int
system_error(void)
{
	struct mq_err err;

	errno = ENOSPC;
	CHECK(mq_fail_errno(&err, MQ_KAFKA_STORAGE_ERROR, "%d.log", 42) == -1);
	CHECK(err.code == MQ_KAFKA_STORAGE_ERROR && err.sys == ENOSPC);
	CHECK_TEXT(err.text, "42.log: No space left on device");
	errno = 99999;
	CHECK(mq_fail_errno(&err, MQ_KAFKA_STORAGE_ERROR, "x") == -1);
	CHECK_TEXT(err.text, "x: Unknown error 99999");
	return 0;
}

static int
memory(void)
{
	struct mq_err err;

	CHECK(mq_fail_memory(&err) == -1);
	CHECK(err.code == MQ_UNKNOWN_SERVER_ERROR && err.sys == ENOMEM);
	CHECK_TEXT(err.text, "out of memory");
	return 0;
}

static int
context(void)
{
	struct mq_err err;

	errno = EIO;
	(void)mq_fail_errno(&err, MQ_KAFKA_STORAGE_ERROR, "00042.log");
	CHECK(mq_fail_context(&err, "partition %d", 3) == -1);
	CHECK(mq_fail_context(&err, "topic %s", "100%s") == -1);
	CHECK(err.code == MQ_KAFKA_STORAGE_ERROR && err.sys == EIO);
	CHECK_TEXT(err.text,
	    "topic 100%s: partition 3: 00042.log: Input/output error");
	return 0;
}

static int
too_long(void)
{
	struct mq_err err;
	char text[3 * MQ_ERR_TEXT];

	(void)memset(text, 'y', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	(void)mq_fail(&err, MQ_INVALID_REQUEST, "%s", text);
	CHECK(strlen(err.text) == MQ_ERR_TEXT - 1);
	(void)mq_fail_context(&err, "outside");
	CHECK(strlen(err.text) == MQ_ERR_TEXT - 1);
	CHECK(strncmp(err.text, "outside: yyy", 12) == 0);
	errno = EIO;
	(void)mq_fail_errno(&err, MQ_INVALID_REQUEST, "%s", text);
	CHECK(strlen(err.text) == MQ_ERR_TEXT - 1);
	(void)mq_fail_context(&err, "%s", text);
	CHECK(strlen(err.text) == MQ_ERR_TEXT - 1);
	return 0;
}

int
main(void)
{
	RUN(sentence, "a code and a sentence");
	RUN(system_error, "errno and its words");
	RUN(memory, "out of memory needs no memory");
	RUN(context, "context goes in front, code and errno stay");
	RUN(too_long, "a sentence that is too long is cut at its end");
	return test_done();
}
