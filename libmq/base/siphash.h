/* SPDX-License-Identifier: ISC */
/*
 * SipHash-2-4 with 128 bits (Aumasson and Bernstein, 2012): a hash that nobody
 * who does not know the key can make collide.
 */
#ifndef MQ_SIPHASH_H
#define MQ_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

#define MQ_SIPHASH_KEY 16 /* bytes */

/* The first and the second 8 bytes of the hash, little-endian. */
void mq_siphash(const uint8_t key[MQ_SIPHASH_KEY], const void *, size_t len,
    uint64_t out[2]);

#endif
