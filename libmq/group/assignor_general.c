/* SPDX-License-Identifier: ISC */
/*
 * Members with different subscriptions (Kafka's general way): what nobody
 * owns goes to the subscriber with the fewest, topics with few subscribers
 * first.  Then partitions move, one at a time, from a member to one that has
 * at least two fewer, until none can.
 *
 * A partition that is to move from one member to another, while another of
 * its topic has moved the other way, stays, and that one moves back (KIP-54).
 */
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "group/assignor_load.h"
#include "group/assignor_sticky.h"

struct balance {
	struct mq_assignor_plan *plan;
	const struct mq_assignor_claims *claims;
	struct mq_assignor_load load;
	uint32_t *all;	 /* partitions that can move, in order of turns */
	uint32_t *given; /* of these, those that nobody owned */
	uint32_t all_count, given_count;
	uint32_t *before; /* of a partition: the owner before the moves */
	uint32_t *size;	  /* of a member: load.size before the moves */
	/* Moved partitions by topic, owner before and owner now. */
	uint32_t *head, *next, *prev;
	uint32_t mask; /* heads - 1 */
	int revoked;   /* boolean: an owner does not subscribe any more */
	int fresh;     /* boolean: nobody owned anything */
};

struct ranked {
	size_t subscribers;
	uint32_t topic;
};

static int
by_rank(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->subscribers != y->subscribers)
		return x->subscribers < y->subscribers ? -1 : 1;
	return x->topic < y->topic ? -1 : x->topic > y->topic;
}

static size_t
subscribers(const struct mq_assignor_plan *p, uint32_t topic)
{
	return p->subscribers.first[topic + 1] - p->subscribers.first[topic];
}

/* All partitions, those of topics with few subscribers first. */
static int
rank_partitions(struct balance *b, struct mq_err *err)
{
	const struct mq_assignor_plan *p = b->plan;
	struct ranked *r = calloc((size_t)p->topics + 1, sizeof(*r));
	uint32_t t, i, n = 0;

	if (r == NULL)
		return mq_fail_memory(err);
	for (t = 0; t < p->topics; t++) {
		r[t].subscribers = subscribers(p, t);
		r[t].topic = t;
	}
	qsort(r, p->topics, sizeof(*r), by_rank);
	for (t = 0; t < p->topics; t++)
		for (i = p->first[r[t].topic]; i < p->first[r[t].topic + 1];
		     i++)
			b->all[n++] = i;
	free(r);
	return 0;
}

static int
balance_init(struct balance *b, struct mq_err *err)
{
	const struct mq_assignor_plan *p = b->plan;
	size_t i, heads = 16;

	while (heads < p->partitions)
		heads *= 2;
	b->mask = (uint32_t)(heads - 1);
	b->all = mq_assignor_plan_numbers(p->partitions);
	b->given = mq_assignor_plan_numbers(p->partitions);
	b->before = mq_assignor_plan_numbers(p->partitions);
	b->size = mq_assignor_plan_numbers(p->members);
	b->head = mq_assignor_plan_numbers(heads);
	b->next = mq_assignor_plan_numbers(p->partitions);
	b->prev = mq_assignor_plan_numbers(p->partitions);
	if (b->all == NULL || b->given == NULL || b->before == NULL ||
	    b->size == NULL || b->head == NULL || b->next == NULL ||
	    b->prev == NULL)
		return mq_fail_memory(err);
	for (i = 0; i < heads; i++)
		b->head[i] = MQ_ASSIGNOR_NONE;
	if (mq_assignor_load_init(&b->load, p, err) == -1)
		return -1;
	return rank_partitions(b, err);
}

static void
balance_free(struct balance *b)
{
	mq_assignor_load_free(&b->load);
	free(b->all);
	free(b->given);
	free(b->before);
	free(b->size);
	free(b->head);
	free(b->next);
	free(b->prev);
}

