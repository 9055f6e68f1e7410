/* SPDX-License-Identifier: ISC */
/*
 * The names and lock bytes of a store; mq-log(5) is the whole description.
 */
#ifndef MQ_LAYOUT_H
#define MQ_LAYOUT_H

#include <inttypes.h>
#include <stdint.h>

#define MQ_LAYOUT_META	     "meta.properties"
#define MQ_LAYOUT_STORE_LOCK "store.lock"
#define MQ_LAYOUT_LOCK	     "partition.lock"
#define MQ_LAYOUT_STATE	     "partition.state"
#define MQ_LAYOUT_EPOCHS     "leader-epoch-checkpoint"
#define MQ_LAYOUT_LOG_START  "log-start-offset-checkpoint"
#define MQ_LAYOUT_CLEANER    "cleaner-offset-checkpoint"
#define MQ_LAYOUT_SWAP	     "swap-checkpoint"

#define MQ_LAYOUT_TMP "new.tmp" /* a file that is to take another's place */

#define MQ_LAYOUT_TOPIC_MAX	 249 /* bytes of a topic's name */
#define MQ_LAYOUT_PARTITIONS_MAX 100000
#define MQ_LAYOUT_NAME		 300 /* room for any name in a store */
/* Bytes of a topic's name, for <topic>-NNNNN.owner to be a file's. */
#define MQ_LAYOUT_GROUP_TOPIC_MAX 243

/* Locked bytes of store.lock. */
#define MQ_LAYOUT_SERVE 0 /* shared by tools, exclusive for a broker */
#define MQ_LAYOUT_ADMIN 1 /* exclusive: making, changing, deleting topics */
#define MQ_LAYOUT_SESSION \
	2 /* shared: here is somebody who may write (session.h) */

/*
 * Locked bytes of partition.lock, all exclusive.  Who takes several takes them
 * in the order clean, flush, append.
 */
#define MQ_LAYOUT_APPEND 0
#define MQ_LAYOUT_FLUSH	 1
#define MQ_LAYOUT_CLEAN	 2

/* A segment's files, by base offset. */
#define MQ_LAYOUT_LOG	     "%020" PRId64 ".log"
#define MQ_LAYOUT_INDEX	     "%020" PRId64 ".index"
#define MQ_LAYOUT_TIME_INDEX "%020" PRId64 ".timeindex"

/* Behind these: a segment that is being compacted, and one that is whole. */
#define MQ_LAYOUT_CLEANED ".cleaned"
#define MQ_LAYOUT_SWAPPED ".swap"

/* A partition's directory. */
#define MQ_LAYOUT_PARTITION "%s-%" PRId32

#endif
