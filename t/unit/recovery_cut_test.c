/* SPDX-License-Identifier: ISC */
/*
 * A log is cut at every byte, or goes on with bytes that are none of it: what
 * was flushed and is gone is told, what was not is cut.
 */
#include "recovery_scene.h"

#include <stdlib.h>

#include "test.h"

/*
 * The last segment is cut at every byte (fill: what is cut reads as zeros).
 * Flushed records that are gone are told; where nobody knows that they were,
 * those that are whole are read.
 */
static int
cuts(enum recovery_state how, int fill)
{
	const struct scene_file *last;
	size_t tail = 0, at, len, same;
	int64_t wrong, n, left, before;
	int rc, bad = 0, shown = 0;
	uint8_t *bytes;

	CHECK(recovery_make("300") == 0);
	last = recovery_last_log(&tail);
	CHECK(last != NULL);
	left = recovery_records(last, last->len);
	before = RECOVERY_RECORDS - left;
	CHECK(left >= 2 * RECOVERY_PER_BATCH && before > 0);
	bytes = calloc(1, last->len);
	for (at = 0; at < last->len; at++) {
		(void)memcpy(bytes, last->data, at);
		(void)memset(bytes + at, 0, last->len - at);
		len = fill ? last->len : at;
		CHECK(recovery_put_back(how) == 0);
		CHECK(scene_write(recovery.dir, last->name, bytes, len) == 0);
		/* What was zero stays as it was. */
		for (same = at; fill && same < len; same++)
			if (last->data[same] != 0)
				break;
		n = recovery_read(&wrong, &rc);
		if (how == RECOVERY_NO_STATE &&
		    (rc != 0 || n != before + recovery_records(last, same)))
			bad += recovery_tell(&shown, "cut", how, last->name, at,
			    "not the whole batches that are left");
		/* A tail that ends in zeros may be as it was. */
		if (how != RECOVERY_NO_STATE &&
		    !(rc == 0 && n == RECOVERY_RECORDS && fill) &&
		    (rc != -1 || n == -1 || !recovery_says_where(0)))
			bad += recovery_tell(&shown, "cut", how, last->name, at,
			    "not refused");
	}
	free(bytes);
	printf("# %zu cuts, state %s\n", last->len, recovery_state_name[how]);
	recovery_unmake();
	CHECK(bad == 0);
	return 0;
}

static int
cut_known(void)
{
	return cuts(RECOVERY_NO_TAIL, 0);
}

static int
cut_unknown(void)
{
	return cuts(RECOVERY_NO_STATE, 0);
}

static int
zeros_known(void)
{
	return cuts(RECOVERY_NO_TAIL, 1);
}

static int
zeros_unknown(void)
{
	return cuts(RECOVERY_NO_STATE, 1);
}

static void
ignore(const struct mq_finding *f, void *arg)
{
	(void)arg;
	printf("# %s: %s\n", f->file, f->text);
}

/*
 * Bytes behind the flush point, as a killed writer or a power cut leaves them:
 * they are cut, nothing else is, and the next records follow.
 */
static int
torn_tails(void)
{
	static const char *const tails[] = { "x\0\0\0\0\0\0\0\0\0\0\0",
		"garbage that is no batch\0\0\0\0\0\0\0\0\0\0\0",
		"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" };
	static const size_t lens[] = { 1, 24, 2000 };
	const struct scene_file *last;
	struct mq *mq;
	size_t i, tail = 0, len, how;
	int64_t wrong;
	uint8_t bytes[4096];
	int rc;

	CHECK(recovery_make("300") == 0);
	last = recovery_last_log(&tail);
	for (i = 0; i < 3 * 3; i++) {
		how = i / 3;
		CHECK(recovery_put_back((enum recovery_state)how) == 0);
		(void)memcpy(bytes, last->data, last->len);
		(void)memset(bytes + last->len, 'x', lens[i % 3]);
		(void)memcpy(bytes + last->len, tails[i % 3],
		    strlen(tails[i % 3]) + 12);
		len = last->len + lens[i % 3];
		CHECK(scene_write(recovery.dir, last->name, bytes, len) == 0);
		CHECK((mq = mq_open(recovery.root, 0, &recovery.err)) != NULL);
		CHECK(scene_batch(mq, "t", RECOVERY_RECORDS,
			  RECOVERY_RECORDS + 1, &recovery.err) == 0);
		CHECK(scene_read(mq, "t", &wrong, &rc, &recovery.err) ==
		    RECOVERY_RECORDS + 1);
		CHECK(rc == 0);
		/* A tail that was kept would be a fault. */
		CHECK(mq_verify(mq, "t", ignore, NULL, &recovery.err) == 0);
		mq_close(mq);
	}
	recovery_unmake();
	return 0;
}

int
main(void)
{
	RUN(torn_tails, "bytes behind the flush point are cut, and no more");
	RUN(cut_known, "a flushed record that is cut off is told");
	RUN(cut_unknown, "without a flush point the whole batches are read");
	RUN(zeros_known, "a flushed record that reads as zeros is told");
	RUN(zeros_unknown, "without a flush point zeros are the end");
	return test_done();
}
