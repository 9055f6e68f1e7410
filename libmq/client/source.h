/* SPDX-License-Identifier: ISC */
/*
 * What a consumer reads from: the partitions that a subscription names, each
 * with where to start and where to stop.
 */
#ifndef MQ_SOURCE_H
#define MQ_SOURCE_H

#include <stdint.h>

#include "client/client.h"
#include "client/wanted.h"
#include "client/watch.h"
#include "log/reader.h"

struct mq_source {
	char *topic;
	struct mq_partition partition;
	struct mq_reader reader;
	int64_t from;	/* the first offset that is wanted */
	int64_t until;	/* the first that is not, INT64_MAX: none */
	int from_start; /* boolean: the log start, wherever that is */
	int delivered;	/* boolean: a record of it was given out */
	int32_t epoch;	/* of the batch of the last one; -1 */
	int unchecked;	/* boolean: an offset that may be out of range */
	int ready;	/* boolean: may hold something to read */
	int paused;	/* boolean: it is not read for now */
	int watch;	/* id */
	int64_t
	    committed; /* the group's offset, -1 none; where it reads for one */
};

struct mq_sources {
	struct mq *mq;
	struct mq_watch watch;
	int store_watch;   /* id of the store's directory, -1 not watched */
	int store_changed; /* boolean */
	int stop_at_end;   /* boolean */
	struct mq_wanted wanted;
	const struct mq_ranges *ranges; /* borrowed while it starts */
	int by_group;	   /* boolean: mq_sources_add says what is read */
	int group_watch;   /* id of the group's directory, -1 not watched */
	int group_changed; /* boolean */
	int64_t look_ms;   /* wakes up after this at the latest, -1 never */
	struct mq_source **source;
	size_t count;
};

int mq_sources_open(struct mq_sources *, struct mq *,
    const struct mq_subscription *, struct mq_err *);
/*
 * Adds topics and partitions that have come since; they start at the start.
 * What fails is left for the next time.
 */
int mq_sources_refresh(struct mq_sources *, struct mq_err *);
/*
 * The topics that are wanted: those that a pattern finds, or those that are
 * named, of which each has to be there; sorted.
 */
char **mq_sources_topics(struct mq_sources *, struct mq_err *);
/*
 * Adds one partition, at the end of the list; mq_sources_start is to follow,
 * for source i, from an offset on (-1: where the ranges say; -2: its end).  One
 * that cannot be started is removed.  MQ_UNKNOWN_TOPIC_OR_PARTITION where the
 * topic was deleted meanwhile.
 */
int mq_sources_add(struct mq_sources *, const char *topic, int32_t partition,
    struct mq_err *);
int mq_sources_start(struct mq_sources *, size_t i, int64_t from,
    struct mq_err *);
/* The source of a partition, or NULL. */
struct mq_source *mq_sources_find(const struct mq_sources *, const char *topic,
    int32_t partition);
/* Whether its topic was deleted. */
int mq_source_is_gone(struct mq_source *);
/* Watches a group's directory, from now on. */
int mq_sources_watch_group(struct mq_sources *, const char *group,
    struct mq_err *);
/* Takes what the watches have to tell, without waiting. */
int mq_sources_told(struct mq_sources *, struct mq_err *);
/* Waits until a source may hold more: 1, 0 as mq_watch_wait, -1. */
int mq_sources_wait(struct mq_sources *, int64_t wait_ms, struct mq_err *);
/* Drops one; those behind it move up. */
void mq_sources_remove(struct mq_sources *, size_t);
void mq_sources_close(struct mq_sources *);

#endif
