/* SPDX-License-Identifier: ISC */
/*
 * Who holds records of a share group: a number, and for one that lives with its
 * process a file holder-NUMBER in the group's directory, of which that process
 * keeps byte 0 locked.  Where the file is gone or its lock is free the process
 * is dead, and what it held is free at once.
 *
 * A holder that is bound to no process has no file; its locks end by time.  Its
 * number says so.
 */
#ifndef MQ_SHARE_HOLDER_H
#define MQ_SHARE_HOLDER_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define MQ_SHARE_HOLDER_UNBOUND ((uint64_t)1 << 62) /* bit of the number */
#define MQ_SHARE_HOLDER_HOST	65
#define MQ_SHARE_HOLDER_FILE	"holder-"

struct mq_share_holder {
	uint64_t number;
	int dir; /* of the group; borrowed */
	int fd;	 /* -1: none */
};

/*
 * Becomes a holder for as long as this process has it.  Errors of
 * mq_group_dir_lock_until.
 */
int mq_share_holder_take(struct mq_share_holder *, int dir, int64_t until_ms,
    struct mq_err *);
void mq_share_holder_leave(struct mq_share_holder *);
/* A number for one that is bound to no process. */
int mq_share_holder_unbound(uint64_t *number, struct mq_err *);

struct mq_share_holder_info {
	uint64_t number;
	int alive;   /* boolean; also one that is bound to no process */
	int64_t pid; /* 0: bound to none, or not known any more */
	char host[MQ_SHARE_HOLDER_HOST];
};

/* What is known of a holder. */
int mq_share_holder_look(int dir, uint64_t number,
    struct mq_share_holder_info *, struct mq_err *);
/* Whether any process holds something, or could: 1, 0, -1. */
int mq_share_holder_any(int dir, struct mq_err *);
/* The same; the files of the dead go.  Under the group's lock. */
int mq_share_holder_sweep(int dir, struct mq_err *);
/* These processes; *list is the caller's to free. */
int mq_share_holder_list(int dir, struct mq_share_holder_info **list,
    size_t *count, struct mq_err *);

#endif
