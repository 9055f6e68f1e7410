/* SPDX-License-Identifier: ISC */
#include "group/assignor.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "group/assignor_claims.h"
#include "group/assignor_plan.h"
#include "group/assignor_sticky.h"

/* Each topic by itself: neighbours to each subscriber, the first get more. */
static int
range(struct mq_assignor_plan *p, struct mq_err *err)
{
	const uint32_t *s;
	uint32_t t, i, m, n, each, more;

	(void)err;
	for (t = 0; t < p->topics; t++) {
		s = p->subscribers.at + p->subscribers.first[t];
		n = (uint32_t)(p->subscribers.first[t + 1] -
		    p->subscribers.first[t]);
		if (n == 0)
			continue;
		each = (p->first[t + 1] - p->first[t]) / n;
		more = (p->first[t + 1] - p->first[t]) % n;
		for (i = p->first[t], m = 0; i < p->first[t + 1]; m++) {
			for (n = each + (m < more); n > 0; n--)
				p->owner[i++] = s[m];
		}
	}
	return 0;
}

/* All partitions in a row, dealt out; who does not subscribe is passed over. */
static int
roundrobin(struct mq_assignor_plan *p, struct mq_err *err)
{
	const uint32_t *s;
	uint32_t t, i, at, n, next = 0;

	(void)err;
	for (t = 0; t < p->topics; t++) {
		s = p->subscribers.at + p->subscribers.first[t];
		n = (uint32_t)(p->subscribers.first[t + 1] -
		    p->subscribers.first[t]);
		for (at = 0; at < n && s[at] < next; at++)
			;
		for (i = p->first[t]; i < p->first[t + 1]; i++, at++) {
			if (at >= n)
				at = 0;
			p->owner[i] = s[at];
			next = s[at] + 1;
		}
	}
	return 0;
}

static const struct {
	const char *name;
	int (*assign)(struct mq_assignor_plan *, struct mq_err *);
} assignors[] = {
	[MQ_ASSIGNOR_RANGE] = { "range", range },
	[MQ_ASSIGNOR_ROUNDROBIN] = { "roundrobin", roundrobin },
	[MQ_ASSIGNOR_COOPERATIVE_STICKY] = { "cooperative-sticky",
	    mq_assignor_sticky },
};

#define ASSIGNORS (sizeof(assignors) / sizeof(assignors[0]))

const char *
mq_assignor_name(enum mq_assignor a)
{
	return (size_t)a < ASSIGNORS ? assignors[a].name : NULL;
}

int
mq_assignor_parse(const char *name, enum mq_assignor *a, struct mq_err *err)
{
	size_t i;

	for (i = 0; i < ASSIGNORS; i++)
		if (strcmp(name, assignors[i].name) == 0) {
			*a = (enum mq_assignor)i;
			return 0;
		}
	return mq_fail(err, MQ_INVALID_CONFIG,
	    "partition.assignment.strategy %s: not one of %s, %s, %s", name,
	    assignors[0].name, assignors[1].name, assignors[2].name);
}

/* The owners that a plan has, as lists by the caller's members. */
static struct mq_assignment *
lists(const struct mq_assignor_plan *p, struct mq_err *err)
{
	struct mq_assignment *a = calloc(1, sizeof(*a));
	struct mq_assigned *to;
	uint32_t i, t;
	size_t m;

	if (a == NULL ||
	    (a->first = calloc((size_t)p->members + 2, sizeof(size_t))) ==
		NULL ||
	    (a->at = calloc((size_t)p->partitions + 1, sizeof(*a->at))) ==
		NULL) {
		mq_assignment_free(a);
		(void)mq_fail_memory(err);
		return NULL;
	}
	a->members_count = p->members;
	for (i = 0; i < p->partitions; i++)
		a->first[p->member[p->owner[i]].input + 2]++;
	for (m = 2; m <= p->members; m++)
		a->first[m] += a->first[m - 1];
	for (i = 0; i < p->partitions; i++) {
		t = p->topic_of[i];
		to = &a->at[a->first[p->member[p->owner[i]].input + 1]++];
		to->topic = p->topic[t].input;
		to->partition = (int32_t)(i - p->first[t]);
	}
	return a;
}

struct mq_assignment *
mq_assignor_assign(enum mq_assignor strategy,
    const struct mq_assignor_group *group, struct mq_err *err)
{
	struct mq_assignment *a = NULL;
	struct mq_assignor_plan p;

	if (mq_assignor_plan_init(&p, group, err) == -1)
		return NULL;
	if (assignors[strategy].assign(&p, err) == 0)
		a = lists(&p, err);
	mq_assignor_plan_free(&p);
	return a;
}

void
mq_assignment_free(struct mq_assignment *a)
{
	if (a == NULL)
		return;
	free(a->first);
	free(a->at);
	free(a);
}

/* The caller's topics to the plan's. */
static uint32_t *
topic_numbers(const struct mq_assignor_plan *p)
{
	uint32_t t, *number = mq_assignor_plan_numbers(p->topics);

	for (t = 0; number != NULL && t < p->topics; t++)
		number[p->topic[t].input] = t;
	return number;
}

/* Takes out of a member's list what another claims, and closes the gaps. */
static void
withhold(const struct mq_assignor_plan *p, const struct mq_assignor_claims *c,
    const uint32_t *number, struct mq_assignment *a)
{
	size_t i, m, end, from = 0, to = 0;
	uint32_t n, claimant;

	for (m = 0; m < a->members_count; m++, from = end) {
		end = a->first[m + 1];
		for (i = from; i < end; i++) {
			n = p->first[number[a->at[i].topic]] +
			    (uint32_t)a->at[i].partition;
			claimant = c->claimant[n];
			if (claimant != MQ_ASSIGNOR_NONE &&
			    (c->contested[n] || p->member[claimant].input != m))
				a->withheld++;
			else
				a->at[to++] = a->at[i];
		}
		a->first[m + 1] = to;
	}
}

int
mq_assignor_adjust(const struct mq_assignor_group *group,
    struct mq_assignment *a, struct mq_err *err)
{
	struct mq_assignor_claims c;
	struct mq_assignor_plan p;
	uint32_t *number;
	int rc = -1;

	if (mq_assignor_plan_init(&p, group, err) == -1)
		return -1;
	if ((number = topic_numbers(&p)) == NULL)
		(void)mq_fail_memory(err);
	else if ((rc = mq_assignor_claims_init(&c, &p, err)) == 0) {
		withhold(&p, &c, number, a);
		mq_assignor_claims_free(&c);
	}
	free(number);
	mq_assignor_plan_free(&p);
	return rc;
}
