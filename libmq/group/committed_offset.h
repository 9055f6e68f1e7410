/* SPDX-License-Identifier: ISC */
/*
 * Committed offsets as records of __consumer_offsets: Kafka's OffsetCommitKey
 * (version 0 and 1) and OffsetCommitValue (versions 0 to 3; 4 is read up to its
 * tagged fields).  Integers are big-endian; strings have a 16-bit length.
 */
#ifndef MQ_COMMITTED_OFFSET_H
#define MQ_COMMITTED_OFFSET_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "record/record.h"

#define MQ_COMMITTED_TOPIC    "__consumer_offsets"
#define MQ_COMMITTED_NAME_MAX 32767 /* bytes of a group, a topic or metadata */

struct mq_committed_offset {
	struct mq_bytes group, topic;
	int32_t partition;
	int64_t offset;	      /* of the record that is read next */
	int32_t leader_epoch; /* -1 not known */
	struct mq_bytes metadata;
	int64_t commit_ms; /* since 1970 */
};

/*
 * Appends the key (version 1), the value (version 3).  MQ_INVALID_REQUEST where
 * a name is too long.
 */
int mq_committed_key(struct mq_buf *, const struct mq_committed_offset *,
    struct mq_err *);
int mq_committed_value(struct mq_buf *, const struct mq_committed_offset *,
    struct mq_err *);
/*
 * Reads them; what is found is borrowed.  A key: 1, 0 it is of another kind (a
 * group's metadata), -1 MQ_CORRUPT_MESSAGE.  A value: 0, -1.
 */
int mq_committed_read_key(const struct mq_bytes *, struct mq_committed_offset *,
    struct mq_err *);
int mq_committed_read_value(const struct mq_bytes *,
    struct mq_committed_offset *, struct mq_err *);

#endif
