/* SPDX-License-Identifier: ISC */
/*
 * A partition that was written and confirmed, what is done to its files, and
 * what came of it.
 */
#ifndef RECOVERY_SCENE_H
#define RECOVERY_SCENE_H

#include "scene.h"

#define RECOVERY_PER_BATCH 2
#define RECOVERY_RECORDS   (8 * RECOVERY_PER_BATCH)
#define RECOVERY_TAIL_SLOT 152 /* bytes of partition.state */

/* What is left of partition.state. */
enum recovery_state {
	RECOVERY_KEPT,	   /* as it was: the same boot */
	RECOVERY_NO_TAIL,  /* another boot: the flush point is known */
	RECOVERY_NO_STATE, /* removed */
	RECOVERY_GARBLED   /* bytes that say nothing */
};
extern const char *const recovery_state_name[];

extern struct recovery_scene {
	char root[SCENE_PATH], dir[SCENE_PATH + 16]; /* store, partition */
	struct scene_image whole;		     /* the partition's files */
	struct mq_err err;
} recovery;

/* Three segments or so, of small batches; an index entry for each; 0 or -1. */
int recovery_make(const char *segment_bytes);
void recovery_unmake(void);
/* Makes the directory hold `whole`, as it is by now; 0 or -1. */
int recovery_put_back(enum recovery_state);
/* scene_read, by one who opens the store. */
int64_t recovery_read(int64_t *wrong, int *rc);

int recovery_is_log(const struct scene_file *);
/* The last segment that holds a batch, and where its last batch starts. */
const struct scene_file *recovery_last_log(size_t *last_batch);
/* The records of the whole batches in the first `len` bytes of a segment. */
int64_t recovery_records(const struct scene_file *, size_t len);

/* Whether err says where: topic, partition, file and byte. */
int recovery_says_where(int byte);
/*
 * What came of damage: 1 all read back right, 0 refused and kept, -1 what must
 * never be.  `may_lose` records at the end may be gone without a word (the
 * flush point was not known), 0 with it.
 */
int recovery_outcome(const struct scene_image *before, int64_t may_lose,
    int byte, const char **why);
/* Prints a failure, but for those behind the first few; 1. */
int recovery_tell(int *shown, const char *what, enum recovery_state,
    const char *file, size_t at, const char *why);

#endif
