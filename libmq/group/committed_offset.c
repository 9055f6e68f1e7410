/* SPDX-License-Identifier: ISC */
#include "group/committed_offset.h"

#include "base/cursor.h"
#include "base/fail.h"

#define KEY_VERSION   1
#define VALUE_VERSION 3

static int
put_string(struct mq_buf *b, const struct mq_bytes *s, struct mq_err *err)
{
	uint8_t len[2];

	if (s->len > MQ_COMMITTED_NAME_MAX)
		return mq_fail(err, MQ_INVALID_REQUEST,
		    "a name of %zu bytes; %d are the most", s->len,
		    MQ_COMMITTED_NAME_MAX);
	mq_put16(len, (uint16_t)s->len);
	if (mq_buf_append(b, len, sizeof(len)) == -1 ||
	    mq_buf_append(b, s->data, s->len) == -1)
		return mq_fail_memory(err);
	return 0;
}

int
mq_committed_key(struct mq_buf *b, const struct mq_committed_offset *o,
    struct mq_err *err)
{
	uint8_t version[2], partition[4];

	mq_put16(version, KEY_VERSION);
	mq_put32(partition, (uint32_t)o->partition);
	if (mq_buf_append(b, version, sizeof(version)) == -1)
		return mq_fail_memory(err);
	if (put_string(b, &o->group, err) == -1 ||
	    put_string(b, &o->topic, err) == -1)
		return -1;
	if (mq_buf_append(b, partition, sizeof(partition)) == -1)
		return mq_fail_memory(err);
	return 0;
}

int
mq_committed_value(struct mq_buf *b, const struct mq_committed_offset *o,
    struct mq_err *err)
{
	uint8_t head[14], when[8];

	mq_put16(head, VALUE_VERSION);
	mq_put64(head + 2, (uint64_t)o->offset);
	mq_put32(head + 10, (uint32_t)o->leader_epoch);
	mq_put64(when, (uint64_t)o->commit_ms);
	if (mq_buf_append(b, head, sizeof(head)) == -1)
		return mq_fail_memory(err);
	if (put_string(b, &o->metadata, err) == -1)
		return -1;
	if (mq_buf_append(b, when, sizeof(when)) == -1)
		return mq_fail_memory(err);
	return 0;
}

static void
get_string(struct mq_cursor *c, struct mq_bytes *s)
{
	s->len = mq_cursor_u16(c);
	s->data = mq_cursor_bytes(c, s->len);
}

int
mq_committed_read_key(const struct mq_bytes *key, struct mq_committed_offset *o,
    struct mq_err *err)
{
	struct mq_cursor c;
	uint16_t version;

	mq_cursor_init(&c, key->data, key->len);
	version = mq_cursor_u16(&c);
	if (!c.bad && version > KEY_VERSION)
		return 0;
	get_string(&c, &o->group);
	get_string(&c, &o->topic);
	o->partition = (int32_t)mq_cursor_u32(&c);
	if (c.bad || mq_cursor_left(&c) != 0 || o->partition < 0)
		return mq_fail(err, MQ_CORRUPT_MESSAGE,
		    "no key of a committed offset");
	return 1;
}

int
mq_committed_read_value(const struct mq_bytes *value,
    struct mq_committed_offset *o, struct mq_err *err)
{
	struct mq_cursor c;
	uint16_t version;

	mq_cursor_init(&c, value->data, value->len);
	version = mq_cursor_u16(&c);
	o->leader_epoch = -1;
	o->offset = (int64_t)mq_cursor_u64(&c);
	if (version == 3 || version == 4)
		o->leader_epoch = (int32_t)mq_cursor_u32(&c);
	if (version == 4) { /* flexible: the length is an unsigned varint */
		o->metadata.len = mq_cursor_u8(&c);
		if (o->metadata.len >= 0x80)
			o->metadata.len = (o->metadata.len & 0x7f) |
			    (size_t)mq_cursor_u8(&c) << 7;
		o->metadata.len -= o->metadata.len != 0;
		o->metadata.data = mq_cursor_bytes(&c, o->metadata.len);
	} else
		get_string(&c, &o->metadata);
	o->commit_ms = (int64_t)mq_cursor_u64(&c);
	/* Version 1 goes on with a time that no one reads any more. */
	if (c.bad || version > 4 || o->offset < 0)
		return mq_fail(err, MQ_CORRUPT_MESSAGE,
		    "no value of a committed offset (version %d)",
		    (int)version);
	return 0;
}
