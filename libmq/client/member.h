/* SPDX-License-Identifier: ISC */
/*
 * A member of a consumer group in a directory.
 *
 * The files of groups/NAME:
 *
 *	group.lock		held for a moment by who changes the rest
 *	member-ID		who a member is; its byte 0 is locked for life
 *	assignment.json		who reads what, under a generation
 *	TOPIC-PARTITION.owner	byte 0: locked by the one who reads it now
 *
 * Whoever finds that members, their topics or the topics' partitions are others
 * than the assignment was made for makes the next one, by the rules of the
 * group's strategy.  An assignment says who should read a partition; only the
 * owner's lock lets him.  So there are never two, whoever is stopped or slow:
 * a kernel lock goes with its process, and with nothing else.
 *
 * The directory is watched.  A process that dies closes its files, which is an
 * event; it comes a moment before its locks are free, so who finds them still
 * held looks again soon (mq_member_retry_ms).
 */
#ifndef MQ_MEMBER_H
#define MQ_MEMBER_H

#include "client/client.h"
#include "group/assignor.h"

struct mq_owned {
	char *topic;
	int32_t partition;
	int lock; /* descriptor of its owner file; -1: not the owner yet */
	int keep; /* boolean: of the newest assignment */
};

struct mq_member {
	struct mq *mq;
	char *group;
	char id[MQ_UUID_TEXT];
	int dir;
	int lock; /* group.lock, open for life */
	int file; /* member-ID, locked */
	enum mq_assignor strategy;
	char **topic; /* subscribed to, sorted, NULL-ended */
	int64_t generation;
	struct mq_owned *owned;
	size_t owned_count;
	int retries; /* looks since the last event that found a lock held */
};

/* Joins; mq_member_update is to follow.  MQ_INCONSISTENT_GROUP_PROTOCOL where
 * the members that are there go by another strategy. */
int mq_member_join(struct mq_member *, struct mq *, const char *group,
    enum mq_assignor, struct mq_err *);
/* Lets go of everything and leaves; of a zeroed member nothing happens. */
void mq_member_leave(struct mq_member *);
/*
 * Brings the assignment up to date with the members and the topics that this
 * one subscribes to (NULL-ended; copied), and takes the locks that are free:
 * owned then has this member's partitions with keep set, and without it those
 * that are to be let go (mq_member_release).
 */
int mq_member_update(struct mq_member *, char *const *topics, struct mq_err *);
/* Lets go of owned[i], which is no longer read; those behind it move up. */
void mq_member_release(struct mq_member *, size_t i);
/* How long until the locks that were held are to be looked at again, or -1. */
int64_t mq_member_retry_ms(const struct mq_member *);

#endif
