/* SPDX-License-Identifier: ISC */
/* Share groups on a directory, as their callers see them. */
#include <unistd.h>

#include "share_scene.h"
#include "test.h"

static struct share_scene s;
static struct mq_share_record r, r2, r3;

#define SMALL "400" /* bytes: two batches a segment */
#define LARGE "1000000"

static const char *const one[] = { "max.poll.records", "1", NULL };
static const char *const short_lock[] = { "max.poll.records", "1",
	"group.share.record.lock.duration.ms", "100", NULL };
static const char *const short_both[] = { "max.poll.records", "2",
	"group.share.record.lock.duration.ms", "100", NULL };

static int
shared_out(void)
{
	struct mq_share *a, *b;
	int i;

	CHECK(share_start(&s, 0, 20, LARGE) == 0);
	CHECK((a = share_open(&s, "g", 1, one)) != NULL);
	CHECK((b = share_open(&s, "g", 1, one)) != NULL);
	for (i = 0; i < 20; i += 2) {
		CHECK(share_take(&s, a, i, &r) == 0);
		CHECK(share_take(&s, b, i + 1, &r2) == 0);
		CHECK(r.delivery_count == 1 && r.holder != r2.holder);
		CHECK_TEXT(r.record.topic, "t");
		CHECK(mq_share_acknowledge(a, &r, MQ_ACCEPT, 0, &s.err) == 0);
		CHECK(mq_share_acknowledge(b, &r2, MQ_ACCEPT, 0, &s.err) == 0);
	}
	CHECK(share_try(&s, a, &r) == MQ_POLL_END);
	CHECK(share_try(&s, b, &r) == MQ_POLL_END);
	CHECK(mq_share_flush(a, &s.err) == 0);
	mq_share_free(a);
	mq_share_free(b);
	CHECK((a = share_open(&s, "g", 1, NULL)) != NULL);
	CHECK(share_try(&s, a, &r) == MQ_POLL_END);
	mq_share_free(a);
	/* Another group has them all. */
	CHECK((a = share_open(&s, "h", 1, NULL)) != NULL);
	for (i = 0; i < 20; i++) {
		CHECK(share_take(&s, a, i, &r) == 0);
		CHECK(mq_share_acknowledge(a, &r, MQ_ACCEPT, 0, &s.err) == 0);
	}
	CHECK(share_try(&s, a, &r) == MQ_POLL_END);
	mq_share_free(a);
	share_end(&s);
	return 0;
}

static int
given_back(void)
{
	struct mq_share *a, *b;
	struct mq_share_record first;

	CHECK(share_start(&s, 0, 10, LARGE) == 0);
	CHECK((a = share_open(&s, "g", 0, NULL)) != NULL);
	CHECK((b = share_open(&s, "g", 0, NULL)) != NULL);
	CHECK(share_take(&s, a, 0, &first) == 0);
	CHECK(share_take(&s, a, 1, &r) == 0);
	CHECK(share_try(&s, b, &r2) == MQ_POLL_IDLE); /* a has all ten */
	CHECK(mq_share_acknowledge(a, &r, MQ_RELEASE, 0, &s.err) == 0);
	CHECK(share_take(&s, b, 1, &r2) == 0 && r2.delivery_count == 2);
	CHECK(
	    mq_share_acknowledge(b, &r2, MQ_RELEASE_UNCOUNTED, 0, &s.err) == 0);
	CHECK(share_take(&s, b, 1, &r2) == 0 && r2.delivery_count == 2);
	/* Its copy of the lease is worth nothing. */
	CHECK(mq_share_acknowledge(a, &r, MQ_ACCEPT, 0, &s.err) == 0);
	CHECK(mq_share_flush(a, &s.err) == -1);
	CHECK(s.err.code == MQ_INVALID_RECORD_STATE);
	CHECK(s.told[MQ_SHARE_LATE] == 1 && s.last.first == 1);
	CHECK(mq_share_flush(a, &s.err) == 0);
	/* Freed, a keeps nothing, and what it did not give out is as new. */
	CHECK(mq_share_acknowledge(a, &first, MQ_ACCEPT, 0, &s.err) == 0);
	mq_share_free(a);
	CHECK(share_take(&s, b, 2, &r) == 0 && r.delivery_count == 1);
	mq_share_free(b);
	share_end(&s);
	return 0;
}

/* The lock is over: another gets it, woken by the time alone. */
static int
silent_one(void)
{
	struct mq_share *a, *b;

	CHECK(share_start(&s, 0, 2, LARGE) == 0);
	CHECK((a = share_open(&s, "g", 0, short_both)) != NULL);
	CHECK((b = share_open(&s, "g", 0, one)) != NULL);
	CHECK(share_take(&s, a, 0, &r) == 0);
	CHECK(mq_share_poll(b, &r2, 10000, &s.err) == MQ_POLL_RECORD);
	CHECK(r2.delivery_count == 2 && share_now_ms() >= r.until_ms);
	/* Of what it had at hand besides, nothing is given out. */
	CHECK(share_take(&s, b, 1, &r3) == 0 && r3.delivery_count == 2);
	CHECK(share_try(&s, a, &r3) == MQ_POLL_IDLE);
	CHECK(mq_share_acknowledge(a, &r, MQ_ACCEPT, 0, &s.err) == 0);
	CHECK(mq_share_flush(a, &s.err) == -1);
	CHECK(mq_share_acknowledge(b, &r2, MQ_RENEW, 0, &s.err) == 0);
	CHECK(mq_share_acknowledge(b, &r2, MQ_ACCEPT, 0, &s.err) == 0);
	CHECK(mq_share_flush(b, &s.err) == 0);
	mq_share_free(a);
	mq_share_free(b);
	share_end(&s);
	return 0;
}

