/* SPDX-License-Identifier: ISC */
/*
 * Reading and writing the wire's integers: big-endian fixed widths, and the
 * zig-zag varints of Kafka's record format (the protocol guide, "Protocol
 * Primitive Types").
 *
 * A cursor reads within bounds: after the first read that does not fit, every
 * read gives zero or NULL and `bad` stays set, so a message is checked once,
 * at its end.
 */
#ifndef MQ_CURSOR_H
#define MQ_CURSOR_H

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define MQ_VARINT_MAX  5  /* bytes of the longest 32-bit varint */
#define MQ_VARLONG_MAX 10 /* bytes of the longest 64-bit varint */

struct mq_cursor {
	const uint8_t *at;
	const uint8_t *end;
	int bad;
};

static inline uint16_t
mq_get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t
mq_get32(const uint8_t *p)
{
	uint32_t v;

	(void)memcpy(&v, p, sizeof(v));
	return be32toh(v);
}

static inline uint64_t
mq_get64(const uint8_t *p)
{
	uint64_t v;

	(void)memcpy(&v, p, sizeof(v));
	return be64toh(v);
}

static inline void
mq_put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void
mq_put32(uint8_t *p, uint32_t v)
{
	v = htobe32(v);
	(void)memcpy(p, &v, sizeof(v));
}

static inline void
mq_put64(uint8_t *p, uint64_t v)
{
	v = htobe64(v);
	(void)memcpy(p, &v, sizeof(v));
}

/* Zig-zag: small numbers of both signs become small numbers. */
static inline uint64_t
mq_zigzag(int64_t v)
{
	return (uint64_t)v << 1 ^ -(uint64_t)(v < 0);
}

static inline int64_t
mq_unzigzag(uint64_t z)
{
	return (int64_t)(z >> 1) ^ -(int64_t)(z & 1);
}

/* Writes a zig-zag varint and returns the position behind it. */
static inline uint8_t *
mq_put_varint(uint8_t *p, int64_t v)
{
	uint64_t z = mq_zigzag(v);

	while (z >= 0x80) {
		*p++ = (uint8_t)(z | 0x80);
		z >>= 7;
	}
	*p++ = (uint8_t)z;
	return p;
}

/* Bytes that mq_put_varint writes for v. */
static inline size_t
mq_varint_size(int64_t v)
{
	uint64_t z = mq_zigzag(v);

	/* Nearly all are that small. */
	if (z < 0x4000)
		return z < 0x80 ? 1 : 2;
	return ((size_t)(64 - __builtin_clzll(z)) + 6) / 7;
}

static inline void
mq_cursor_init(struct mq_cursor *c, const void *data, size_t len)
{
	/* An empty buffer is NULL, to which C adds not even zero. */
	c->at = data != NULL ? data : (const uint8_t *)"";
	c->end = c->at + len;
	c->bad = 0;
}

static inline size_t
mq_cursor_left(const struct mq_cursor *c)
{
	return (size_t)(c->end - c->at);
}

const uint8_t *mq_get_varint_slow(const uint8_t *, const uint8_t *end,
    int64_t *);

/*
 * Reads a zig-zag varint of up to 64 bits and returns the position behind it,
 * or NULL where it does not end before `end`.  Nearly all are one or two bytes.
 */
static inline const uint8_t *
mq_get_varint(const uint8_t *p, const uint8_t *end, int64_t *v)
{
	if (p < end && (p[0] & 0x80) == 0) {
		*v = mq_unzigzag(p[0]);
		return p + 1;
	}
	if (end - p >= 2 && (p[1] & 0x80) == 0) {
		*v = mq_unzigzag((uint64_t)p[1] << 7 | (p[0] & 0x7f));
		return p + 2;
	}
	return mq_get_varint_slow(p, end, v);
}

/* The same for a cursor. */
static inline int64_t
mq_cursor_varlong(struct mq_cursor *c)
{
	const uint8_t *p;
	int64_t v;

	if ((p = mq_get_varint(c->at, c->end, &v)) == NULL) {
		c->bad = 1;
		c->at = c->end;
		return 0;
	}
	c->at = p;
	return v;
}

/* The same, refused where it does not fit in 32 bits. */
static inline int32_t
mq_cursor_varint(struct mq_cursor *c)
{
	int64_t v = mq_cursor_varlong(c);

	if (v < INT32_MIN || v > INT32_MAX) {
		c->bad = 1;
		c->at = c->end;
		return 0;
	}
	return (int32_t)v;
}

/* The next len bytes, borrowed; NULL where they are not there. */
static inline const uint8_t *
mq_cursor_bytes(struct mq_cursor *c, size_t len)
{
	const uint8_t *p = c->at;

	if (len > mq_cursor_left(c)) {
		c->bad = 1;
		c->at = c->end;
		return NULL;
	}
	c->at += len;
	return p;
}

uint8_t mq_cursor_u8(struct mq_cursor *);
uint16_t mq_cursor_u16(struct mq_cursor *);
uint32_t mq_cursor_u32(struct mq_cursor *);
uint64_t mq_cursor_u64(struct mq_cursor *);

#endif
