/* SPDX-License-Identifier: ISC */
#include "base/cursor.h"

const uint8_t *
mq_get_varint_slow(const uint8_t *p, const uint8_t *end, int64_t *v)
{
	uint64_t z = 0;
	unsigned shift;
	uint8_t b;

	for (shift = 0; shift < 64 && p < end; shift += 7) {
		b = *p++;
		if (shift == 63 && b > 1)
			break;
		z |= (uint64_t)(b & 0x7f) << shift;
		if ((b & 0x80) == 0) {
			*v = mq_unzigzag(z);
			return p;
		}
	}
	*v = 0;
	return NULL;
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
