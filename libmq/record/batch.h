/* SPDX-License-Identifier: ISC */
/*
 * Kafka's record batch v2 (Kafka documentation, "Record Batch"): built once by
 * a producer, after that checked and moved.  It is the unit of the log, of the
 * wire and of --batches.
 *
 *	 0 base_offset i64	 8 batch_length i32 (bytes behind it)
 *	12 leader_epoch i32	16 magic i8 = 2		17 crc u32
 *	21 attributes i16	23 last_offset_delta i32
 *	27 base_timestamp i64	35 max_timestamp i64
 *	43 producer_id i64	51 producer_epoch i16	53 base_sequence i32
 *	57 count i32		61 records
 *
 * The CRC covers everything from attributes on, so that a log can give a
 * batch its place by patching base_offset and leader_epoch.
 */
#ifndef MQ_BATCH_H
#define MQ_BATCH_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "record/compress.h"
#include "record/record.h"
#include "record/wire.h"

#define MQ_BATCH_HEADER 61	     /* bytes */
#define MQ_BATCH_PREFIX 12	     /* base_offset and batch_length */
#define MQ_BATCH_MAX	(100u << 20) /* bytes: Kafka's request limit */

/* Bits of attributes. */
#define MQ_BATCH_CODEC		 0x07
#define MQ_BATCH_LOG_APPEND_TIME 0x08
#define MQ_BATCH_TRANSACTIONAL	 0x10
#define MQ_BATCH_CONTROL	 0x20
/*
 * Compaction was here: base_timestamp is no record's, but the time from which
 * on the null values in it may go (Kafka's delete horizon).
 */
#define MQ_BATCH_DELETE_HORIZON 0x40

/* A batch's header, and where its bytes are (borrowed). */
struct mq_batch {
	const uint8_t *data; /* size bytes, or NULL from a bare header */
	size_t size;	     /* of the whole batch */
	int64_t base_offset;
	int32_t last_offset_delta;
	int32_t leader_epoch;
	uint32_t crc;
	int16_t attributes;
	int64_t base_timestamp;
	int64_t max_timestamp;
	int64_t producer_id;
	int16_t producer_epoch;
	int32_t base_sequence;
	int32_t count;
};

static inline int64_t
mq_batch_last_offset(const struct mq_batch *b)
{
	return b->base_offset + b->last_offset_delta;
}

/*
 * Reads a header.  1 and the fields; 0 where fewer than MQ_BATCH_HEADER bytes
 * are there; -1 where this can be no batch (its length, its magic).  The
 * batch's own bytes may lie beyond len.
 */
int mq_batch_peek(const void *, size_t len, struct mq_batch *, struct mq_err *);

/* Holds a whole batch (data set) against its CRC and its counts. */
int mq_batch_check(const struct mq_batch *, struct mq_err *);

/* Gives the batch at p its place in a log. */
void mq_batch_assign(uint8_t *p, int64_t base_offset, int32_t leader_epoch);
/* Stamps every record with the log's own time; mends the CRC. */
void mq_batch_stamp(uint8_t *p, size_t size, int64_t now_ms);
/*
 * Gives a batch that was built from records of another its attributes, epoch
 * and producer, and that last offset; mends the CRC.
 */
void mq_batch_replace(uint8_t *p, size_t size, const struct mq_batch *,
    int64_t base_offset, int64_t last_offset, int delete_horizon);
/* A copy belongs to no producer: forgets id, epoch and sequence. */
void mq_batch_orphan(uint8_t *p, size_t size);

/*
 * The records of a checked batch, in order.  Records borrow from the batch, or
 * from the iterator where it is compressed, until the next init.
 */
struct mq_batch_iter {
	struct mq_cursor at;
	struct mq_batch batch;
	struct mq_wire_headers headers;
	struct mq_buf plain; /* the decompressed records */
	int32_t left;
};

int mq_batch_iter_init(struct mq_batch_iter *, const struct mq_batch *,
    struct mq_err *);
/* 1 and the record; 0 behind the last; -1. */
int mq_batch_iter_next(struct mq_batch_iter *, struct mq_record *,
    struct mq_err *);
/*
 * The next records, up to max: how many, 0 behind the last, -1 where the first
 * of them is bad.  One that has headers is the last of its call, for they are
 * borrowed from the iterator.
 */
int mq_batch_iter_fill(struct mq_batch_iter *, struct mq_record *, int max,
    struct mq_err *);
/*
 * The values of the next records, up to max, each with delim behind it, as far
 * as they fit whole into the cap bytes of buf: *len bytes.  How many; 0 behind
 * the last, or where the next one does not fit; -1.
 */
int64_t mq_batch_iter_values(struct mq_batch_iter *, char *buf, size_t cap,
    char delim, uint64_t max, size_t *len, struct mq_err *);
void mq_batch_iter_free(struct mq_batch_iter *);

/* Builds one batch after another, in place. */
struct mq_batch_builder {
	size_t limit; /* bytes, before compression; one record may pass it */
	enum mq_codec codec;
	struct mq_buf buf;    /* room for the header, then the records */
	struct mq_buf packed; /* the same, compressed */
	int fixed_base;	      /* boolean: base_timestamp was given, and stays */
	int64_t base_timestamp;
	int64_t max_timestamp;
	int32_t count;
	int32_t last_delta;
};

/*
 * 0 taken, 1 full: finish it first.  -1 when memory is out, or the record can
 * be in no batch.
 */
int mq_batch_builder_add(struct mq_batch_builder *, const struct mq_record *,
    struct mq_err *);
/* The same for a record that keeps its distance to the batch's start. */
int mq_batch_builder_add_at(struct mq_batch_builder *, const struct mq_record *,
    int32_t delta, struct mq_err *);
/*
 * The same for the run of records that delim parts in the data, without keys
 * and headers: as many as are whole and fit into a batch that has one already.
 * *used bytes of the data were taken.  How many records, or -1.
 */
int32_t mq_batch_builder_add_run(struct mq_batch_builder *, const char *data,
    size_t len, char delim, int64_t timestamp, size_t *used, struct mq_err *);
/*
 * Completes the batch: base_offset 0, no producer.  The bytes are borrowed
 * until the next add; reset then starts the next one.
 */
int mq_batch_builder_finish(struct mq_batch_builder *, uint8_t **, size_t *,
    struct mq_err *);
void mq_batch_builder_reset(struct mq_batch_builder *);
void mq_batch_builder_free(struct mq_batch_builder *);

#endif
