/* SPDX-License-Identifier: ISC */
/* Waiting until a topic holds so many records. */
#include "base/clock.h"
#include "base/fail.h"
#include "client/client.h"
#include "client/source.h"

static int
count(struct mq_sources *ss, int64_t *records, struct mq_err *err)
{
	struct mq_partition_tail t;
	int64_t hw;
	size_t i;

	*records = 0;
	for (i = 0; i < ss->count; i++) {
		if (mq_partition_high_watermark(&ss->source[i]->partition, &t,
			&hw, err) == -1)
			return -1;
		*records += hw - t.log_start;
	}
	return 0;
}

int
mq_topic_wait(struct mq *mq, const char *topic, int64_t records,
    int64_t wait_ms, struct mq_err *err)
{
	struct mq_subscription sub = { .topic = &topic, .topic_count = 1 };
	int64_t deadline = wait_ms > 0 ? mq_clock_mono_ms() + wait_ms : 0;
	struct mq_sources ss;
	int64_t held;
	int rc;

	if (mq_sources_open(&ss, mq, &sub, err) == -1)
		return -1;
	for (;;) {
		if ((rc = count(&ss, &held, err)) == -1)
			break;
		if ((rc = held >= records) == 1)
			break;
		if ((rc = mq_sources_wait(&ss, wait_ms, err)) != 1)
			break;
		if (wait_ms > 0 &&
		    (wait_ms = deadline - mq_clock_mono_ms()) < 0)
			wait_ms = 0;
	}
	mq_sources_close(&ss);
	return rc;
}
