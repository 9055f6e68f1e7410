/* SPDX-License-Identifier: ISC */
/* Words of a part: they are gathered, and said to the state run by run. */
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "client/share.h"

/* The array with room for one more, it doubles; or NULL, and it is as it was. */
static void *
more(void *array, size_t count, size_t *cap, size_t size, struct mq_err *err)
{
	size_t n = *cap != 0 ? *cap * 2 : 16;
	void *grown;

	if (count < *cap)
		return array;
	if ((grown = reallocarray(array, n, size)) == NULL)
		(void)mq_fail_memory(err);
	else
		*cap = n;
	return grown;
}

/* Whether the same waits already: while it does, it is said time and again. */
static int
is_renewed(const struct mq_share_part *part, const struct mq_share_word *w)
{
	const struct mq_share_word *v;
	size_t i;

	for (i = 0; i < part->word_count; i++) {
		v = &part->word[i];
		if (v->ack.type == MQ_SHARE_RENEW && v->own == w->own &&
		    v->ack.holder == w->ack.holder &&
		    v->delivery_count == w->delivery_count &&
		    v->ack.first <= w->ack.first && w->ack.last <= v->ack.last)
			return 1;
	}
	return 0;
}

int
mq_share_part_say(struct mq_share_part *part, const struct mq_share_word *w,
    struct mq_err *err)
{
	struct mq_share_word *last = NULL;

	if (w->ack.type == MQ_SHARE_RENEW && is_renewed(part, w))
		return 0;
	if (part->word_count != 0)
		last = &part->word[part->word_count - 1];
	if (last != NULL && last->ack.last + 1 == w->ack.first &&
	    last->ack.type == w->ack.type &&
	    last->ack.holder == w->ack.holder &&
	    last->ack.available_at_ms == w->ack.available_at_ms &&
	    last->ack.uncounted == w->ack.uncounted &&
	    last->delivery_count == w->delivery_count && last->own == w->own &&
	    last->buried == w->buried) {
		last->ack.last = w->ack.last;
		return 0;
	}
	last = more(part->word, part->word_count, &part->word_cap,
	    sizeof(*last), err);
	if (last == NULL)
		return -1;
	part->word = last;
	part->word[part->word_count++] = *w;
	return 0;
}

void
mq_share_part_unsay(struct mq_share_part *part, int own,
    enum mq_share_ack_type type)
{
	const struct mq_share_word *w;
	size_t i, kept = 0;

	for (i = 0; i < part->word_count; i++) {
		w = &part->word[i];
		/* What is buried has its dead letter. */
		if (w->own != own || w->buried || w->ack.type != type)
			part->word[kept++] = *w;
	}
	part->word_count = kept;
}

static int
add_victim(struct mq_share_part *part, const struct mq_share_range *run,
    int rejected, struct mq_err *err)
{
	struct mq_share_victim *v;

	v = more(part->victim, part->victim_count, &part->victim_cap,
	    sizeof(*v), err);
	if (v == NULL)
		return -1;
	part->victim = v;
	v += part->victim_count++;
	v->run = *run;
	v->rejected = rejected;
	return 0;
}

int
mq_share_part_victims(const struct mq_share_ranges *out, void *arg)
{
	struct mq_err ignored;
	size_t i;

	for (i = 0; i < out->count; i++)
		if (add_victim(arg, &out->at[i], 0, &ignored) == -1)
			return -1;
	return 0;
}

/* ---- to the state, under the lock ------------------------------------------ */

/*
 * Whether the run that holds the offset is still the lease of the word.  What
 * was never given out can be given back also when its lock is over.
 */
static int
is_leased(const struct mq_share_range *r, const struct mq_share_word *w,
    int64_t now)
{
	return r != NULL && r->state == MQ_SHARE_ACQUIRED &&
	    r->holder == w->ack.holder &&
	    (r->until_ms > now || (w->own && w->ack.uncounted)) &&
	    (w->delivery_count == 0 || r->delivery_count == w->delivery_count);
}

static int
too_late(struct mq_share_part *part, const struct mq_share_word *w,
    int64_t first, int64_t last, struct mq_err *err)
{
	struct mq_share_range *l;
	size_t i;

	if (w->own)
		return 0;
	for (i = 0; i < part->late_count; i++) {
		l = &part->late[i];
		/* Its renewal was, and that is told. */
		if (l->first <= first && last <= l->last &&
		    l->delivery_count == w->delivery_count)
			return 0;
	}
	l = more(part->late, part->late_count, &part->late_cap, sizeof(*l),
	    err);
	if (l == NULL)
		return -1;
	part->late = l;
	l += part->late_count++;
	(void)memset(l, 0, sizeof(*l));
	l->first = first;
	l->last = last;
	l->delivery_count = w->delivery_count;
	return 0;
}

/* Says a word of one run that is leased. */
static int
say_run(struct mq_share_part *part, const struct mq_share_word *w, int64_t now,
    struct mq_share_range run, struct mq_err *err)
{
	struct mq_share_ranges out = { 0 };
	struct mq_share_ack ack = w->ack;
	int rejected = ack.type == MQ_SHARE_REJECT && !w->buried, rc;

	ack.first = run.first;
	ack.last = run.last;
	/* Is it still mine?  Then the dead letter, and then the rejection. */
	if (rejected && part->file.config.dead_letters)
		ack.type = MQ_SHARE_RENEW;
	rc =
	    mq_share_partition_acknowledge(&part->file.p, now, &ack, &out, err);
	if (rc == 0 && mq_share_part_victims(&out, part) == -1)
		rc = mq_fail_memory(err);
	mq_share_ranges_free(&out);
	if (rc == -1 || !rejected)
		return rc;
	run.state =
	    ack.type == MQ_SHARE_RENEW ? MQ_SHARE_ACQUIRED : MQ_SHARE_ARCHIVED;
	return add_victim(part, &run, 1, err);
}

int
mq_share_part_speak(struct mq_share_part *part, const struct mq_share_word *w,
    int64_t now, struct mq_err *err)
{
	const struct mq_share_partition *p = &part->file.p;
	const struct mq_share_range *r;
	struct mq_share_range run;
	int64_t at, last;
	int rc = 0;

	for (at = w->ack.first; rc == 0 && at <= w->ack.last; at = last + 1) {
		r = mq_share_partition_find(p, at);
		last = w->ack.last;
		if (r != NULL && r->last < last)
			last = r->last;
		if (r == NULL && at < p->start_offset &&
		    p->start_offset <= last)
			last = p->start_offset - 1;
		if (!is_leased(r, w, now)) {
			rc = too_late(part, w, at, last, err);
			continue;
		}
		run = *r;
		run.first = at;
		run.last = last;
		rc = say_run(part, w, now, run, err);
	}
	return rc;
}
