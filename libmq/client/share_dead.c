/* SPDX-License-Identifier: ISC */
/*
 * Records that nobody gets again: dropped, or with KIP-1191's headers in the
 * dead-letter topic, on disk before they are archived.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "client/share.h"

#define HEADERS 6

void
mq_share_tell(struct mq_share *s, const struct mq_share_part *part,
    const struct mq_share_range *run, enum mq_share_event_kind kind,
    int rejected)
{
	struct mq_share_event e;

	if (s->told == NULL)
		return;
	e.kind = kind;
	e.topic = part->topic;
	e.partition = part->partition.number;
	e.first = run->first;
	e.last = run->last;
	e.delivery_count = run->delivery_count;
	e.rejected = rejected;
	s->told(&e, s->arg);
}

static int
open_dead(struct mq_share *s, struct mq_err *err)
{
	struct mq_topic_file file;

	if (s->dead != NULL)
		return 0;
	if (mq_topic_file_read(s->mq->store.dir, s->dead_topic, &file, err) ==
	    -1)
		return -1;
	s->dead_partitions = file.partitions;
	s->dead = mq_producer_new(s->mq, s->dead_topic, NULL, err);
	return s->dead != NULL ? 0 : -1;
}

static struct mq_bytes
text(const char *s)
{
	struct mq_bytes b = { s, strlen(s) };

	return b;
}

/* What KIP-1191 says of a dead letter, behind the record's own headers. */
static int
letter(struct mq_share *s, const struct mq_share_part *part,
    const struct mq_share_victim *v, const struct mq_record *r,
    struct mq_err *err)
{
	char partition[16], offset[24], count[8];
	const char *const said[HEADERS][2] = {
		{ "__dlq.errors.topic", part->topic },
		{ "__dlq.errors.partition", partition },
		{ "__dlq.errors.offset", offset },
		{ "__dlq.errors.group", s->group },
		{ "__dlq.errors.delivery.count", count },
		{ "__dlq.errors.message",
		    v->rejected ?
			"Offset rejected by client." :
			"Offset delivery count exceeded the threshold." },
	};
	struct mq_record dead = *r;
	struct mq_header *h;
	size_t i, n = r->header_count;
	int rc;

	(void)snprintf(partition, sizeof(partition), "%" PRId32,
	    part->partition.number);
	(void)snprintf(offset, sizeof(offset), "%" PRId64, r->offset);
	(void)snprintf(count, sizeof(count), "%d", v->run.delivery_count);
	if ((h = calloc(n + HEADERS, sizeof(*h))) == NULL)
		return mq_fail_memory(err);
	if (n != 0)
		(void)memcpy(h, r->headers, n * sizeof(*h));
	for (i = 0; i < HEADERS; i++) {
		h[n + i].name = text(said[i][0]);
		h[n + i].value = text(said[i][1]);
	}
	dead.headers = h;
	dead.header_count = n + HEADERS;
	dead.partition = part->partition.number % s->dead_partitions;
	rc = mq_produce(s->dead, &dead, 0, err);
	if (rc == -1 && err->code == MQ_MESSAGE_TOO_LARGE) {
		/* As Kafka does: it says what it was, without being it. */
		dead.headers = h + n;
		dead.header_count = HEADERS;
		dead.key.data = dead.value.data = NULL;
		dead.key.len = dead.value.len = 0;
		rc = mq_produce(s->dead, &dead, 0, err);
	}
	free(h);
	return rc;
}

/* The letters of one run. */
static int
letters(struct mq_share *s, struct mq_share_part *part,
    const struct mq_share_victim *v, struct mq_share_cursor *c,
    struct mq_err *err)
{
	struct mq_record r;
	int64_t at = v->run.first;
	int rc = 1;

	while (at <= v->run.last) {
		rc = mq_share_cursor_read(c, at, &r, err);
		/* What retention took meanwhile cannot be kept. */
		if (rc == -1 && err->code == MQ_OFFSET_OUT_OF_RANGE)
			at++;
		else if (rc != 1 || r.offset > v->run.last)
			break;
		else if (letter(s, part, v, &r, err) == -1)
			return -1;
		else
			at = r.offset + 1;
	}
	return rc == -1 && err->code != MQ_OFFSET_OUT_OF_RANGE ? -1 : 0;
}

static int
write_letters(struct mq_share *s, struct mq_share_part *part,
    struct mq_err *err)
{
	struct mq_share_cursor c;
	size_t i;
	int rc;

	if (open_dead(s, err) == -1)
		return mq_fail_context(err, "dead-letter topic");
	mq_share_cursor_init(&c, &part->partition);
	for (i = 0, rc = 0; i < part->victim_count && rc == 0; i++)
		if (part->victim[i].run.state == MQ_SHARE_ACQUIRED)
			rc = letters(s, part, &part->victim[i], &c, err);
	mq_share_cursor_free(&c);
	if (rc == 0)
		rc = mq_producer_flush(s->dead, err);
	if (rc == -1) {
		/* Whoever finds the records next writes them again. */
		mq_producer_free(s->dead);
		s->dead = NULL;
		return mq_fail_context(err, "dead-letter topic %s",
		    s->dead_topic);
	}
	return 0;
}

int
mq_share_bury(struct mq_share *s, struct mq_share_part *part,
    struct mq_err *err)
{
	struct mq_share_victim *v;
	struct mq_share_word w;
	size_t i, n = part->victim_count;
	int due = 0;

	for (i = 0; i < n; i++)
		due |= part->victim[i].run.state == MQ_SHARE_ACQUIRED;
	if (due && write_letters(s, part, err) == -1)
		return -1;
	part->victim_count = 0;
	for (i = 0; i < n; i++) {
		v = &part->victim[i];
		mq_share_tell(s, part, &v->run,
		    v->run.state == MQ_SHARE_ACQUIRED ? MQ_SHARE_DEAD :
							MQ_SHARE_DROPPED,
		    v->rejected);
		if (v->run.state != MQ_SHARE_ACQUIRED)
			continue;
		(void)memset(&w, 0, sizeof(w));
		w.ack.holder = v->run.holder;
		w.ack.first = v->run.first;
		w.ack.last = v->run.last;
		w.ack.type = MQ_SHARE_REJECT;
		w.own = w.buried = 1;
		if (mq_share_part_say(part, &w, err) == -1)
			return -1;
	}
	return 0;
}
