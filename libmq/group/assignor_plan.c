/* SPDX-License-Identifier: ISC */
#include "group/assignor_plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"

static int
by_name(const void *a, const void *b)
{
	const struct mq_assignor_named *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int
by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

uint32_t *
mq_assignor_plan_numbers(size_t n)
{
	return calloc(n + 1, sizeof(uint32_t));
}

/* Sorts, and refuses a name that comes twice. */
static int
sort_names(struct mq_assignor_named *names, size_t n, const char *what,
    struct mq_err *err)
{
	size_t i;

	qsort(names, n, sizeof(*names), by_name);
	for (i = 1; i < n; i++)
		if (strcmp(names[i - 1].name, names[i].name) == 0)
			return mq_fail(err, MQ_INVALID_REQUEST,
			    "%s %s is there twice", what, names[i].name);
	return 0;
}

static int
take_members(struct mq_assignor_plan *p, struct mq_err *err)
{
	const struct mq_assignor_group *g = p->group;
	uint32_t i;

	if (g->members_count > MQ_ASSIGNOR_MAX_MEMBERS)
		return mq_fail(err, MQ_INVALID_REQUEST,
		    "%zu members, more than %d", g->members_count,
		    MQ_ASSIGNOR_MAX_MEMBERS);
	p->members = (uint32_t)g->members_count;
	p->member = calloc((size_t)p->members + 1, sizeof(*p->member));
	if (p->member == NULL)
		return mq_fail_memory(err);
	for (i = 0; i < p->members; i++) {
		p->member[i].name = g->members[i].id;
		p->member[i].input = i;
	}
	return sort_names(p->member, p->members, "member", err);
}

static int
take_topics(struct mq_assignor_plan *p, struct mq_err *err)
{
	const struct mq_assignor_group *g = p->group;
	uint32_t i;

	if (g->topics_count > MQ_ASSIGNOR_MAX_PARTITIONS)
		return mq_fail(err, MQ_INVALID_REQUEST,
		    "%zu topics, more than %d", g->topics_count,
		    MQ_ASSIGNOR_MAX_PARTITIONS);
	p->topics = (uint32_t)g->topics_count;
	p->topic = calloc((size_t)p->topics + 1, sizeof(*p->topic));
	if (p->topic == NULL)
		return mq_fail_memory(err);
	for (i = 0; i < p->topics; i++) {
		if (g->topics[i].partitions < 0)
			return mq_fail(err, MQ_INVALID_PARTITIONS,
			    "topic %s: %d partitions", g->topics[i].name,
			    g->topics[i].partitions);
		p->topic[i].name = g->topics[i].name;
		p->topic[i].input = i;
	}
	return sort_names(p->topic, p->topics, "topic", err);
}

uint32_t
mq_assignor_plan_topic(const struct mq_assignor_plan *p, const char *name,
    uint32_t hint)
{
	const struct mq_assignor_named *found, key = { name, 0 };

	if (hint < p->topics && strcmp(p->topic[hint].name, name) == 0)
		return hint;
	found = bsearch(&key, p->topic, p->topics, sizeof(key), by_name);
	return found != NULL ? (uint32_t)(found - p->topic) : MQ_ASSIGNOR_NONE;
}

/* Sorts a list and leaves each number once; returns how many there are. */
static size_t
sort_unique(uint32_t *at, size_t n)
{
	size_t i, kept = 0;

	for (i = 1; i < n && at[i - 1] < at[i]; i++)
		;
	if (i >= n)
		return n;
	qsort(at, n, sizeof(*at), by_number);
	for (i = 0; i < n; i++)
		if (kept == 0 || at[kept - 1] != at[i])
			at[kept++] = at[i];
	return kept;
}

/* The topics of one member that there are, to at; returns how many. */
static size_t
subscribe(const struct mq_assignor_plan *p, const struct mq_assignor_member *m,
    uint32_t *at)
{
	const struct mq_assignor_topic *topics = p->group->topics;
	uint32_t t, last = MQ_ASSIGNOR_NONE;
	size_t i, n = 0;

	for (i = 0; i < m->topics_count; i++) {
		t = mq_assignor_plan_topic(p, m->topics[i], last + 1);
		if (t == MQ_ASSIGNOR_NONE)
			continue;
		last = t;
		if (topics[p->topic[t].input].partitions > 0)
			at[n++] = t;
	}
	return sort_unique(at, n);
}

static int
take_subscriptions(struct mq_assignor_plan *p, struct mq_err *err)
{
	struct mq_assignor_lists *l = &p->subscriptions;
	const struct mq_assignor_member *members = p->group->members;
	size_t total = 0;
	uint32_t i;

	for (i = 0; i < p->members; i++)
		if (members[i].topics_count > SIZE_MAX / 8 - total)
			return mq_fail_memory(err);
		else
			total += members[i].topics_count;
	l->first = calloc((size_t)p->members + 1, sizeof(*l->first));
	l->at = mq_assignor_plan_numbers(total);
	if (l->first == NULL || l->at == NULL)
		return mq_fail_memory(err);
	for (i = 0; i < p->members; i++)
		l->first[i + 1] = l->first[i] +
		    subscribe(p, &members[p->member[i].input],
			l->at + l->first[i]);
	return 0;
}

/* The subscriptions turned around: members come in order by themselves. */
static int
take_subscribers(struct mq_assignor_plan *p, struct mq_err *err)
{
	const struct mq_assignor_lists *s = &p->subscriptions;
	struct mq_assignor_lists *l = &p->subscribers;
	size_t i, total = s->first[p->members];
	uint32_t m;

	l->first = calloc((size_t)p->topics + 2, sizeof(*l->first));
	l->at = mq_assignor_plan_numbers(total);
	if (l->first == NULL || l->at == NULL)
		return mq_fail_memory(err);
	for (i = 0; i < total; i++)
		l->first[s->at[i] + 2]++;
	for (i = 2; i <= p->topics; i++)
		l->first[i] += l->first[i - 1];
	for (m = 0; m < p->members; m++)
		for (i = s->first[m]; i < s->first[m + 1]; i++)
			l->at[l->first[s->at[i] + 1]++] = m;
	return 0;
}

/* Numbers the partitions of all topics that have a subscriber. */
static int
take_partitions(struct mq_assignor_plan *p, struct mq_err *err)
{
	const size_t *subscribed = p->subscribers.first;
	uint32_t t, i, n, all = 0;

	if ((p->first = mq_assignor_plan_numbers(p->topics)) == NULL)
		return mq_fail_memory(err);
	for (t = 0; t < p->topics; t++) {
		n = (uint32_t)p->group->topics[p->topic[t].input].partitions;
		if (subscribed[t] == subscribed[t + 1])
			n = 0;
		if (n > MQ_ASSIGNOR_MAX_PARTITIONS - all)
			return mq_fail(err, MQ_INVALID_PARTITIONS,
			    "more than %d partitions",
			    MQ_ASSIGNOR_MAX_PARTITIONS);
		all += n;
		p->first[t + 1] = all;
	}
	p->partitions = all;
	p->topic_of = mq_assignor_plan_numbers(all);
	p->owner = mq_assignor_plan_numbers(all);
	if (p->topic_of == NULL || p->owner == NULL)
		return mq_fail_memory(err);
	for (t = 0; t < p->topics; t++)
		for (i = p->first[t]; i < p->first[t + 1]; i++) {
			p->topic_of[i] = t;
			p->owner[i] = MQ_ASSIGNOR_NONE;
		}
	return 0;
}

int
mq_assignor_plan_init(struct mq_assignor_plan *p,
    const struct mq_assignor_group *group, struct mq_err *err)
{
	(void)memset(p, 0, sizeof(*p));
	p->group = group;
	if (take_members(p, err) == -1 || take_topics(p, err) == -1 ||
	    take_subscriptions(p, err) == -1 ||
	    take_subscribers(p, err) == -1 || take_partitions(p, err) == -1) {
		mq_assignor_plan_free(p);
		return -1;
	}
	return 0;
}

void
mq_assignor_plan_free(struct mq_assignor_plan *p)
{
	free(p->member);
	free(p->topic);
	free(p->subscriptions.first);
	free(p->subscriptions.at);
	free(p->subscribers.first);
	free(p->subscribers.at);
	free(p->first);
	free(p->topic_of);
	free(p->owner);
	(void)memset(p, 0, sizeof(*p));
}

int
mq_assignor_plan_equal(const struct mq_assignor_plan *p)
{
	uint32_t t;
	size_t n;

	for (t = 0; t < p->topics; t++) {
		n = p->subscribers.first[t + 1] - p->subscribers.first[t];
		if (n != 0 && n != p->members)
			return 0;
	}
	return 1;
}

int
mq_assignor_plan_subscribes(const struct mq_assignor_plan *p, uint32_t member,
    uint32_t topic)
{
	const struct mq_assignor_lists *l = &p->subscriptions;

	return bsearch(&topic, l->at + l->first[member],
		   l->first[member + 1] - l->first[member], sizeof(topic),
		   by_number) != NULL;
}

uint32_t
mq_assignor_plan_hash(const char *s)
{
	uint32_t h = 0;

	for (; *s != '\0'; s++)
		h = h * 31 + (unsigned char)*s;
	return h;
}

uint32_t
mq_assignor_plan_buckets(uint32_t count)
{
	uint32_t buckets = 16;

	while (count > buckets / 4 * 3)
		buckets *= 2;
	return buckets;
}

uint32_t
mq_assignor_plan_bucket(uint32_t hash, uint32_t buckets)
{
	return (hash ^ hash >> 16) & (buckets - 1);
}
