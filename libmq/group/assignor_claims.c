/* SPDX-License-Identifier: ISC */
#include "group/assignor_claims.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"

/*
 * The members as an iterator over Kafka's HashMap of them has them; those of
 * one bucket by their ids.
 */
static int
hash_order(const struct mq_assignor_plan *p, uint32_t *order,
    struct mq_err *err)
{
	uint32_t i, h, *end, buckets = mq_assignor_plan_buckets(p->members);

	if ((end = mq_assignor_plan_numbers((size_t)buckets + 1)) == NULL)
		return mq_fail_memory(err);
	for (i = 0; i < p->members; i++) {
		h = mq_assignor_plan_hash(p->member[i].name);
		end[mq_assignor_plan_bucket(h, buckets) + 1]++;
	}
	for (i = 1; i < buckets; i++)
		end[i] += end[i - 1];
	for (i = 0; i < p->members; i++) {
		h = mq_assignor_plan_hash(p->member[i].name);
		order[end[mq_assignor_plan_bucket(h, buckets)]++] = i;
	}
	free(end);
	return 0;
}

static int32_t
generation(const struct mq_assignor_plan *p, uint32_t member)
{
	return p->group->members[p->member[member].input].generation;
}

/* One more member claims a partition. */
static void
claim(struct mq_assignor_claims *c, const struct mq_assignor_plan *p,
    uint32_t partition, uint32_t member)
{
	uint32_t other = c->claimant[partition];

	if (other != MQ_ASSIGNOR_NONE &&
	    generation(p, member) < generation(p, other))
		return;
	if (other != MQ_ASSIGNOR_NONE &&
	    generation(p, member) == generation(p, other)) {
		c->contested[partition] = 1;
		c->holder[partition] = MQ_ASSIGNOR_NONE;
	} else
		c->holder[partition] = member;
	c->claimant[partition] = member;
}

/* A claim of an older generation: where a partition may have come from. */
static void
remember(struct mq_assignor_claims *c, const struct mq_assignor_plan *p,
    uint32_t partition, uint32_t member)
{
	uint32_t other = c->former[partition];

	if (other == MQ_ASSIGNOR_NONE ||
	    generation(p, member) > generation(p, other))
		c->former[partition] = member;
}

static void
take_claims(struct mq_assignor_claims *c, const struct mq_assignor_plan *p,
    uint32_t member, int32_t newest)
{
	const struct mq_assignor_member *m =
	    &p->group->members[p->member[member].input];
	uint32_t t, partition, last = MQ_ASSIGNOR_NONE;
	size_t i;

	for (i = 0; i < m->owned_count; i++) {
		t = mq_assignor_plan_topic(p, m->owned[i].topic, last);
		if (t == MQ_ASSIGNOR_NONE)
			continue;
		last = t;
		/* A negative one is above all. */
		if ((uint32_t)m->owned[i].partition >=
		    p->first[t + 1] - p->first[t])
			continue;
		partition = p->first[t] + (uint32_t)m->owned[i].partition;
		claim(c, p, partition, member);
		if (m->generation < newest)
			remember(c, p, partition, member);
	}
}

int
mq_assignor_claims_init(struct mq_assignor_claims *c,
    const struct mq_assignor_plan *p, struct mq_err *err)
{
	int32_t newest = MQ_ASSIGNOR_NO_GENERATION;
	uint32_t i;

	c->order = mq_assignor_plan_numbers(p->members);
	c->claimant = mq_assignor_plan_numbers(p->partitions);
	c->holder = mq_assignor_plan_numbers(p->partitions);
	c->contested = mq_assignor_plan_numbers(p->partitions);
	c->former = mq_assignor_plan_numbers(p->partitions);
	if (c->order == NULL || c->claimant == NULL || c->holder == NULL ||
	    c->contested == NULL || c->former == NULL) {
		mq_assignor_claims_free(c);
		return mq_fail_memory(err);
	}
	if (hash_order(p, c->order, err) == -1) {
		mq_assignor_claims_free(c);
		return -1;
	}
	for (i = 0; i < p->partitions; i++)
		c->claimant[i] = c->holder[i] = c->former[i] = MQ_ASSIGNOR_NONE;
	for (i = 0; i < p->members; i++)
		if (generation(p, i) > newest)
			newest = generation(p, i);
	for (i = 0; i < p->members; i++)
		take_claims(c, p, c->order[i], newest);
	return 0;
}

void
mq_assignor_claims_free(struct mq_assignor_claims *c)
{
	free(c->order);
	free(c->claimant);
	free(c->holder);
	free(c->contested);
	free(c->former);
	(void)memset(c, 0, sizeof(*c));
}
