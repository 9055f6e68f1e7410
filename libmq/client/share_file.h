/* SPDX-License-Identifier: ISC */
/*
 * groups/GROUP/<topic>-<partition>.share: the state of a share-partition, which
 * any number of processes load, change and save in turn, under a lock on its
 * byte 0.  A killed one lets go of the lock, and a state that it was writing
 * does not count.
 *
 * The file has three slots.  A state goes into one that holds neither the
 * newest nor the newest that is known to be on disk, so that a kill leaves the
 * one before it, and a power cut what was saved durably, whole.  What was not
 * saved durably may be gone after a power cut: the state is then an older one,
 * and what was accepted since comes again.  Records are never lost by that.
 *
 * A slot begins with a page of its own, the first, second and third of the
 * file; what a page does not hold goes on in runs of 2, 4, 8 ... pages for
 * each slot, behind those of the runs before.  The page begins, big-endian:
 *
 *	0	uint32	"mqsh"
 *	4	uint32	CRC-32C of bytes 8 to 47
 *	8	uint64	sequence: grows by one from state to state; from 1
 *	16	uint64	length of the state in bytes
 *	24	24	the topic's id, which a topic made anew does not share
 *	48	uint64	the sequence again, once it is on disk
 *	56		the state, with a CRC of its own (group/share_partition.h)
 *
 * The state that is loaded is kept, and loaded again only where another has
 * saved meanwhile.
 */
#ifndef MQ_SHARE_FILE_H
#define MQ_SHARE_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/uuid.h"
#include "group/share_partition.h"
#include "log/layout.h"

#define MQ_SHARE_FILE_SUFFIX ".share"
#define MQ_SHARE_FILE_NAME   (MQ_LAYOUT_NAME + 8) /* room for the name */

struct mq_share_file {
	int fd;
	int dir; /* the group's; borrowed */
	char id[MQ_UUID_TEXT];
	struct mq_share_config config;
	struct mq_share_partition p; /* for those who hold the lock */
	uint64_t top;		     /* the newest sequence in the file */
	uint64_t loaded;	     /* what p was then; 0: load it */
	uint64_t changes;	     /* of p at that time */
	int target;		     /* slot for the next one */
	struct mq_buf buf;
};

void mq_share_file_name(char name[MQ_SHARE_FILE_NAME], const char *topic,
    int32_t partition);
/* The topic's name, cut off in place, and the partition: 1, 0 another file. */
int mq_share_file_parse(char *name, int32_t *partition);

/*
 * Opens the file in a group's directory, for a topic with that id; makes it
 * where create is set.  Without create it is opened for reading, for peek.
 * 1, 0 there is none, -1.
 */
int mq_share_file_open(struct mq_share_file *, int dir, const char *name,
    const char *id, const struct mq_share_config *, int create,
    struct mq_err *);
void mq_share_file_close(struct mq_share_file *);
/*
 * Takes the lock and has the state in p: 1; 0 there is none for this topic
 * yet, and the caller inits p; -1, without the lock: MQ_CORRUPT_MESSAGE where a
 * state was there and no slot is whole, MQ_REQUEST_TIMED_OUT (mq_lock_until).
 */
int mq_share_file_lock(struct mq_share_file *, int64_t until_ms,
    struct mq_err *);
/*
 * Saves p where it has changed, with `durable` onto the disk; the first state
 * of a file always.  -1: nothing of what was done under this lock has happened.
 */
int mq_share_file_save(struct mq_share_file *, int durable, struct mq_err *);
/* Lets go.  What was not saved is forgotten. */
void mq_share_file_unlock(struct mq_share_file *);
/* Loads p without the lock, to look at it: as lock. */
int mq_share_file_peek(struct mq_share_file *, struct mq_err *);

#endif
