/* SPDX-License-Identifier: ISC */
/* What the assignors are given: names, limits, claims that cannot be. */
#include "group/assignor.h"

#include "roster.h"
#include "test.h"

#define RANGE  MQ_ASSIGNOR_RANGE
#define ROUND  MQ_ASSIGNOR_ROUNDROBIN
#define STICKY MQ_ASSIGNOR_COOPERATIVE_STICKY

static struct roster roster;

static int
names(void)
{
	enum mq_assignor a;
	struct mq_err e;

	CHECK(mq_assignor_parse("range", &a, &e) == 0 && a == RANGE);
	CHECK(mq_assignor_parse("roundrobin", &a, &e) == 0 && a == ROUND);
	CHECK(mq_assignor_parse("cooperative-sticky", &a, &e) == 0 &&
	    a == STICKY);
	CHECK_TEXT(mq_assignor_name(ROUND), "roundrobin");
	CHECK(mq_assignor_name(STICKY) != NULL);
	CHECK(mq_assignor_name(STICKY + 1) == NULL);
	CHECK(mq_assignor_parse("Range", &a, &e) == -1);
	CHECK(e.code == MQ_INVALID_CONFIG);
	CHECK_TEXT(e.text,
	    "partition.assignment.strategy Range: not one of "
	    "range, roundrobin, cooperative-sticky");
	CHECK(mq_assignor_parse("", &a, &e) == -1);
	return 0;
}

static int
refused(void)
{
	roster_set(&roster, "t=1", "c: t; d: t; c: t");
	CHECK_TEXT(roster_assign(&roster, STICKY, 0),
	    "member c is there twice");
	roster_set(&roster, "t=1 u=2 t=3", "c: t");
	CHECK_TEXT(roster_assign(&roster, RANGE, 0), "topic t is there twice");
	roster_set(&roster, "t=-1", "c: t");
	CHECK_TEXT(roster_assign(&roster, ROUND, 0), "topic t: -1 partitions");
	roster_set(&roster, "t=10000000 u=1", "c: t u");
	CHECK_TEXT(roster_assign(&roster, ROUND, 0),
	    "more than 10000000 partitions");
	roster_set(&roster, "t=2147483647", "");
	CHECK_TEXT(roster_assign(&roster, STICKY, 0), "");
	return 0;
}

/* Claims that cannot be, and members that want nothing. */
static int
claims(void)
{
	roster_set(&roster, "t=2 u=0", "c: t u < t--1 t-2 u-0 v-0 t-1; d: t");
	CHECK_TEXT(roster_assign(&roster, STICKY, 1), "c: t-1; d: t-0");
	roster_set(&roster, "t=2 u=2", "c: t u < t-3 u--1; d: t u");
	CHECK_TEXT(roster_assign(&roster, STICKY, 1), "c: t-0 u-0; d: t-1 u-1");
	roster_set(&roster, "t=3", "a:; b: t; c: t t");
	CHECK_TEXT(roster_assign(&roster, STICKY, 0), "a:; b: t-0 t-2; c: t-1");
	CHECK_TEXT(roster_assign(&roster, RANGE, 0), "a:; b: t-0 t-1; c: t-2");
	CHECK_TEXT(roster_assign(&roster, ROUND, 0), "a:; b: t-0 t-2; c: t-1");
	return 0;
}

/* A former owner that does not subscribe any more gets nothing. */
static int
former(void)
{
	roster_set(&roster, "t=3 u=3",
	    "a: u < t-0 t-1 t-2 @1; b: t u < t-0 t-1 t-2 u-0 u-1 u-2 @2; c: t");
	CHECK_TEXT(roster_assign(&roster, STICKY, 0),
	    "a: u-0; b: u-1 u-2; c: t-0 t-1 t-2");
	/* Nothing goes to a new owner while another claims it. */
	CHECK_TEXT(roster_assign(&roster, STICKY, 1), "a:; b: u-1 u-2; c:");
	CHECK(roster.withheld == 4);
	return 0;
}

/* What two claim in one generation goes to neither of them yet. */
static int
contested(void)
{
	roster_set(&roster, "t=2", "c1: t < t-0; c2: t < t-0");
	CHECK_TEXT(roster_assign(&roster, STICKY, 0), "c1: t-0; c2: t-1");
	CHECK_TEXT(roster_assign(&roster, STICKY, 1), "c1:; c2: t-1");
	roster_set(&roster, "t=2", "c1: t < t-1; c2: t < t-1");
	CHECK_TEXT(roster_assign(&roster, STICKY, 0), "c1: t-0; c2: t-1");
	CHECK_TEXT(roster_assign(&roster, STICKY, 1), "c1: t-0; c2:");
	return 0;
}

int
main(void)
{
	RUN(names, "names of partition.assignment.strategy, and no others");
	RUN(refused, "names twice, and too many partitions, are refused");
	RUN(claims, "impossible claims and empty subscriptions");
	RUN(former, "who does not subscribe any more gets nothing back");
	RUN(contested, "what two claim is withheld from both");
	return test_done();
}
