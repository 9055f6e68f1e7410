/* SPDX-License-Identifier: ISC */
/*
 * Members with one subscription (Kafka's constrained way): each gets the
 * floor or the ceiling of the mean.  Members keep what they own up to that,
 * the rest goes around among those who have too little.
 */
#include "group/assignor_sticky.h"

#include <assert.h>
#include <stdlib.h>

#include "base/fail.h"

struct quota {
	uint32_t least; /* that each member gets */
	uint32_t most;
	uint32_t extra; /* how many members get most, where it is not least */
	uint32_t given; /* how many of them are found */
};

/* What members own, by partition number and then topic. */
struct owned {
	uint64_t *key; /* partition number << 32 | topic */
	size_t *first; /* by member */
};

static int
by_key(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static int
kept(const struct mq_assignor_claims *c, uint32_t partition)
{
	return c->holder[partition] != MQ_ASSIGNOR_NONE &&
	    !c->contested[partition];
}

static int
owned_init(struct owned *o, const struct mq_assignor_plan *p,
    const struct mq_assignor_claims *c, struct mq_err *err)
{
	uint32_t i, t;
	size_t m;

	o->key = calloc((size_t)p->partitions + 1, sizeof(*o->key));
	o->first = calloc((size_t)p->members + 2, sizeof(*o->first));
	if (o->key == NULL || o->first == NULL) {
		free(o->key);
		free(o->first);
		(void)mq_fail_memory(err);
		return -1;
	}
	for (i = 0; i < p->partitions; i++)
		if (kept(c, i))
			o->first[c->holder[i] + 2]++;
	for (m = 2; m <= p->members; m++)
		o->first[m] += o->first[m - 1];
	for (i = 0; i < p->partitions; i++)
		if (kept(c, i)) {
			t = p->topic_of[i];
			o->key[o->first[c->holder[i] + 1]++] =
			    (uint64_t)(i - p->first[t]) << 32 | t;
		}
	for (m = 0; m < p->members; m++)
		qsort(o->key + o->first[m], o->first[m + 1] - o->first[m],
		    sizeof(*o->key), by_key);
	return 0;
}

/* How many of its own a member keeps; the first come, first served. */
static uint32_t
keep(struct quota *q, size_t owned)
{
	if (owned < q->least)
		return (uint32_t)owned;
	if (owned >= q->most && q->given < q->extra) {
		q->given++;
		return q->most;
	}
	return q->least;
}

static void
keep_owned(struct mq_assignor_plan *p, const struct mq_assignor_claims *c,
    const struct owned *o, struct quota *q, uint32_t *size)
{
	uint32_t i, n, m;
	uint64_t key;

	for (i = 0; i < p->members; i++) {
		m = c->order[i];
		size[m] = keep(q, o->first[m + 1] - o->first[m]);
		for (n = 0; n < size[m]; n++) {
			key = o->key[o->first[m] + n];
			p->owner[p->first[(uint32_t)key] + (key >> 32)] = m;
		}
	}
}

/*
 * Goes around among those who lack partitions of the least; then each of the
 * others gets one more, and after them those who reached it on the way.
 */
static void
fill(struct mq_assignor_plan *p, uint32_t least, uint32_t *size,
    uint32_t *lacking, uint32_t *enough)
{
	uint32_t i, m, n = 0, at = 0, left = 0, head = 0, tail = 0;

	for (m = 0; m < p->members; m++)
		if (size[m] < least)
			lacking[n++] = m;
		else if (size[m] == least)
			enough[tail++] = m;
	for (i = 0; i < p->partitions; i++) {
		if (p->owner[i] != MQ_ASSIGNOR_NONE)
			continue;
		if (at == n) {
			n = left;
			at = left = 0;
		}
		if (at < n) {
			m = lacking[at++];
			if (++size[m] < least)
				lacking[left++] = m;
			else
				enough[tail++] = m;
		} else {
			assert(head < tail);
			m = enough[head++];
			size[m]++;
		}
		p->owner[i] = m;
	}
}

static int
constrained(struct mq_assignor_plan *p, const struct mq_assignor_claims *c,
    struct mq_err *err)
{
	struct quota q;
	struct owned o;
	uint32_t *size = mq_assignor_plan_numbers(p->members);
	uint32_t *lacking = mq_assignor_plan_numbers(p->members);
	uint32_t *enough = mq_assignor_plan_numbers(p->members);
	int rc = -1;

	q.least = p->partitions / p->members;
	q.extra = p->partitions % p->members;
	q.most = q.least + (q.extra > 0);
	q.given = 0;
	if (size == NULL || lacking == NULL || enough == NULL)
		(void)mq_fail_memory(err);
	else if (owned_init(&o, p, c, err) == 0) {
		keep_owned(p, c, &o, &q, size);
		fill(p, q.least, size, lacking, enough);
		free(o.key);
		free(o.first);
		rc = 0;
	}
	free(size);
	free(lacking);
	free(enough);
	return rc;
}

int
mq_assignor_sticky(struct mq_assignor_plan *p, struct mq_err *err)
{
	struct mq_assignor_claims c;
	int rc;

	if (p->members == 0)
		return 0;
	if (mq_assignor_claims_init(&c, p, err) == -1)
		return -1;
	if (mq_assignor_plan_equal(p))
		rc = constrained(p, &c, err);
	else
		rc = mq_assignor_sticky_general(p, &c, err);
	mq_assignor_claims_free(&c);
	return rc;
}
