/* SPDX-License-Identifier: ISC */
#include "base/crc32c.h"

#include <isa-l/crc.h>

/* ISA-L counts in an int: larger runs are taken in pieces. */
#define PIECE ((size_t)1 << 30)

uint32_t
mq_crc32c(const void *data, size_t len)
{
	/* The library reads only, though its prototype does not say so. */
	unsigned char *p = (unsigned char *)(uintptr_t)data;
	uint32_t crc = 0xffffffff;
	size_t n;

	for (; len != 0; p += n, len -= n) {
		n = len < PIECE ? len : PIECE;
		crc = crc32_iscsi(p, (int)n, crc);
	}
	return ~crc;
}
