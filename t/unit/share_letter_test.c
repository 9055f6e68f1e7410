/* SPDX-License-Identifier: ISC */
/* Records that a share group gives up: dead letters, or dropped. */
#include "share_scene.h"
#include "test.h"

#define LARGE "1000000" /* bytes of a segment */

static struct share_scene s;
static struct mq_share_record r, r2;

static const char *const one[] = { "max.poll.records", "1", NULL };
static const char *const dead[] = { "max.poll.records", "1",
	"errors.deadletterqueue.topic.name", "dlq",
	"group.share.delivery.count.limit", "2",
	"group.share.record.lock.duration.ms", "100", NULL };

static int
header_is(const struct mq_record *d, size_t i, const char *name,
    const char *value)
{
	const struct mq_header *h = &d->headers[i];

	return h->name.len == strlen(name) && h->value.len == strlen(value) &&
	    memcmp(h->name.data, name, h->name.len) == 0 &&
	    memcmp(h->value.data, value, h->value.len) == 0;
}

/* Whether the next dead letter is record n, delivered so often, and why. */
static int
letter(struct mq_consumer *c, int64_t n, const char *count, const char *why)
{
	struct mq_record d, plain;
	char offset[8];
	int i = 0;

	(void)snprintf(offset, sizeof(offset), "%d", (int)n);
	CHECK(mq_consumer_poll(c, &d, 0, &s.err) == MQ_POLL_RECORD);
	plain = d;
	plain.offset = n;
	plain.header_count = 0;
	CHECK(scene_is(&plain, n) && d.header_count == 6);
	CHECK(header_is(&d, (size_t)i++, "__dlq.errors.topic", "t"));
	CHECK(header_is(&d, (size_t)i++, "__dlq.errors.partition", "0"));
	CHECK(header_is(&d, (size_t)i++, "__dlq.errors.offset", offset));
	CHECK(header_is(&d, (size_t)i++, "__dlq.errors.group", "g"));
	CHECK(header_is(&d, (size_t)i++, "__dlq.errors.delivery.count", count));
	CHECK(header_is(&d, (size_t)i, "__dlq.errors.message", why));
	return 0;
}

static int
dead_letters(void)
{
	static const char *const topic[] = { "dlq" };
	struct mq_subscription sub = { .topic = topic,
		.topic_count = 1,
		.stop_at_end = 1 };
	struct mq_consumer *c;
	struct mq_share *a;
	int i;

	CHECK(share_start(&s, 0, 4, LARGE) == 0);
	CHECK(share_open(&s, "g", 1, dead) == NULL); /* there is no topic dlq */
	CHECK(s.err.code == MQ_UNKNOWN_TOPIC_OR_PARTITION);
	CHECK(mq_topic_create(s.mq, "dlq", 1, NULL, &s.err) == 0);
	CHECK((a = share_open(&s, "g", 0, dead)) != NULL);
	CHECK(share_take(&s, a, 0, &r) == 0);
	CHECK(mq_share_acknowledge(a, &r, MQ_REJECT, 0, &s.err) == 0);
	CHECK(s.told[MQ_SHARE_DEAD] == 1 && s.last.rejected);
	for (i = 1; i <= 2; i++) {
		CHECK(share_take(&s, a, 1, &r) == 0 && r.delivery_count == i);
		CHECK(mq_share_acknowledge(a, &r, MQ_RELEASE, 0, &s.err) == 0);
	}
	CHECK(s.told[MQ_SHARE_DEAD] == 2 && !s.last.rejected);
	/* Nobody says a word of record 2: its locks are over by themselves. */
	CHECK(share_take(&s, a, 2, &r) == 0);
	CHECK(share_take(&s, a, 3, &r2) == 0);
	CHECK(mq_share_acknowledge(a, &r2, MQ_ACCEPT, 0, &s.err) == 0);
	CHECK(mq_share_poll(a, &r, 10000, &s.err) == MQ_POLL_RECORD);
	CHECK(r.record.offset == 2 && r.delivery_count == 2);
	mq_share_free(a);
	CHECK((a = share_open(&s, "g", 1, dead)) != NULL);
	CHECK(share_try(&s, a, &r) == MQ_POLL_END);
	CHECK(s.told[MQ_SHARE_DEAD] == 1);
	mq_share_free(a);
	CHECK((c = mq_consumer_new(s.mq, NULL, &sub, &s.err)) != NULL);
	CHECK(letter(c, 0, "1", "Offset rejected by client.") == 0);
	CHECK(letter(c, 1, "2",
		  "Offset delivery count exceeded the threshold.") == 0);
	CHECK(letter(c, 2, "2",
		  "Offset delivery count exceeded the threshold.") == 0);
	CHECK(mq_consumer_poll(c, &r.record, 0, &s.err) == MQ_POLL_END);
	mq_consumer_free(c);
	share_end(&s);
	return 0;
}

/* Without one they are dropped, and the caller is told. */
static int
dropped(void)
{
	struct mq_share *a;
	int i;

	CHECK(share_start(&s, 0, 2, LARGE) == 0);
	CHECK((a = share_open(&s, "g", 1, one)) != NULL);
	CHECK(share_take(&s, a, 0, &r) == 0);
	CHECK(mq_share_acknowledge(a, &r, MQ_REJECT, 0, &s.err) == 0);
	CHECK(s.told[MQ_SHARE_DROPPED] == 1 && s.last.rejected);
	for (i = 1; i <= 5; i++) {
		CHECK(share_take(&s, a, 1, &r) == 0 && r.delivery_count == i);
		CHECK(mq_share_acknowledge(a, &r, MQ_RELEASE, 0, &s.err) == 0);
	}
	CHECK(s.told[MQ_SHARE_DROPPED] == 2 && s.last.delivery_count == 5);
	CHECK(share_try(&s, a, &r) == MQ_POLL_END);
	mq_share_free(a);
	share_end(&s);
	return 0;
}

int
main(void)
{
	RUN(dead_letters, "rejected, released and silent: dead letters");
	RUN(dropped, "without a dead-letter topic they are dropped, and told");
	return test_done();
}