/* Owners keep what they subscribe to. */
static void
keep_owned(struct balance *b)
{
	struct mq_assignor_plan *p = b->plan;
	uint32_t i, m;

	b->fresh = 1;
	for (i = 0; i < p->partitions; i++) {
		m = b->claims->holder[i];
		if (m == MQ_ASSIGNOR_NONE)
			continue;
		if (mq_assignor_plan_subscribes(p, m, p->topic_of[i])) {
			p->owner[i] = m;
			mq_assignor_load_add(&b->load, m);
			b->fresh = 0;
		} else
			b->revoked = 1;
	}
}

/* Gives out what nobody owns, and picks the partitions that can move. */
static void
give_out(struct balance *b)
{
	struct mq_assignor_plan *p = b->plan;
	uint32_t i, n, movable;

	for (n = 0; n < p->partitions; n++) {
		i = b->all[n];
		movable = subscribers(p, p->topic_of[i]) > 1;
		if (p->owner[i] == MQ_ASSIGNOR_NONE) {
			p->owner[i] =
			    mq_assignor_load_least(&b->load, p->topic_of[i]);
			mq_assignor_load_add(&b->load, p->owner[i]);
			if (movable)
				b->given[b->given_count++] = i;
		}
		if (movable)
			b->all[b->all_count++] = i;
	}
	(void)memcpy(b->before, p->owner, p->partitions * sizeof(*b->before));
	(void)memcpy(b->size, b->load.size, p->members * sizeof(*b->size));
}

static uint32_t *
moved(const struct balance *b, uint32_t topic, uint32_t from, uint32_t to)
{
	uint32_t h = (topic * 31 + from) * 31 + to;

	return &b->head[(h * 2654435761U >> 7) & b->mask];
}

static void
link_moved(struct balance *b, uint32_t i)
{
	const struct mq_assignor_plan *p = b->plan;
	uint32_t *head;

	head = moved(b, p->topic_of[i], b->before[i], p->owner[i]);
	b->next[i] = *head;
	b->prev[i] = MQ_ASSIGNOR_NONE;
	if (*head != MQ_ASSIGNOR_NONE)
		b->prev[*head] = i;
	*head = i;
}

static void
unlink_moved(struct balance *b, uint32_t i)
{
	const struct mq_assignor_plan *p = b->plan;
	uint32_t *head;

	head = moved(b, p->topic_of[i], b->before[i], p->owner[i]);
	if (b->prev[i] == MQ_ASSIGNOR_NONE)
		*head = b->next[i];
	else
		b->next[b->prev[i]] = b->next[i];
	if (b->next[i] != MQ_ASSIGNOR_NONE)
		b->prev[b->next[i]] = b->prev[i];
}

/* Whether a partition of one member makes things even with the other. */
static int
uneven(const struct balance *b, uint32_t from, uint32_t to)
{
	return b->load.size[from] > b->load.size[to] + 1;
}

/* Whether n moved from one member to another, as a partition of a topic. */
static int
has_moved(const struct balance *b, uint32_t n, uint32_t topic, uint32_t from,
    uint32_t to)
{
	return b->plan->topic_of[n] == topic && b->before[n] == from &&
	    b->plan->owner[n] == to;
}

/* Where a HashSet of so many buckets has a TopicPartition. */
static uint32_t
bucket(const struct balance *b, uint32_t n, uint32_t buckets)
{
	const struct mq_assignor_plan *p = b->plan;
	uint32_t t = p->topic_of[n];

	return mq_assignor_plan_bucket((31 + n - p->first[t]) * 31 +
		mq_assignor_plan_hash(p->topic[t].name),
	    buckets);
}

/*
 * The partition to move instead of i: of its topic, moved before from the
 * member that is to get i to the one that had i.  Of several Kafka takes the
 * first in a HashSet.
 */
