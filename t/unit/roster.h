/* SPDX-License-Identifier: ISC */
/*
 * Consumer groups in a line of text, for the tests of assignors:
 *
 *	topic1=3 topic2=2
 *	c1: topic1 topic2 < topic1-0 topic2-1 @5; c2: topic1
 *
 * are two topics with their partitions, and two members with what they
 * subscribe to, own and the generation of that (1 where it is not said).
 */
#ifndef ROSTER_H
#define ROSTER_H

#include "group/assignor.h"

#define ROSTER_TEXT    8192
#define ROSTER_TOPICS  32
#define ROSTER_MEMBERS 32
#define ROSTER_WORDS   1024

struct roster {
	struct mq_assignor_group group;
	struct mq_assignor_topic topics[ROSTER_TOPICS];
	struct mq_assignor_member members[ROSTER_MEMBERS];
	const char *subscribed[ROSTER_WORDS];
	struct mq_assignor_owned owned[ROSTER_WORDS];
	char text[ROSTER_TEXT];
	char answer[ROSTER_TEXT];
	size_t withheld;
};

/* A text that is too long or cannot be read ends the test. */
void roster_set(struct roster *, const char *topics, const char *members);
/*
 * "c1: topic1-0 topic2-1; c2: topic1-1" in the order of roster_set, adjusted
 * if asked for; the error's sentence where there was one.
 */
const char *roster_assign(struct roster *, enum mq_assignor, int adjust);

#endif
