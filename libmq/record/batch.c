/* SPDX-License-Identifier: ISC */
#include "record/batch.h"

#include "base/crc32c.h"
#include "base/fail.h"

#define AT_LENGTH	  8
#define AT_EPOCH	  12
#define AT_MAGIC	  16
#define AT_CRC		  17
#define AT_ATTRIBUTES	  21
#define AT_LAST_DELTA	  23
#define AT_BASE_TIMESTAMP 27
#define AT_MAX_TIMESTAMP  35
#define AT_PRODUCER_ID	  43
#define AT_PRODUCER_EPOCH 51
#define AT_BASE_SEQUENCE  53
#define AT_COUNT	  57

#define MAGIC 2

int
mq_batch_peek(const void *data, size_t len, struct mq_batch *b,
    struct mq_err *err)
{
	const uint8_t *p = data;
	int32_t length;

	if (len < MQ_BATCH_HEADER)
		return 0;
	length = (int32_t)mq_get32(p + AT_LENGTH);
	if (length < MQ_BATCH_HEADER - MQ_BATCH_PREFIX ||
	    (uint32_t)length > MQ_BATCH_MAX)
		return mq_fail(err, MQ_CORRUPT_MESSAGE,
		    "no record batch: its length is %d", (int)length);
	if (p[AT_MAGIC] != MAGIC)
		return mq_fail(err, MQ_CORRUPT_MESSAGE,
		    "no record batch of version 2: its magic is %d",
		    (int)p[AT_MAGIC]);
	b->data = (size_t)length + MQ_BATCH_PREFIX <= len ? p : NULL;
	b->size = (size_t)length + MQ_BATCH_PREFIX;
	b->base_offset = (int64_t)mq_get64(p);
	b->leader_epoch = (int32_t)mq_get32(p + AT_EPOCH);
	b->crc = mq_get32(p + AT_CRC);
	b->attributes = (int16_t)mq_get16(p + AT_ATTRIBUTES);
	b->last_offset_delta = (int32_t)mq_get32(p + AT_LAST_DELTA);
	b->base_timestamp = (int64_t)mq_get64(p + AT_BASE_TIMESTAMP);
	b->max_timestamp = (int64_t)mq_get64(p + AT_MAX_TIMESTAMP);
	b->producer_id = (int64_t)mq_get64(p + AT_PRODUCER_ID);
	b->producer_epoch = (int16_t)mq_get16(p + AT_PRODUCER_EPOCH);
	b->base_sequence = (int32_t)mq_get32(p + AT_BASE_SEQUENCE);
	b->count = (int32_t)mq_get32(p + AT_COUNT);
	/* So that the last offset can be told of any header. */
	if (b->base_offset < 0 || b->last_offset_delta < 0 ||
	    b->base_offset > INT64_MAX - INT32_MAX - 1)
		return mq_fail(err, MQ_CORRUPT_MESSAGE,
		    "a batch of %lld offsets from %lld",
		    (long long)b->last_offset_delta + 1,
		    (long long)b->base_offset);
	return 1;
}

int
mq_batch_check(const struct mq_batch *b, struct mq_err *err)
{
	uint32_t crc;

	crc = mq_crc32c(b->data + AT_ATTRIBUTES, b->size - AT_ATTRIBUTES);
	if (crc != b->crc)
		return mq_fail(err, MQ_CORRUPT_MESSAGE,
		    "bad CRC (%08x, counted %08x)", b->crc, crc);
	if (b->count == 0 && b->size != MQ_BATCH_HEADER)
		return mq_fail(err, MQ_CORRUPT_MESSAGE,
		    "a batch of no records that holds %zu bytes",
		    b->size - MQ_BATCH_HEADER);
	/* Compaction leaves batches with fewer records than offsets. */
	if (b->count < 0 || b->count - 1 > b->last_offset_delta)
		return mq_fail(err, MQ_CORRUPT_MESSAGE,
		    "a batch that counts %d records over %lld offsets from "
		    "%lld",
		    (int)b->count, (long long)b->last_offset_delta + 1,
		    (long long)b->base_offset);
	if (mq_codec_name(b->attributes & MQ_BATCH_CODEC) == NULL)
		return mq_fail(err, MQ_UNSUPPORTED_COMPRESSION_TYPE,
		    "a batch of unknown compression type %d",
		    b->attributes & MQ_BATCH_CODEC);
	return 0;
}

