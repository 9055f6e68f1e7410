/* SPDX-License-Identifier: ISC */
/*
 * Records that nobody gets again: dropped, or with KIP-1191's headers in the
 * dead-letter topic, on disk before they are archived.
 */
#include <string.h>

#include "base/fail.h"
#include "client/share.h"

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
letter(struct mq_share *s, const struct mq_share_part *part,
    const struct mq_share_victim *v, struct mq_record *r, struct mq_err *err)
{
	r->topic = part->topic;
	r->partition = part->partition.number;
	return mq_produce_dead(s->dead, r, s->group, v->run.delivery_count,
	    v->rejected ? "Offset rejected by client." :
			  "Offset delivery count exceeded the threshold.",
	    err);
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

	if (s->dead == NULL)
		s->dead = mq_producer_new(s->mq, s->dead_topic, NULL, err);
	if (s->dead == NULL)
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
		w.delivery_count = v->run.delivery_count;
		w.buried = 1;
		/* Who rejected it is to know when that came too late. */
		w.own = !v->rejected;
		if (mq_share_part_say(part, &w, err) == -1)
			return -1;
	}
	return 0;
}
