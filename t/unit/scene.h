/* SPDX-License-Identifier: ISC */
/*
 * A store of its own for a test, records with known values in it, and copies
 * of a directory's files that can be changed and put back.
 */
#ifndef SCENE_H
#define SCENE_H

#include <stddef.h>
#include <stdint.h>

#include "mq.h"

#define SCENE_PATH 200

/* Makes an empty directory below /dev/shm, TMPDIR or /tmp. */
int scene_dir(char path[SCENE_PATH]);
/* The same, and a descriptor for it. */
int scene_dir_open(char path[SCENE_PATH]);
void scene_remove(const char *path);

/* Records are numbered; record n has the value "value n" and the key "n". */
struct scene_topic {
	const char *name;
	const char *conf[16]; /* name, value, ..., NULL */
};

/* Opens (makes) the store and makes the topic, of one partition. */
struct mq *scene_store(const char *path, const struct scene_topic *,
    struct mq_err *);
/* Appends records [from, to) as one batch, confirmed; 0 or -1. */
int scene_batch(struct mq *, const char *topic, int64_t from, int64_t to,
    struct mq_err *);
/* Whether a record is record n, at offset n. */
int scene_is(const struct mq_record *, int64_t n);
/*
 * Reads the topic from its start to its end.  Returns the offset behind the
 * last record, where each from the start on was at its own offset and with its
 * own value; -1 where one was not (its offset is in *wrong).  *rc is 0 at the end, -1 where an error stopped it.
 */
int64_t scene_read(struct mq *, const char *topic, int64_t *wrong, int *rc,
    struct mq_err *);

/* The regular files of a directory. */
struct scene_file {
	char name[64];
	uint8_t *data;
	size_t len;
};

struct scene_image {
	struct scene_file *file;
	size_t count;
};

int scene_load(const char *dir, struct scene_image *);
/* Makes the directory hold these files and no others. */
int scene_restore(const char *dir, const struct scene_image *);
/* The file of that name, or NULL. */
struct scene_file *scene_find(const struct scene_image *, const char *name);
/*
 * Whether the directory's files are these, but for partition.state, its lock
 * and those whose names hold `but` (or NULL).
 */
int scene_unchanged(const char *dir, const struct scene_image *,
    const char *but);
void scene_free(struct scene_image *);
/* How many descriptors this process has open, and a constant more. */
int scene_descriptors(void);
/* A descriptor on a file without a name, or -1. */
int scene_temporary(void);
/* len bytes that are nowhere the same twice in a row; caller frees. */
char *scene_pattern(size_t len);
/* Writes a file's bytes. */
int scene_write(const char *dir, const char *name, const void *, size_t);

#endif