void
mq_batch_assign(uint8_t *p, int64_t base_offset, int32_t leader_epoch)
{
	mq_put64(p, (uint64_t)base_offset);
	mq_put32(p + AT_EPOCH, (uint32_t)leader_epoch);
}

static void
mend_crc(uint8_t *p, size_t size)
{
	mq_put32(p + AT_CRC,
	    mq_crc32c(p + AT_ATTRIBUTES, size - AT_ATTRIBUTES));
}

void
mq_batch_stamp(uint8_t *p, size_t size, int64_t now_ms)
{
	unsigned attributes = mq_get16(p + AT_ATTRIBUTES);

	mq_put16(p + AT_ATTRIBUTES,
	    (uint16_t)(attributes | MQ_BATCH_LOG_APPEND_TIME));
	mq_put64(p + AT_MAX_TIMESTAMP, (uint64_t)now_ms);
	mend_crc(p, size);
}

void
mq_batch_replace(uint8_t *p, size_t size, const struct mq_batch *of,
    int64_t base_offset, int64_t last_offset, int delete_horizon)
{
	unsigned kept = MQ_BATCH_LOG_APPEND_TIME | MQ_BATCH_TRANSACTIONAL |
	    MQ_BATCH_CONTROL;
	unsigned attributes = mq_get16(p + AT_ATTRIBUTES) & MQ_BATCH_CODEC;

	attributes |= (unsigned)of->attributes & kept;
	if (delete_horizon)
		attributes |= MQ_BATCH_DELETE_HORIZON;
	mq_batch_assign(p, base_offset, of->leader_epoch);
	mq_put16(p + AT_ATTRIBUTES, (uint16_t)attributes);
	mq_put32(p + AT_LAST_DELTA, (uint32_t)(last_offset - base_offset));
	mq_put64(p + AT_PRODUCER_ID, (uint64_t)of->producer_id);
	mq_put16(p + AT_PRODUCER_EPOCH, (uint16_t)of->producer_epoch);
	mq_put32(p + AT_BASE_SEQUENCE, (uint32_t)of->base_sequence);
	mend_crc(p, size);
}

void
mq_batch_orphan(uint8_t *p, size_t size)
{
	unsigned attributes = mq_get16(p + AT_ATTRIBUTES);

	mq_put16(p + AT_ATTRIBUTES,
	    (uint16_t)(attributes & ~(unsigned)MQ_BATCH_TRANSACTIONAL));
	mq_put64(p + AT_PRODUCER_ID, UINT64_MAX);
	mq_put16(p + AT_PRODUCER_EPOCH, UINT16_MAX);
	mq_put32(p + AT_BASE_SEQUENCE, UINT32_MAX);
	mend_crc(p, size);
}

int
mq_batch_iter_init(struct mq_batch_iter *it, const struct mq_batch *b,
    struct mq_err *err)
{
	enum mq_codec codec = b->attributes & MQ_BATCH_CODEC;
	const uint8_t *records = b->data + MQ_BATCH_HEADER;
	size_t len = b->size - MQ_BATCH_HEADER;

	it->batch = *b;
	it->left = b->count;
	if (codec != MQ_CODEC_NONE && b->count != 0) {
		it->plain.len = 0;
		if (mq_decompress(codec, records, len, &it->plain, err) == -1)
			return -1;
		records = it->plain.data;
		len = it->plain.len;
	}
	mq_cursor_init(&it->at, records, len);
	return 0;
}

/* The record at hand is bad (err says why): with its place. */
static int
bad_record(const struct mq_batch_iter *it, struct mq_err *err)
{
	return mq_fail_context(err, "record %d of the batch at offset %lld",
	    (int)(it->batch.count - it->left),
	    (long long)it->batch.base_offset);
}

/* What no count speaks of: the batch cannot be believed. */
static int
too_many(const struct mq_batch_iter *it, struct mq_err *err)
{
	(void)mq_fail(err, MQ_CORRUPT_MESSAGE,
	    "the batch counts %d records, and there is more behind the last",
	    (int)it->batch.count);
	return bad_record(it, err);
}

int
mq_batch_iter_fill(struct mq_batch_iter *it, struct mq_record *r, int max,
    struct mq_err *err)
{
	const struct mq_batch *b = &it->batch;
	struct mq_cursor before;
	int n;

