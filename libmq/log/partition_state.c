/* SPDX-License-Identifier: ISC */
#include "log/partition_state.h"

#include <string.h>

#include "base/crc32c.h"
#include "base/fail.h"
#include "log/layout.h"

#define MAGIC	   0x6d715331u /* "mqS1"; another byte order reads otherwise */
#define READ_AGAIN 100 /* a slot that is being written while it is read */

struct tail_slot {
	uint32_t magic;
	uint32_t crc; /* of what follows */
	struct mq_partition_tail tail;
};

struct flushed_slot {
	uint32_t magic;
	uint32_t crc;
	struct mq_partition_flushed flushed;
};

_Static_assert(sizeof(struct tail_slot) == 152, "the tail's slot");
_Static_assert(sizeof(struct flushed_slot) == 24, "the flush slot");

static int
slot_read(int fd, int64_t at, uint32_t *slot, void *body, size_t len,
    struct mq_err *err)
{
	int i;
	ssize_t n;

	for (i = 0; i < READ_AGAIN; i++) {
		n = mq_io_pread(fd, slot, 8 + len, at);
		if (n == -1)
			return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
			    MQ_LAYOUT_STATE);
		if ((size_t)n < 8 + len)
			return 0;
		if (slot[0] == MAGIC && slot[1] == mq_crc32c(slot + 2, len)) {
			(void)memcpy(body, slot + 2, len);
			return 1;
		}
	}
	return 0;
}

static int
slot_write(int fd, int64_t at, uint32_t *slot, size_t len, struct mq_err *err)
{
	slot[0] = MAGIC;
	slot[1] = mq_crc32c(slot + 2, len);
	if (mq_io_pwrite(fd, slot, 8 + len, at) == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
		    MQ_LAYOUT_STATE);
	return 0;
}

int
mq_partition_state_tail(int fd, struct mq_partition_tail *tail,
    struct mq_err *err)
{
	union {
		uint32_t word[sizeof(struct tail_slot) / 4];
		struct tail_slot slot;
	} u;

	return slot_read(fd, MQ_PARTITION_STATE_TAIL, u.word, tail,
	    sizeof(*tail), err);
}

int
mq_partition_state_flushed(int fd, struct mq_partition_flushed *flushed,
    struct mq_err *err)
{
	union {
		uint32_t word[sizeof(struct flushed_slot) / 4];
		struct flushed_slot slot;
	} u;

	return slot_read(fd, MQ_PARTITION_STATE_FLUSHED, u.word, flushed,
	    sizeof(*flushed), err);
}

int
mq_partition_state_set_tail(int fd, const struct mq_partition_tail *tail,
    struct mq_err *err)
{
	union {
		uint32_t word[sizeof(struct tail_slot) / 4];
		struct tail_slot slot;
	} u;

	u.slot.tail = *tail;
	return slot_write(fd, MQ_PARTITION_STATE_TAIL, u.word, sizeof(*tail),
	    err);
}

int
mq_partition_state_set_flushed(int fd,
    const struct mq_partition_flushed *flushed, struct mq_err *err)
{
	union {
		uint32_t word[sizeof(struct flushed_slot) / 4];
		struct flushed_slot slot;
	} u;

	u.slot.flushed = *flushed;
	return slot_write(fd, MQ_PARTITION_STATE_FLUSHED, u.word,
	    sizeof(*flushed), err);
}
