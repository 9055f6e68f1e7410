/* SPDX-License-Identifier: ISC */
#include "group/assignor_moves.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"

struct mq_assignor_pair {
	uint32_t topic, from, to;
	uint32_t first; /* partition, the latest to come */
	uint32_t count;
	uint32_t most; /* that count has been */
	uint32_t next; /* pair of the same hash, or free */
};

static void
link_pairs(struct mq_assignor_moves *m, size_t heads)
{
	uint32_t i, n = m->plan->partitions;

	for (i = 0; i < heads; i++)
		m->head[i] = MQ_ASSIGNOR_NONE;
	for (i = 0; i <= n; i++)
		m->pair[i].next = i < n ? i + 1 : MQ_ASSIGNOR_NONE;
	m->mask = (uint32_t)(heads - 1);
}

int
mq_assignor_moves_init(struct mq_assignor_moves *m, struct mq_assignor_plan *p,
    struct mq_err *err)
{
	size_t heads = 16;

	(void)memset(m, 0, sizeof(*m));
	while (heads < p->partitions)
		heads *= 2;
	m->plan = p;
	m->before = mq_assignor_plan_numbers(p->partitions);
	m->pair = calloc((size_t)p->partitions + 1, sizeof(*m->pair));
	m->head = mq_assignor_plan_numbers(heads);
	m->pair_of = mq_assignor_plan_numbers(p->partitions);
	m->next = mq_assignor_plan_numbers(p->partitions);
	m->prev = mq_assignor_plan_numbers(p->partitions);
	if (m->before == NULL || m->pair == NULL || m->head == NULL ||
	    m->pair_of == NULL || m->next == NULL || m->prev == NULL) {
		mq_assignor_moves_free(m);
		return mq_fail_memory(err);
	}
	(void)memcpy(m->before, p->owner, p->partitions * sizeof(*m->before));
	link_pairs(m, heads);
	return 0;
}

void
mq_assignor_moves_free(struct mq_assignor_moves *m)
{
	free(m->before);
	free(m->pair);
	free(m->head);
	free(m->pair_of);
	free(m->next);
	free(m->prev);
	(void)memset(m, 0, sizeof(*m));
}

/* Where a pair is, or where the list ends that it would be in. */
static uint32_t *
find(const struct mq_assignor_moves *m, uint32_t topic, uint32_t from,
    uint32_t to)
{
	uint32_t h = (topic * 31 + from) * 31 + to;
	uint32_t *at = &m->head[(h * 2654435761U >> 7) & m->mask];
	const struct mq_assignor_pair *pair;

	for (; *at != MQ_ASSIGNOR_NONE; at = &m->pair[*at].next) {
		pair = &m->pair[*at];
		if (pair->topic == topic && pair->from == from &&
		    pair->to == to)
			break;
	}
	return at;
}

static void
add(struct mq_assignor_moves *m, uint32_t i, uint32_t to)
{
	uint32_t topic = m->plan->topic_of[i], from = m->before[i];
	uint32_t *at = find(m, topic, from, to), n = *at;
	struct mq_assignor_pair *pair;

	if (n == MQ_ASSIGNOR_NONE) {
		*at = n = m->free;
		m->free = m->pair[n].next;
		m->pair[n] = (struct mq_assignor_pair){ topic, from, to,
			MQ_ASSIGNOR_NONE, 0, 0, MQ_ASSIGNOR_NONE };
	}
	pair = &m->pair[n];
	m->pair_of[i] = n;
	m->prev[i] = MQ_ASSIGNOR_NONE;
	m->next[i] = pair->first;
	if (pair->first != MQ_ASSIGNOR_NONE)
		m->prev[pair->first] = i;
	pair->first = i;
	if (++pair->count > pair->most)
		pair->most = pair->count;
}

static void
drop(struct mq_assignor_moves *m, uint32_t i)
{
	uint32_t n = m->pair_of[i];
	struct mq_assignor_pair *pair = &m->pair[n];

	if (m->prev[i] == MQ_ASSIGNOR_NONE)
		pair->first = m->next[i];
	else
		m->next[m->prev[i]] = m->next[i];
	if (m->next[i] != MQ_ASSIGNOR_NONE)
		m->prev[m->next[i]] = m->prev[i];
	if (--pair->count == 0) {
		*find(m, pair->topic, pair->from, pair->to) = pair->next;
		pair->next = m->free;
		m->free = n;
	}
}

void
mq_assignor_moves_do(struct mq_assignor_moves *m, uint32_t i, uint32_t to)
{
	if (m->plan->owner[i] != m->before[i])
		drop(m, i);
	if (to != m->before[i])
		add(m, i, to);
	m->plan->owner[i] = to;
}

/*
 * Of several Kafka takes the first in a HashSet: by bucket, and in one bucket
 * the first to come.  The set grows and never shrinks.
 */
static uint32_t
first(const struct mq_assignor_moves *m, const struct mq_assignor_pair *pair)
{
	const struct mq_assignor_plan *p = m->plan;
	uint32_t hash = mq_assignor_plan_hash(p->topic[pair->topic].name);
	uint32_t i, in, lowest = UINT32_MAX, found = MQ_ASSIGNOR_NONE;
	uint32_t buckets = mq_assignor_plan_buckets(pair->most);

	for (i = pair->first; i != MQ_ASSIGNOR_NONE; i = m->next[i]) {
		in = mq_assignor_plan_bucket((31 + i - p->first[pair->topic]) *
			    31 +
			hash,
		    buckets);
		if (in <= lowest) {
			lowest = in;
			found = i;
		}
	}
	return found;
}

uint32_t
mq_assignor_moves_instead(const struct mq_assignor_moves *m, uint32_t i,
    uint32_t to)
{
	uint32_t n = *find(m, m->plan->topic_of[i], to, m->before[i]);

	return n == MQ_ASSIGNOR_NONE ? i : first(m, &m->pair[n]);
}