	for (n = 0; n < max && it->left != 0; n++, r++) {
		before = it->at;
		if (mq_wire_get(&it->at, &it->headers, r, err) == -1)
			return n != 0 ? n : bad_record(it, err);
		if (r->offset < 0 || r->offset > b->last_offset_delta) {
			it->at = before;
			(void)mq_fail(err, MQ_CORRUPT_MESSAGE,
			    "offset delta %lld is outside of the batch",
			    (long long)r->offset);
			return n != 0 ? n : bad_record(it, err);
		}
		if (it->left == 1 && it->at.at != it->at.end) {
			it->at = before;
			return n != 0 ? n : too_many(it, err);
		}
		it->left--;
		r->offset += b->base_offset;
		r->leader_epoch = b->leader_epoch;
		/* Unsigned: a lying delta wraps, it does not trap. */
		r->timestamp = (b->attributes & MQ_BATCH_LOG_APPEND_TIME) != 0 ?
		    b->max_timestamp :
		    (int64_t)((uint64_t)b->base_timestamp +
			(uint64_t)r->timestamp);
		if (r->header_count != 0)
			return n + 1;
	}
	return n;
}

int
mq_batch_iter_next(struct mq_batch_iter *it, struct mq_record *r,
    struct mq_err *err)
{
	return mq_batch_iter_fill(it, r, 1, err);
}

int64_t
mq_batch_iter_values(struct mq_batch_iter *it, char *buf, size_t cap,
    char delim, uint64_t max, size_t *len, struct mq_err *err)
{
	const uint8_t *p, *end = it->at.end;
	char *out = buf, *full = buf + cap;
	struct mq_bytes value;
	struct mq_cursor before;
	struct mq_record r;
	int64_t n = 0;

	for (; it->left != 0 && (uint64_t)n < max; n++) {
		before = it->at;
		p = mq_wire_value(it->at.at, end, &value);
		if (p != NULL)
			it->at.at = p;
		else if (mq_wire_get(&it->at, &it->headers, &r, err) == 0)
			value = r.value;
		else if (n != 0)
			break;
		else
			return bad_record(it, err);
		if (it->left == 1 && it->at.at != end) {
			it->at = before;
			if (n != 0)
				break;
			return too_many(it, err);
		}
		if (value.len >= (size_t)(full - out)) {
			it->at = before;
			break;
		}
		if (value.len != 0)
			(void)memcpy(out, value.data, value.len);
		out += value.len;
		*out++ = delim;
		it->left--;
	}
	*len = (size_t)(out - buf);
	return n;
}

void
mq_batch_iter_free(struct mq_batch_iter *it)
{
	mq_wire_headers_free(&it->headers);
	mq_buf_free(&it->plain);
}

int
mq_batch_builder_add_at(struct mq_batch_builder *b, const struct mq_record *r,
    int32_t delta, struct mq_err *err)
{
	int64_t since;
	size_t body, need;

	since = b->count == 0 && !b->fixed_base ?
	    0 :
	    (int64_t)((uint64_t)r->timestamp - (uint64_t)b->base_timestamp);
	body = mq_wire_size(r, since, delta);
	need = body + mq_varint_size((int64_t)body);
	if (body > MQ_BATCH_MAX - MQ_BATCH_HEADER - MQ_VARINT_MAX)
		return mq_fail(err, MQ_MESSAGE_TOO_LARGE,
		    "a record of %zu bytes", body);
	if (b->count == 0) {
		b->buf.len = 0;
		if (mq_buf_reserve(&b->buf, MQ_BATCH_HEADER + need) == -1)
			return mq_fail_memory(err);
		b->buf.len = MQ_BATCH_HEADER;
	} else if (b->buf.len + need > b->limit || delta == INT32_MAX)
		return 1;
	else if (need > b->buf.cap - b->buf.len &&
	    mq_buf_reserve(&b->buf, need) == -1)
		return mq_fail_memory(err);
	(void)mq_wire_put(b->buf.data + b->buf.len, r, body, since, delta);
	b->buf.len += need;
	if (b->count++ == 0) {
		if (!b->fixed_base)
			b->base_timestamp = r->timestamp;
		b->max_timestamp = r->timestamp;
	} else if (r->timestamp > b->max_timestamp)
		b->max_timestamp = r->timestamp;
	b->last_delta = delta;
	return 0;
}

int
mq_batch_builder_add(struct mq_batch_builder *b, const struct mq_record *r,
    struct mq_err *err)
{
	return mq_batch_builder_add_at(b, r, b->count, err);
}

