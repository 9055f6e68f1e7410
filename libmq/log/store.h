/* SPDX-License-Identifier: ISC */
/* A directory that holds topics: its own files, its lock, its list. */
#ifndef MQ_STORE_H
#define MQ_STORE_H

#include "base/err.h"
#include "base/io.h"
#include "log/topic.h"

struct mq_store {
	char *path; /* absolute */
	int dir;
	int lock;		    /* store.lock, held shared */
	int denied;		    /* errno of why it is open for reading */
	uint8_t token[MQ_IO_TOKEN]; /* of the session */
};

/*
 * Opens a store and takes its lock in the shared way.  With create set, makes
 * the directory (and its parents) and its files when they are missing.
 */
int mq_store_open(struct mq_store *, const char *path, int create,
    struct mq_err *);
void mq_store_close(struct mq_store *);
/* 1 it has a meta.properties that we know, 0 it has none, -1. */
int mq_store_check_meta(const struct mq_store *, struct mq_err *);
/* One process at a time makes, changes or deletes topics. */
int mq_store_admin_lock(const struct mq_store *, struct mq_err *);
void mq_store_admin_unlock(const struct mq_store *);
/* The names of the topics, sorted, NULL-ended; caller frees each and all. */
char **mq_store_topics(const struct mq_store *, struct mq_err *);

#endif
