/* SPDX-License-Identifier: ISC */
/*
 * The directory of a group, groups/NAME in the store: what its processes share,
 * all of it locks and hints.  A group's name is any bytes; what is not
 * [A-Za-z0-9._-] stands as %XX.
 */
#ifndef MQ_GROUP_DIR_H
#define MQ_GROUP_DIR_H

#include "client/client.h"

#define MQ_GROUP_MAX   249 /* bytes of a group's name */
#define MQ_GROUP_NAME  (3 * MQ_GROUP_MAX + 1)
#define MQ_GROUP_TRIES 8	    /* with one that others delete meanwhile */
#define MQ_GROUP_LOCK  "group.lock" /* byte 0: who reads or changes the rest */

/*
 * Whether a file of the directory is that of a member, or of a holder: others
 * there have names that begin with a topic's, which may begin like these.
 */
int mq_group_is_member(const char *name);
int mq_group_is_holder(const char *name);
/* The file of a partition, of which its owner keeps byte 0 locked. */
#define MQ_GROUP_OWNER (MQ_LAYOUT_NAME + 8) /* bytes of its name */
int mq_group_is_owner(const char *name);
void mq_group_owner_name(char name[MQ_GROUP_OWNER], const char *topic,
    int32_t partition);

/* MQ_INVALID_GROUP_ID where it is empty or too long. */
int mq_group_name_check(const char *group, struct mq_err *);
/* What the files of a group make it: enum mq_group_type, 0 nothing, -1. */
int mq_group_dir_type(int dir, struct mq_err *);
/*
 * As mq_group_type, but -1 MQ_INCONSISTENT_GROUP_PROTOCOL where it is of the
 * other type.
 */
int mq_group_must_be(struct mq *, const char *group, enum mq_group_type,
    struct mq_err *);
/*
 * Opens the directory, for which -1 stands in *dir, or with create makes it:
 * 1, 0 there is none, -1.
 */
int mq_group_dir_open(struct mq *, const char *group, int create, int *dir,
    struct mq_err *);
/*
 * Opens group.lock, which who acts often keeps: closing it wakes all who watch
 * the directory.  A descriptor, -1.
 */
int mq_group_dir_lock_open(int dir, struct mq_err *);
/*
 * Waits for it; MQ_REQUEST_TIMED_OUT where the wakeup (a descriptor, or -1) has
 * come meanwhile: who holds it may be stopped.  ENOENT in err->sys where the
 * group was deleted since it was opened: then there is none, as where the
 * directory is not there.
 */
int mq_group_dir_lock(int lock, int wakeup, struct mq_err *);
/* The same, with a time (mq_lock_until) in place of the wakeup. */
int mq_group_dir_lock_until(int lock, int64_t until_ms, struct mq_err *);
void mq_group_dir_unlock(int lock);
/* Becomes a partition's owner: a descriptor, which holds the lock, or -1. */
#define MQ_GROUP_OWNED -2 /* another is */
int mq_group_dir_own(int dir, const char *topic, int32_t partition,
    struct mq_err *);
/* The absolute name, for a watch; caller frees. */
char *mq_group_dir_path(struct mq *, const char *group);
/* The names of the groups that have one, sorted, NULL-ended; mq_names_free. */
char **mq_group_dir_list(struct mq *, struct mq_err *);

#endif