/* Compresses into packed where that makes it smaller; 1 when it did. */
static int
pack(struct mq_batch_builder *b, struct mq_err *err)
{
	size_t len = b->buf.len - MQ_BATCH_HEADER;

	if (b->codec == MQ_CODEC_NONE)
		return 0;
	b->packed.len = 0;
	if (mq_buf_reserve(&b->packed, MQ_BATCH_HEADER) == -1)
		return mq_fail_memory(err);
	b->packed.len = MQ_BATCH_HEADER;
	if (mq_compress(b->codec, b->buf.data + MQ_BATCH_HEADER, len,
		&b->packed, err) == -1)
		return -1;
	return b->packed.len < b->buf.len;
}

int32_t
mq_batch_builder_add_run(struct mq_batch_builder *b, const char *data,
    size_t len, char delim, int64_t timestamp, size_t *used, struct mq_err *err)
{
	int64_t since =
	    (int64_t)((uint64_t)timestamp - (uint64_t)b->base_timestamp);
	const char *at = data, *end;
	int32_t first = b->last_delta + 1, delta = first;
	size_t n, body, fixed = 3 + mq_varint_size(since);
	uint8_t *p, *full;

	if (b->limit > b->buf.len &&
	    mq_buf_reserve(&b->buf, b->limit - b->buf.len) == -1)
		return mq_fail_memory(err);
	p = b->buf.data + b->buf.len;
	full = b->buf.data + b->limit;
	for (; delta != INT32_MAX &&
	     (end = memchr(at, delim, len - (size_t)(at - data))) != NULL;
	     at = end + 1, delta++) {
		n = (size_t)(end - at);
		/* attributes, null key, no headers, and what varies */
		body = fixed + mq_varint_size(delta) +
		    mq_varint_size((int64_t)n) + n;
		if (p >= full ||
		    body + mq_varint_size((int64_t)body) > (size_t)(full - p))
			break;
		p = mq_put_varint(p, (int64_t)body);
		*p++ = 0;
		p = mq_put_varint(p, since);
		p = mq_put_varint(p, delta);
		p = mq_put_varint(p, -1);
		p = mq_put_varint(p, (int64_t)n);
		(void)memcpy(p, at, n);
		p += n;
		*p++ = 0;
	}
	*used = (size_t)(at - data);
	if (delta == first)
		return 0;
	b->buf.len = (size_t)(p - b->buf.data);
	b->count += delta - first;
	b->last_delta = delta - 1;
	if (timestamp > b->max_timestamp)
		b->max_timestamp = timestamp;
	return delta - first;
}

int
mq_batch_builder_finish(struct mq_batch_builder *b, uint8_t **data,
    size_t *size, struct mq_err *err)
{
	struct mq_buf *buf = &b->buf;
	int packed = pack(b, err);
	uint8_t *p;

	if (packed == -1)
		return -1;
	if (packed)
		buf = &b->packed;
	p = buf->data;
	mq_batch_assign(p, 0, -1);
	mq_put32(p + AT_LENGTH, (uint32_t)(buf->len - MQ_BATCH_PREFIX));
	p[AT_MAGIC] = MAGIC;
	mq_put16(p + AT_ATTRIBUTES, (uint16_t)(packed ? b->codec : 0));
	mq_put32(p + AT_LAST_DELTA, (uint32_t)b->last_delta);
	mq_put64(p + AT_BASE_TIMESTAMP, (uint64_t)b->base_timestamp);
	mq_put64(p + AT_MAX_TIMESTAMP, (uint64_t)b->max_timestamp);
	mq_put64(p + AT_PRODUCER_ID, UINT64_MAX);
	mq_put16(p + AT_PRODUCER_EPOCH, UINT16_MAX);
	mq_put32(p + AT_BASE_SEQUENCE, UINT32_MAX);
	mq_put32(p + AT_COUNT, (uint32_t)b->count);
	mend_crc(p, buf->len);
	*data = p;
	*size = buf->len;
	return 0;
}

void
mq_batch_builder_reset(struct mq_batch_builder *b)
{
	b->count = 0;
	b->buf.len = 0;
}

void
mq_batch_builder_free(struct mq_batch_builder *b)
{
	mq_buf_free(&b->buf);
	mq_buf_free(&b->packed);
	b->count = 0;
}
