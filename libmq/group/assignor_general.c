/* SPDX-License-Identifier: ISC */
/*
 * Members with different subscriptions (Kafka's general way): what nobody
 * owns goes to the subscriber with the fewest, topics with few subscribers
 * first.  Then partitions move, one at a time, from a member to one that has
 * at least two fewer, until none can.
 */
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "group/assignor_load.h"
#include "group/assignor_moves.h"
#include "group/assignor_sticky.h"

struct balance {
	struct mq_assignor_plan *plan;
	const struct mq_assignor_claims *claims;
	struct mq_assignor_load load;
	uint32_t *all;	 /* partitions that can move, in order of turns */
	uint32_t *given; /* of these, those that nobody owned */
	uint32_t all_count, given_count;
	struct mq_assignor_moves moves;
	uint32_t uphill; /* how many moves may yet make the balance worse */
	int revoked;	 /* boolean: an owner does not subscribe any more */
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

	b->all = mq_assignor_plan_numbers(p->partitions);
	b->given = mq_assignor_plan_numbers(p->partitions);
	if (b->all == NULL || b->given == NULL)
		return mq_fail_memory(err);
	if (mq_assignor_load_init(&b->load, p, err) == -1)
		return -1;
	return rank_partitions(b, err);
}

static void
balance_free(struct balance *b)
{
	mq_assignor_load_free(&b->load);
	mq_assignor_moves_free(&b->moves);
	free(b->all);
	free(b->given);
}

/* Owners keep what they subscribe to. */
static void
keep_owned(struct balance *b)
{
	struct mq_assignor_plan *p = b->plan;
	uint32_t i, m;

	for (i = 0; i < p->partitions; i++) {
		m = b->claims->holder[i];
		if (m == MQ_ASSIGNOR_NONE)
			continue;
		if (mq_assignor_plan_subscribes(p, m, p->topic_of[i])) {
			p->owner[i] = m;
			mq_assignor_load_add(&b->load, m);
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
}

/* Whether a partition of one member makes things even with the other. */
static int
uneven(const struct balance *b, uint32_t from, uint32_t to)
{
	return b->load.size[from] > b->load.size[to] + 1;
}

/*
 * Moves a partition, or another instead.  Kafka does that where it makes the
 * balance worse as well, and may go round for ever; here that ends.
 */
static void
move(struct balance *b, uint32_t i, uint32_t to)
{
	uint32_t from, other = mq_assignor_moves_instead(&b->moves, i, to);

	if (other != i && !uneven(b, b->plan->owner[other], to)) {
		if (b->uphill == 0)
			other = i;
		else
			b->uphill--;
	}
	from = b->plan->owner[other];
	mq_assignor_moves_do(&b->moves, other, to);
	mq_assignor_load_take(&b->load, from);
	mq_assignor_load_add(&b->load, to);
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

/* Ends, as each move makes the sum of squared sizes less, but for uphill. */
static void
even_out(struct balance *b, const uint32_t *list, uint32_t n)
{
	uint32_t i;
	int again;

	do {
		again = 0;
		for (i = 0; i < n; i++)
			again |= try_move(b, list[i]);
	} while (again);
}

static int
rebalance(struct balance *b, struct mq_err *err)
{
	keep_owned(b);
	give_out(b);
	if (mq_assignor_moves_init(&b->moves, b->plan, err) == -1)
		return -1;
	if (!b->revoked)
		even_out(b, b->given, b->given_count);
	even_out(b, b->all, b->all_count);
	return 0;
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
	b.uphill = p->partitions;
	if ((rc = balance_init(&b, err)) == 0)
		rc = rebalance(&b, err);
	balance_free(&b);
	return rc;
}
