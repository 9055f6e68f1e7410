/* SPDX-License-Identifier: ISC */
/*
 * The last offset of each key, in bounded memory, while a log is compacted.
 *
 * A key is kept as a hash of 128 bits (Kafka's way; it uses MD5).  Two keys
 * with the same hash would be one, and the earlier one's last value would be
 * lost.  The hash is keyed by a secret that is drawn for each map, so keys that
 * collide cannot be made up, and among a table full of others the chance is
 * below 2^-88: less than that of a disk that reads back what was not written.
 */
#ifndef MQ_CLEANER_MAP_H
#define MQ_CLEANER_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/siphash.h"
#include "record/record.h"

struct mq_cleaner_slot {
	uint64_t hash[2];
	int64_t offset; /* and one more; 0 is a free slot */
};

struct mq_cleaner_map {
	struct mq_cleaner_slot *slot;
	size_t slots, used;
	size_t most; /* of used: nine in ten, as in Kafka */
	uint8_t secret[MQ_SIPHASH_KEY];
};

/* Room for so many keys, but within so many bytes. */
int mq_cleaner_map_init(struct mq_cleaner_map *, int64_t keys, size_t bytes,
    struct mq_err *);
/* Sets the key's offset: 0, 1 there is no room for another key. */
int mq_cleaner_map_put(struct mq_cleaner_map *, const struct mq_bytes *key,
    int64_t offset);
/* -1 for a key that is not there. */
int64_t mq_cleaner_map_get(const struct mq_cleaner_map *,
    const struct mq_bytes *key);
void mq_cleaner_map_free(struct mq_cleaner_map *);

#endif
