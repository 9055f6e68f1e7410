/* SPDX-License-Identifier: ISC */
/*
 * What holds for the assignors whatever the group: seeded random members,
 * topics, subscriptions and claims.
 */
#include "group/assignor.h"

#include <stdlib.h>

#include "test.h"

#define TOPICS	   12
#define MEMBERS	   40
#define PARTITIONS 30 /* of a topic, at most */
#define ROUNDS	   400
#define NOBODY	   (-1)

/* A group, and who gets what; members and topics are numbers. */
struct scene {
	size_t members, topics;
	int32_t count[TOPICS];
	int subscribes[MEMBERS][TOPICS];
	int owner[TOPICS][PARTITIONS];
	size_t withheld;
};

static struct scene now, before;
static char member_name[MEMBERS][16], topic_name[TOPICS][16];
static struct mq_err err;
static uint32_t seed;

static uint32_t
any(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

static void
nobody_owns(struct scene *s)
{
	size_t t, p;

	for (t = 0; t < TOPICS; t++)
		for (p = 0; p < PARTITIONS; p++)
			s->owner[t][p] = NOBODY;
}

/* Every member subscribes to the same where equal is not 0. */
static void
make(struct scene *s, uint32_t number, int equal)
{
	size_t m, t;

	seed = number * 2654435761U + 1;
	(void)memset(s, 0, sizeof(*s));
	s->members = 1 + any(any(2) ? MEMBERS : 6);
	s->topics = 1 + any(TOPICS);
	for (t = 0; t < s->topics; t++)
		s->count[t] = (int32_t)any(any(2) ? PARTITIONS : 4);
	for (m = 0; m < s->members; m++)
		for (t = 0; t < s->topics; t++)
			s->subscribes[m][t] =
			    equal && m > 0 ? s->subscribes[0][t] : (int)any(2);
	nobody_owns(s);
}

/* The same group for the library, in an order of its own. */
struct input {
	struct mq_assignor_group group;
	struct mq_assignor_member members[MEMBERS];
	struct mq_assignor_topic topics[TOPICS];
	size_t member[MEMBERS], topic[TOPICS]; /* numbers, by place */
	const char *subscribed[MEMBERS][TOPICS];
	struct mq_assignor_owned owned[MEMBERS][TOPICS * PARTITIONS];
};

static struct input in;

static void
shuffle(size_t *order, size_t n, int really)
{
	size_t i, other, keep;

	for (i = 0; i < n; i++)
		order[i] = i;
	for (i = n; really && i > 1; i--) {
		other = any((uint32_t)i);
		keep = order[i - 1];
		order[i - 1] = order[other];
		order[other] = keep;
	}
}

static void
input_member(const struct scene *s, size_t place)
{
	struct mq_assignor_member *to = &in.members[place];
	size_t m = in.member[place], t, i;
	int32_t p;

	to->id = member_name[m];
	to->topics = in.subscribed[place];
	to->topics_count = 0;
	to->owned = in.owned[place];
	to->owned_count = 0;
	to->generation = 7;
	for (i = 0; i < s->topics; i++) {
		t = in.topic[i];
		if (s->subscribes[m][t])
			in.subscribed[place][to->topics_count++] =
			    topic_name[t];
		for (p = 0; p < s->count[t]; p++)
			if (s->owner[t][p] == (int)m) {
				in.owned[place][to->owned_count].topic =
				    topic_name[t];
				in.owned[place][to->owned_count++].partition =
				    p;
			}
	}
}

static void
input_make(const struct scene *s, int shuffled)
{
	size_t i;

	shuffle(in.member, s->members, shuffled);
	shuffle(in.topic, s->topics, shuffled);
	for (i = 0; i < s->topics; i++) {
		in.topics[i].name = topic_name[in.topic[i]];
		in.topics[i].partitions = s->count[in.topic[i]];
	}
	for (i = 0; i < s->members; i++)
		input_member(s, i);
	in.group.members = in.members;
	in.group.members_count = s->members;
	in.group.topics = in.topics;
	in.group.topics_count = s->topics;
}

/* Puts the owners of an assignment into the scene; -1 where one comes twice. */
static int
assign(struct scene *s, enum mq_assignor strategy, int adjust, int shuffled)
{
	struct mq_assignment *a;
	size_t place, i, t;
	int rc = 0, *owner;

	input_make(s, shuffled);
	if ((a = mq_assignor_assign(strategy, &in.group, &err)) == NULL)
		return -1;
	if (adjust)
		rc = mq_assignor_adjust(&in.group, a, &err);
	s->withheld = a->withheld;
	nobody_owns(s);
	for (place = 0; place < s->members; place++)
		for (i = a->first[place]; i < a->first[place + 1]; i++) {
			t = in.topic[a->at[i].topic];
			owner = &s->owner[t][a->at[i].partition];
			if (*owner != NOBODY)
				rc = -1;
			*owner = (int)in.member[place];
		}
	mq_assignment_free(a);
	return rc;
}

static int
anybody(const struct scene *s, size_t t)
{
	size_t m;

	for (m = 0; m < s->members; m++)
		if (s->subscribes[m][t])
			return 1;
	return 0;
}

/* Each partition has one owner, who subscribes; or nobody could. */
static int
valid(const struct scene *s)
{
	size_t t;
	int32_t p;
	int o;

	for (t = 0; t < s->topics; t++)
		for (p = 0; p < s->count[t]; p++) {
			o = s->owner[t][p];
			if (o == NOBODY ? anybody(s, t) : !s->subscribes[o][t])
				return 0;
		}
	return 1;
}

static void
sizes(const struct scene *s, int size[MEMBERS])
{
	size_t t;
	int32_t p;

	(void)memset(size, 0, MEMBERS * sizeof(*size));
	for (t = 0; t < s->topics; t++)
		for (p = 0; p < s->count[t]; p++)
			if (s->owner[t][p] != NOBODY)
				size[s->owner[t][p]]++;
}

/*
 * Kafka's balance: no partition can go to a member with at least two fewer
 * (StickyAssignor's contract).
 */
static int
balanced(const struct scene *s)
{
	int size[MEMBERS];
	size_t t, m;
	int32_t p;

	sizes(s, size);
	for (t = 0; t < s->topics; t++)
		for (p = 0; p < s->count[t]; p++)
			for (m = 0; m < s->members; m++)
				if (s->subscribes[m][t] &&
				    size[s->owner[t][p]] > size[m] + 1)
					return 0;
	return 1;
}

static int
same(const struct scene *a, const struct scene *b)
{
	return memcmp(a->owner, b->owner, sizeof(a->owner)) == 0;
}

static int
once(void)
{
	uint32_t i;
	int s;

	for (i = 0; i < ROUNDS; i++)
		for (s = MQ_ASSIGNOR_RANGE; s <= MQ_ASSIGNOR_COOPERATIVE_STICKY;
		     s++) {
			make(&now, i, i % 3 == 0);
			CHECK(assign(&now, (enum mq_assignor)s, 0, 0) == 0);
			CHECK(valid(&now));
		}
	return 0;
}

static int
any_order(void)
{
	uint32_t i;
	int s;

	for (i = 0; i < ROUNDS; i++)
		for (s = MQ_ASSIGNOR_RANGE; s <= MQ_ASSIGNOR_COOPERATIVE_STICKY;
		     s++) {
			make(&now, i, i % 3 == 0);
			/* Something is owned, not well balanced. */
			CHECK(assign(&now, MQ_ASSIGNOR_RANGE, 0, 0) == 0);
			before = now;
			CHECK(assign(&now, (enum mq_assignor)s, 1, 1) == 0);
			CHECK(assign(&before, (enum mq_assignor)s, 1, 1) == 0);
			CHECK(same(&now, &before));
		}
	return 0;
}

/* Range: in each topic, neighbours to each, and more only to the first. */
static int
ranges(void)
{
	uint32_t i;
	size_t t;
	int32_t p, n, last;

	for (i = 0; i < ROUNDS; i++) {
		make(&now, i, 0);
		CHECK(assign(&now, MQ_ASSIGNOR_RANGE, 0, 1) == 0);
		for (t = 0; t < now.topics; t++) {
			last = INT32_MAX;
			for (p = 0; p < now.count[t] && anybody(&now, t);
			     p += n, last = n) {
				for (n = 1; p + n < now.count[t] &&
				     now.owner[t][p + n] == now.owner[t][p];
				     n++)
					;
				CHECK(n <= last && (p == 0 || last - n <= 1));
				CHECK(p == 0 ||
				    now.owner[t][p] > now.owner[t][p - 1]);
			}
		}
	}
	return 0;
}

static int
even(const struct scene *s)
{
	int size[MEMBERS], least = INT32_MAX, most = 0;
	size_t m;

	sizes(s, size);
	for (m = 0; m < s->members; m++) {
		least = size[m] < least ? size[m] : least;
		most = size[m] > most ? size[m] : most;
	}
	return most - least <= 1;
}

static int
balance(void)
{
	uint32_t i;

	for (i = 0; i < ROUNDS; i++) {
		make(&now, i, 1);
		CHECK(assign(&now, MQ_ASSIGNOR_ROUNDROBIN, 0, 0) == 0);
		CHECK(even(&now));
		CHECK(assign(&now, MQ_ASSIGNOR_RANGE, 0, 0) == 0);
		CHECK(assign(&now, MQ_ASSIGNOR_COOPERATIVE_STICKY, 0, 0) == 0);
		CHECK(even(&now) && valid(&now));
		make(&now, i, 0);
		CHECK(assign(&now, MQ_ASSIGNOR_COOPERATIVE_STICKY, 0, 0) == 0);
		CHECK(balanced(&now));
	}
	return 0;
}

static int
nothing_moves(void)
{
	uint32_t i;

	for (i = 0; i < ROUNDS; i++) {
		make(&now, i, i % 2 == 0);
		CHECK(assign(&now, MQ_ASSIGNOR_COOPERATIVE_STICKY, 0, 0) == 0);
		before = now;
		CHECK(assign(&now, MQ_ASSIGNOR_COOPERATIVE_STICKY, 1, 0) == 0);
		CHECK(same(&now, &before) && now.withheld == 0);
	}
	return 0;
}

/* The last member goes. */
static int
leaver(void)
{
	uint32_t i;
	size_t t;
	int32_t p;
	int o;

	for (i = 0; i < ROUNDS; i++) {
		make(&now, i, 1);
		CHECK(assign(&now, MQ_ASSIGNOR_COOPERATIVE_STICKY, 0, 0) == 0);
		if (now.members == 1)
			continue;
		before = now;
		now.members--;
		CHECK(assign(&now, MQ_ASSIGNOR_COOPERATIVE_STICKY, 1, 0) == 0);
		CHECK(now.withheld == 0 && even(&now) && valid(&now));
		for (t = 0; t < now.topics; t++)
			for (p = 0; p < now.count[t]; p++) {
				o = before.owner[t][p];
				CHECK(o == (int)now.members ||
				    o == now.owner[t][p]);
			}
	}
	return 0;
}

/* No partition goes from one member to another in one round. */
static int
revoked_first(const struct scene *from, const struct scene *to)
{
	size_t t;
	int32_t p;

	for (t = 0; t < to->topics; t++)
		for (p = 0; p < to->count[t]; p++)
			if (to->owner[t][p] != NOBODY &&
			    from->owner[t][p] != NOBODY &&
			    to->owner[t][p] != from->owner[t][p])
				return 0;
	return 1;
}

/* A member comes and subscriptions change: rounds until nothing is withheld. */
static int
cooperative(void)
{
	uint32_t i;
	size_t t;
	int round;

	for (i = 0; i < ROUNDS; i++) {
		make(&before, i, 0);
		CHECK(
		    assign(&before, MQ_ASSIGNOR_COOPERATIVE_STICKY, 0, 0) == 0);
		make(&now, i, 0);
		now.subscribes[0][any(TOPICS)] ^= 1;
		if (i % 2 == 0 && now.members < MEMBERS) {
			for (t = 0; t < now.topics; t++)
				now.subscribes[now.members][t] = 1;
			now.members++;
		}
		(void)memcpy(now.owner, before.owner, sizeof(now.owner));
		for (round = 0;; round++) {
			before = now;
			CHECK(assign(&now, MQ_ASSIGNOR_COOPERATIVE_STICKY, 1,
				  0) == 0);
			CHECK(revoked_first(&before, &now));
			if (now.withheld == 0)
				break;
			CHECK(round < 4); /* as in Kafka's test */
		}
		CHECK(valid(&now) && balanced(&now));
	}
	return 0;
}

int
main(void)
{
	size_t i;

	/* In the order of their numbers as names too. */
	for (i = 0; i < MEMBERS; i++)
		(void)snprintf(member_name[i], sizeof(member_name[i]),
		    "member-%02zu", i);
	for (i = 0; i < TOPICS; i++)
		(void)snprintf(topic_name[i], sizeof(topic_name[i]),
		    "topic%02zu", i);
	RUN(once, "each partition has one owner iff anybody subscribes");
	RUN(any_order, "the order of members and topics makes no difference");
	RUN(ranges, "range: neighbours, and more only to the first");
	RUN(balance, "roundrobin and cooperative-sticky are balanced");
	RUN(nothing_moves, "sticky: without a change nothing moves");
	RUN(leaver, "sticky: one who leaves moves its own partitions only");
	RUN(cooperative, "cooperative: revoked first, then given");
	return test_done();
}
