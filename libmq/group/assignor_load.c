/* SPDX-License-Identifier: ISC */
#include "group/assignor_load.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"

/* The subscribers of a topic. */
struct set {
	const uint32_t *at;
	size_t n;
	uint32_t topic;
};

static int
by_set(const void *a, const void *b)
{
	const struct set *x = a, *y = b;

	if (x->n != y->n)
		return x->n < y->n ? -1 : 1;
	return x->n == 0 ? 0 : memcmp(x->at, y->at, x->n * sizeof(*x->at));
}

static struct set *
sorted_sets(const struct mq_assignor_plan *p)
{
	struct set *sets = calloc((size_t)p->topics + 1, sizeof(*sets));
	uint32_t t;

	if (sets == NULL)
		return NULL;
	for (t = 0; t < p->topics; t++) {
		sets[t].at = p->subscribers.at + p->subscribers.first[t];
		sets[t].n =
		    p->subscribers.first[t + 1] - p->subscribers.first[t];
		sets[t].topic = t;
	}
	qsort(sets, p->topics, sizeof(*sets), by_set);
	return sets;
}

/* Gives topics with the same subscribers one tree, and members their seats. */
static void
take_seats(struct mq_assignor_load *l, const struct mq_assignor_plan *p,
    const struct set *sets)
{
	struct mq_assignor_seat *s;
	size_t i, end = 0;
	uint32_t t;

	for (t = 0; t < p->topics; t++) {
		if (t > 0 && by_set(&sets[t - 1], &sets[t]) == 0) {
			l->tree[sets[t].topic] = l->tree[sets[t - 1].topic];
			continue;
		}
		l->tree[sets[t].topic] = end;
		for (i = 0; i < sets[t].n; i++) {
			s = &l->seat[l->first_seat[sets[t].at[i] + 1]++];
			s->tree = end;
			s->leaf = (uint32_t)(sets[t].n + i);
			l->node[end + s->leaf] = sets[t].at[i];
		}
		/* Nobody has anything: the lowest member wins. */
		for (i = sets[t].n; i-- > 1;)
			l->node[end + i] =
			    l->node[end + 2 * i] < l->node[end + 2 * i + 1] ?
			    l->node[end + 2 * i] :
			    l->node[end + 2 * i + 1];
		end += 2 * sets[t].n;
	}
}

/* Counts the seats of each member, those of the members before it included. */
static size_t
count_seats(struct mq_assignor_load *l, const struct mq_assignor_plan *p,
    const struct set *sets)
{
	size_t i, total = 0;
	uint32_t t, m;

	for (t = 0; t < p->topics; t++) {
		if (t > 0 && by_set(&sets[t - 1], &sets[t]) == 0)
			continue;
		for (i = 0; i < sets[t].n; i++)
			l->first_seat[sets[t].at[i] + 2]++;
		total += sets[t].n;
	}
	for (m = 2; m <= p->members; m++)
		l->first_seat[m] += l->first_seat[m - 1];
	return total;
}

int
mq_assignor_load_init(struct mq_assignor_load *l,
    const struct mq_assignor_plan *p, struct mq_err *err)
{
	struct set *sets;
	size_t total;

	(void)memset(l, 0, sizeof(*l));
	l->size = mq_assignor_plan_numbers(p->members);
	l->tree = calloc((size_t)p->topics + 1, sizeof(*l->tree));
	l->first_seat = calloc((size_t)p->members + 2, sizeof(size_t));
	sets = sorted_sets(p);
	if (sets != NULL && l->size != NULL && l->tree != NULL &&
	    l->first_seat != NULL) {
		total = count_seats(l, p, sets);
		l->node = mq_assignor_plan_numbers(2 * total);
		l->seat = calloc(total + 1, sizeof(*l->seat));
	}
	if (l->node == NULL || l->seat == NULL) {
		free(sets);
		mq_assignor_load_free(l);
		return mq_fail_memory(err);
	}
	take_seats(l, p, sets);
	free(sets);
	return 0;
}

void
mq_assignor_load_free(struct mq_assignor_load *l)
{
	free(l->size);
	free(l->tree);
	free(l->node);
	free(l->seat);
	free(l->first_seat);
	(void)memset(l, 0, sizeof(*l));
}

uint32_t
mq_assignor_load_least(const struct mq_assignor_load *l, uint32_t topic)
{
	return l->node[l->tree[topic] + 1];
}

/* Plays the matches of a member again, in every tree. */
static void
replay(struct mq_assignor_load *l, uint32_t member)
{
	uint32_t *tree, a, b;
	size_t s, i;

	for (s = l->first_seat[member]; s < l->first_seat[member + 1]; s++) {
		tree = l->node + l->seat[s].tree;
		for (i = l->seat[s].leaf / 2; i > 0; i /= 2) {
			a = tree[2 * i];
			b = tree[2 * i + 1];
			if (l->size[b] < l->size[a] ||
			    (l->size[b] == l->size[a] && b < a))
				a = b;
			tree[i] = a;
		}
	}
}

void
mq_assignor_load_add(struct mq_assignor_load *l, uint32_t member)
{
	l->size[member]++;
	replay(l, member);
}

void
mq_assignor_load_take(struct mq_assignor_load *l, uint32_t member)
{
	l->size[member]--;
	replay(l, member);
}
