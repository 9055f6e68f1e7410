/* SPDX-License-Identifier: ISC */
/*
 * The bytes of one record inside a batch (Kafka documentation, "Record"):
 * length, attributes, timestamp delta, offset delta, key, value, headers, in
 * zig-zag varints.
 */
#ifndef MQ_WIRE_H
#define MQ_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/err.h"
#include "record/record.h"

/* What a decoder keeps from record to record. */
struct mq_wire_headers {
	struct mq_header *header;
	size_t cap;
};

/* Bytes of the record with these deltas behind its length field. */
size_t mq_wire_size(const struct mq_record *, int64_t timestamp_delta,
    int32_t offset_delta);

/*
 * Writes the record; body is what mq_wire_size gave, and the caller has room
 * for body + MQ_VARINT_MAX bytes.  Returns the position behind it.
 */
uint8_t *mq_wire_put(uint8_t *, const struct mq_record *, size_t body,
    int64_t timestamp_delta, int32_t offset_delta);

/*
 * Reads the next record.  offset and timestamp of the result hold the deltas;
 * key, value and headers are borrowed from the cursor's bytes, the headers'
 * array from `headers`, until the next call.  0, or -1 with a sentence that
 * has no place in it, and the cursor where it was: the caller knows the place.
 */
int mq_wire_get(struct mq_cursor *, struct mq_wire_headers *,
    struct mq_record *, struct mq_err *);

/*
 * The value of a record that is as most are: whole, and without headers.
 * Returns the position behind the record, or NULL where mq_wire_get has to look
 * at it, also to say what is wrong with it.
 */
static inline const uint8_t *
mq_wire_value(const uint8_t *p, const uint8_t *end, struct mq_bytes *value)
{
	int64_t len, delta, key, n;

	if ((p = mq_get_varint(p, end, &len)) == NULL || len < 1 ||
	    len > end - p)
		return NULL;
	end = p + len;
	if ((p = mq_get_varint(p + 1, end, &delta)) == NULL ||
	    (p = mq_get_varint(p, end, &delta)) == NULL ||
	    (p = mq_get_varint(p, end, &key)) == NULL || key < -1 ||
	    key > end - p)
		return NULL;
	if (key > 0)
		p += key;
	if ((p = mq_get_varint(p, end, &n)) == NULL || n < -1 || n > end - p)
		return NULL;
	value->data = n == -1 ? NULL : p;
	value->len = n == -1 ? 0 : (size_t)n;
	p += value->len;
	return p + 1 == end && *p == 0 ? end : NULL;
}

void mq_wire_headers_free(struct mq_wire_headers *);

#endif
