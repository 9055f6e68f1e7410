/* SPDX-License-Identifier: ISC */
#include "base/murmur2.h"

#define SEED 0x9747b28cu
#define M    0x5bd1e995u
#define R    24

uint32_t
mq_murmur2(const void *data, size_t len)
{
	const uint8_t *p = data;
	uint32_t h = SEED ^ (uint32_t)len;
	uint32_t k;

	for (; len >= 4; p += 4, len -= 4) {
		k = (uint32_t)p[0] | (uint32_t)p[1] << 8 |
		    (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
		k *= M;
		k ^= k >> R;
		k *= M;
		h *= M;
		h ^= k;
	}
	if (len >= 3)
		h ^= (uint32_t)p[2] << 16;
	if (len >= 2)
		h ^= (uint32_t)p[1] << 8;
	if (len >= 1) {
		h ^= (uint32_t)p[0];
		h *= M;
	}
	h ^= h >> 13;
	h *= M;
	h ^= h >> 15;
	return h;
}
