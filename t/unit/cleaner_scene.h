/* SPDX-License-Identifier: ISC */
/*
 * A topic "t" of one partition that is compacted, records written as words,
 * and what a reader gets of it.  There is one at a time.
 */
#ifndef CLEANER_SCENE_H
#define CLEANER_SCENE_H

#include "log/cleaner.h"
#include "scene.h"

#define CLEANER_NOW 1700000000000

extern struct cleaner_scene {
	char root[SCENE_PATH], dir[SCENE_PATH + 16]; /* store, partition */
	struct mq *mq;
	struct mq_partition p;
	struct mq_cleaner_options options; /* it is compacted with */
	struct mq_retention done;	   /* the last time */
	enum mq_codec codec;		   /* of what is appended */
	char line[2000];		   /* the last answer */
	struct mq_err err;
} cleaner;

/*
 * A new topic with one more config; nothing rolls by time, and it is compacted
 * at CLEANER_NOW, forced.  0 or -1.
 */
int cleaner_start(const char *segment_bytes, const char *name,
    const char *value);
void cleaner_end(void);
/* Opens the partition again, after mq_partition_close. */
int cleaner_open(void);

/*
 * Appends a batch: "a1 b2 c" are records of key a with value 1, of b with 2,
 * and a tombstone of c; "=7" has no key.  Their timestamps are the same.
 */
int cleaner_append_at(const char *text, int64_t timestamp, unsigned attributes);
int cleaner_append(const char *text); /* at 1000 */
int cleaner_each(const char *text);   /* a batch each, of the words */
/* Starts a new segment. */
int cleaner_roll(void);
int cleaner_clean(void);

/* What a reader gets from an offset on: "2:a1 5:c ", or the error. */
const char *cleaner_from(int64_t offset);
/* The batch that holds an offset, and its header: 1, 0 there is none, -1. */
int cleaner_batch(int64_t offset, struct mq_batch *);
/* Base offsets: "0 2 8 ". */
const char *cleaner_segments(void);
/* Whether mq_verify finds nothing. */
int cleaner_sound(void);

#endif
