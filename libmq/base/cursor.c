/* SPDX-License-Identifier: ISC */
#include "base/cursor.h"

int64_t
mq_cursor_varlong_slow(struct mq_cursor *c)
{
	uint64_t z = 0;
	unsigned shift;
	uint8_t b;

	for (shift = 0; shift < 64 && c->at < c->end; shift += 7) {
		b = *c->at++;
		if (shift == 63 && b > 1)
			break;
		z |= (uint64_t)(b & 0x7f) << shift;
		if ((b & 0x80) == 0)
			return (int64_t)(z >> 1) ^ -(int64_t)(z & 1);
	}
	c->bad = 1;
	c->at = c->end;
	return 0;
}

uint8_t
mq_cursor_u8(struct mq_cursor *c)
{
	const uint8_t *p = mq_cursor_bytes(c, 1);

	return p != NULL ? *p : 0;
}

uint16_t
mq_cursor_u16(struct mq_cursor *c)
{
	const uint8_t *p = mq_cursor_bytes(c, 2);

	return p != NULL ? mq_get16(p) : 0;
}

uint32_t
mq_cursor_u32(struct mq_cursor *c)
{
	const uint8_t *p = mq_cursor_bytes(c, 4);

	return p != NULL ? mq_get32(p) : 0;
}

uint64_t
mq_cursor_u64(struct mq_cursor *c)
{
	const uint8_t *p = mq_cursor_bytes(c, 8);

	return p != NULL ? mq_get64(p) : 0;
}
