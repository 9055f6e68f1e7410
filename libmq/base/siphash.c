/* SPDX-License-Identifier: ISC */
#include "base/siphash.h"

static uint64_t
get64le(const uint8_t *p)
{
	uint64_t n = 0;
	int i;

	for (i = 7; i >= 0; i--)
		n = n << 8 | p[i];
	return n;
}

static uint64_t
turn(uint64_t n, int bits)
{
	return n << bits | n >> (64 - bits);
}

static void
rounds(uint64_t v[4], int n)
{
	while (n-- > 0) {
		v[0] += v[1];
		v[2] += v[3];
		v[1] = turn(v[1], 13) ^ v[0];
		v[3] = turn(v[3], 16) ^ v[2];
		v[0] = turn(v[0], 32);
		v[2] += v[1];
		v[0] += v[3];
		v[1] = turn(v[1], 17) ^ v[2];
		v[3] = turn(v[3], 21) ^ v[0];
		v[2] = turn(v[2], 32);
	}
}

static void
take(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	rounds(v, 2);
	v[0] ^= word;
}

void
mq_siphash(const uint8_t key[MQ_SIPHASH_KEY], const void *data, size_t len,
    uint64_t out[2])
{
	const uint8_t *p = data, *end = p + (len & ~(size_t)7);
	uint64_t k0 = get64le(key), k1 = get64le(key + 8), last;
	uint64_t v[4];
	size_t i;

	/* "somepseudorandomlygeneratedbytes" */
	v[0] = k0 ^ 0x736f6d6570736575U;
	v[1] = k1 ^ 0x646f72616e646f6dU ^ 0xee;
	v[2] = k0 ^ 0x6c7967656e657261U;
	v[3] = k1 ^ 0x7465646279746573U;
	for (; p != end; p += 8)
		take(v, get64le(p));
	last = (uint64_t)len << 56;
	for (i = 0; i < (len & 7); i++)
		last |= (uint64_t)p[i] << (8 * i);
	take(v, last);
	v[2] ^= 0xee;
	rounds(v, 4);
	out[0] = v[0] ^ v[1] ^ v[2] ^ v[3];
	v[1] ^= 0xdd;
	rounds(v, 4);
	out[1] = v[0] ^ v[1] ^ v[2] ^ v[3];
}