/* Its own old lease of a record that it has again is another one. */
static int
own_old_lease(void)
{
	struct mq_share *a;

	CHECK(share_start(&s, 0, 1, LARGE) == 0);
	CHECK((a = share_open(&s, "g", 0, short_lock)) != NULL);
	CHECK(share_take(&s, a, 0, &r) == 0);
	CHECK(mq_share_poll(a, &r2, 10000, &s.err) == MQ_POLL_RECORD);
	CHECK(r2.delivery_count == 2);
	CHECK(mq_share_acknowledge(a, &r, MQ_REJECT, 0, &s.err) == 0);
	CHECK(s.told[MQ_SHARE_LATE] == 1 && s.told[MQ_SHARE_DROPPED] == 0);
	mq_share_free(a);
	share_end(&s);
	return 0;
}

/* New records, and those that others release, wake. */
static int
woken(void)
{
	struct mq_share *a, *b;

	CHECK(share_start(&s, 0, 0, LARGE) == 0);
	CHECK((a = share_open(&s, "g", 0, one)) != NULL);
	CHECK(share_try(&s, a, &r) == MQ_POLL_IDLE);
	CHECK(mq_share_poll(a, &r, 1, &s.err) == MQ_POLL_IDLE);
	CHECK(scene_batch(s.mq, "t", 0, 1, &s.err) == 0);
	CHECK(mq_share_poll(a, &r, -1, &s.err) == MQ_POLL_RECORD);
	CHECK((b = share_open(&s, "g", 0, one)) != NULL);
	CHECK(mq_share_poll(b, &r2, 1, &s.err) == MQ_POLL_IDLE);
	CHECK(mq_share_acknowledge(a, &r, MQ_RELEASE, 30, &s.err) == 0);
	CHECK(mq_share_poll(b, &r2, -1, &s.err) == MQ_POLL_RECORD);
	CHECK(r2.delivery_count == 2);
	mq_share_free(a);
	mq_share_free(b);
	share_end(&s);
	return 0;
}

/* ---- queues ------------------------------------------------------------------------ */

static int
queue_gives_back(void)
{
	struct mq_partition_info info;
	struct mq_share *a;
	int64_t i;

	CHECK(share_start(&s, 1, 100, SMALL) == 0);
	CHECK(share_open(&s, "other", 0, one) == NULL);
	CHECK(s.err.code == MQ_INVALID_REQUEST);
	CHECK(mq_partition_get(s.mq, "t", 0, &info, &s.err) == 0);
	CHECK(info.segments >= 10 && info.log_start == 0);
	CHECK((a = share_open(&s, "t", 0, one)) != NULL);
	for (i = 0; i < 100; i++) {
		CHECK(share_take(&s, a, i, &r) == 0);
		CHECK(mq_share_acknowledge(a, &r, MQ_ACCEPT, 0, &s.err) == 0);
		CHECK(mq_share_flush(a, &s.err) == 0);
		CHECK(mq_partition_get(s.mq, "t", 0, &info, &s.err) == 0);
		CHECK(info.log_start <= i + 1 && info.log_start + 20 > i);
	}
	CHECK(info.segments == 1);
	mq_share_free(a);
	CHECK(mq_share_delete(s.mq, "t", &s.err) == -1);
	share_end(&s);
	return 0;
}

/* A topic of the same name, made anew, begins anew. */
static int
made_anew(void)
{
	struct mq_share *a;
	int64_t i;

	CHECK(share_start(&s, 0, 20, LARGE) == 0);
	CHECK((a = share_open(&s, "g", 1, NULL)) != NULL);
	for (i = 0; i < 20; i++) {
		CHECK(share_take(&s, a, i, &r) == 0);
		CHECK(mq_share_acknowledge(a, &r, MQ_ACCEPT, 0, &s.err) == 0);
	}
	mq_share_free(a);
	CHECK(mq_topic_delete(s.mq, "t", &s.err) == 0);
	CHECK(mq_topic_create(s.mq, "t", 1, NULL, &s.err) == 0);
	CHECK(scene_batch(s.mq, "t", 0, 30, &s.err) == 0);
	CHECK((a = share_open(&s, "g", 1, NULL)) != NULL);
	CHECK(share_take(&s, a, 0, &r) == 0 && r.delivery_count == 1);
	mq_share_free(a);
	share_end(&s);
	return 0;
}