static uint32_t
moving_back(const struct balance *b, uint32_t i, uint32_t to)
{
	uint32_t t = b->plan->topic_of[i], had = b->before[i], found = i;
	uint32_t n, first, count = 0, buckets = 16;

	first = *moved(b, t, to, had);
	for (n = first; n != MQ_ASSIGNOR_NONE; n = b->next[n])
		count += (uint32_t)has_moved(b, n, t, to, had);
	while (count > buckets / 4 * 3)
		buckets *= 2;
	for (n = first; n != MQ_ASSIGNOR_NONE; n = b->next[n])
		if (has_moved(b, n, t, to, had) &&
		    (found == i ||
			bucket(b, n, buckets) <= bucket(b, found, buckets)))
			found = n;
	return uneven(b, b->plan->owner[found], to) ? found : i;
}

static void
move(struct balance *b, uint32_t i, uint32_t to)
{
	struct mq_assignor_plan *p = b->plan;

	i = moving_back(b, i, to);
	if (b->before[i] != p->owner[i])
		unlink_moved(b, i);
	mq_assignor_load_take(&b->load, p->owner[i]);
	p->owner[i] = to;
	mq_assignor_load_add(&b->load, to);
	if (b->before[i] != to)
		link_moved(b, i);
}

/* Moves a partition where that evens things out: boolean. */
static int
try_move(struct balance *b, uint32_t i)
{
	const struct mq_assignor_plan *p = b->plan;
	uint32_t m = p->owner[i], to = b->claims->former[i];

	if (to != MQ_ASSIGNOR_NONE && uneven(b, m, to) &&
	    mq_assignor_plan_subscribes(p, to, p->topic_of[i])) {
		move(b, i, to);
		return 1;
	}
	to = mq_assignor_load_least(&b->load, p->topic_of[i]);
	if (!uneven(b, m, to))
		return 0;
	move(b, i, to);
	return 1;
}

/* Ends, as each move makes the sum of squared sizes less. */
static int
even_out(struct balance *b, const uint32_t *list, uint32_t n)
{
	uint32_t i;
	int again, any = 0;

	do {
		again = 0;
		for (i = 0; i < n; i++)
			again |= try_move(b, list[i]);
		any |= again;
	} while (again);
	return any;
}

/* Whether a member has anything that another could have. */
static int
takes_part(const struct mq_assignor_plan *p, uint32_t member)
{
	const struct mq_assignor_lists *s = &p->subscriptions;
	size_t i;

	for (i = s->first[member]; i < s->first[member + 1]; i++)
		if (subscribers(p, s->at[i]) > 1)
			return 1;
	return 0;
}

static int
by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* The sum of differences between all pairs; overwrites the sizes. */
static int64_t
score(const struct mq_assignor_plan *p, uint32_t *size)
{
	uint32_t m, n = 0;
	int64_t sum = 0;

	for (m = 0; m < p->members; m++)
		if (takes_part(p, m))
			size[n++] = size[m];
	qsort(size, n, sizeof(*size), by_number);
	for (m = 0; m < n; m++)
		sum += (int64_t)size[m] * (2 * (int64_t)m + 1 - n);
	return sum;
}

static void
rebalance(struct balance *b)
{
	struct mq_assignor_plan *p = b->plan;

	keep_owned(b);
	give_out(b);
	if (!b->revoked)
		(void)even_out(b, b->given, b->given_count);
	if (even_out(b, b->all, b->all_count) && !b->fresh &&
	    score(p, b->load.size) >= score(p, b->size))
		(void)memcpy(p->owner, b->before,
		    p->partitions * sizeof(*b->before));
}

int
mq_assignor_sticky_general(struct mq_assignor_plan *p,
    const struct mq_assignor_claims *c, struct mq_err *err)
{
	struct balance b;
	int rc;

	(void)memset(&b, 0, sizeof(b));
	b.plan = p;
	b.claims = c;
	if ((rc = balance_init(&b, err)) == 0)
		rebalance(&b);
	balance_free(&b);
	return rc;
}