/* What was trimmed while it was acquired is passed over. */
static int
trimmed(void)
{
	struct mq_share *a;
	int64_t start;

	CHECK(share_start(&s, 0, 30, SMALL) == 0);
	CHECK((a = share_open(&s, "g", 1, NULL)) != NULL);
	CHECK(share_take(&s, a, 0, &r) == 0);
	CHECK(mq_topic_trim(s.mq, "t", 0, 17, &start, &s.err) == 0);
	CHECK(mq_share_acknowledge(a, &r, MQ_RELEASE, 0, &s.err) == 0);
	CHECK(s.told[MQ_SHARE_LATE] == 1);
	while (share_try(&s, a, &r) == MQ_POLL_RECORD && r.record.offset < 17)
		continue;
	CHECK(scene_is(&r.record, 17));
	for (start = 18; start < 30; start++)
		CHECK(share_take(&s, a, start, &r) == 0);
	mq_share_free(a);
	share_end(&s);
	return 0;
}

/* ---- from outside ------------------------------------------------------------------- */

static int64_t peeked[4], peeked_last;

static int
count_peeked(const struct mq_share_peeked *k, void *arg)
{
	(void)arg;
	peeked[k->state]++;
	peeked_last = k->record.offset;
	return peeked[3] != 0;
}

static int
from_outside(void)
{
	struct mq_share_group *g;
	struct mq_share *a;
	char host[65];

	CHECK(share_start(&s, 0, 20, LARGE) == 0);
	CHECK(share_look(&s, "g") == NULL);
	CHECK(s.err.code == MQ_GROUP_ID_NOT_FOUND);
	CHECK((a = share_open(&s, "g", 0, one)) != NULL);
	CHECK(share_take(&s, a, 0, &r) == 0);
	CHECK(mq_share_acknowledge(a, &r, MQ_ACCEPT, 0, &s.err) == 0);
	CHECK(share_take(&s, a, 1, &r) == 0);
	CHECK(share_take(&s, a, 2, &r2) == 0);
	CHECK(mq_share_acknowledge(a, &r2, MQ_RELEASE, 60000, &s.err) == 0);
	CHECK((g = share_look(&s, "g")) != NULL);
	CHECK(g->count == 1 && g->partition->start_offset == 1);
	CHECK(g->partition->end_offset == 3 && g->partition->log_end == 20);
	CHECK(g->partition->acquired == 1 && g->partition->delayed == 1);
	CHECK(g->partition->available == 17 && g->partition->lag == 19);
	CHECK(g->partition->holding_count == 1);
	CHECK(g->partition->holding->pid == getpid());
	CHECK(gethostname(host, sizeof(host)) == 0);
	CHECK_TEXT(g->partition->holding->host, host);
	CHECK(g->partition->holding->records == 1);
	mq_share_group_free(g);
	(void)memset(peeked, 0, sizeof(peeked));
	CHECK(
	    mq_share_peek(s.mq, "g", "t", 0, count_peeked, NULL, &s.err) == 0);
	CHECK(peeked[0] == 17 && peeked[1] == 1 && peeked[2] == 1);
	peeked[3] = 1; /* stops at the first */
	CHECK(
	    mq_share_peek(s.mq, "g", "t", 0, count_peeked, NULL, &s.err) == 0);
	CHECK(peeked_last == 1 && peeked[1] == 2);
	CHECK(mq_share_seek(s.mq, "g", "t", 0, 5, &s.err) == -1);
	CHECK(s.err.code == MQ_NON_EMPTY_GROUP);
	CHECK(mq_share_delete(s.mq, "g", &s.err) == -1);
	CHECK(s.err.code == MQ_NON_EMPTY_GROUP);
	CHECK(mq_share_acknowledge(a, &r, MQ_RELEASE, 0, &s.err) == 0);
	CHECK(mq_share_seek(s.mq, "g", "t", 0, 21, &s.err) == -1);
	CHECK(s.err.code == MQ_OFFSET_OUT_OF_RANGE);
	CHECK(mq_share_seek(s.mq, "g", "t", 0, 15, &s.err) == 0);
	CHECK(share_take(&s, a, 15, &r) == 0 && r.delivery_count == 1);
	CHECK(mq_share_acknowledge(a, &r, MQ_RELEASE, 0, &s.err) == 0);
	CHECK(mq_share_seek(s.mq, "g", "t", 0, 0, &s.err) == 0);
	CHECK(share_take(&s, a, 0, &r) == 0);
	mq_share_free(a);
	CHECK(mq_share_delete(s.mq, "g", &s.err) == 0);
	CHECK(share_look(&s, "g") == NULL);
	share_end(&s);
	return 0;
}

int
main(void)
{
	RUN(shared_out, "each record goes to one, in order, once");
	RUN(given_back, "released, freed or late: another has it");
	RUN(silent_one, "a lock that is over wakes who waits");
	RUN(own_old_lease,
	    "an old lease is not the new one of the same holder");
	RUN(woken, "new and released records wake who waits");
	RUN(queue_gives_back, "a queue gives its segments back");
	RUN(made_anew, "a topic made anew begins anew");
	RUN(trimmed, "what is trimmed while it is acquired is passed over");
	RUN(from_outside, "describe, peek, seek, delete");
	return test_done();
}
