/* SPDX-License-Identifier: ISC */
#include "log/cleaner_map.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/io.h"

int
mq_cleaner_map_init(struct mq_cleaner_map *m, int64_t keys, size_t bytes,
    struct mq_err *err)
{
	size_t slots = bytes / sizeof(*m->slot);

	/* One is free at least, where searching ends. */
	if (keys < (int64_t)(slots / 10 * 9))
		slots = (size_t)keys / 9 * 10 + 11;
	if (slots < 2)
		slots = 2;
	m->used = 0;
	m->slots = slots;
	m->most = slots < 10 ? slots - 1 : slots / 10 * 9;
	/* Memory that is not touched is not taken. */
	if ((m->slot = calloc(slots, sizeof(*m->slot))) == NULL)
		return mq_fail_memory(err);
	if (mq_io_random(m->secret, sizeof(m->secret)) == -1) {
		mq_cleaner_map_free(m);
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
		    "random bytes");
	}
	return 0;
}

/* The key's slot, or the free one where it would be. */
static struct mq_cleaner_slot *
find(const struct mq_cleaner_map *m, const struct mq_bytes *key,
    uint64_t hash[2])
{
	struct mq_cleaner_slot *s;
	size_t i;

	mq_siphash(m->secret, key->data, key->len, hash);
	for (i = (size_t)(hash[0] % m->slots);;
	     i = i + 1 < m->slots ? i + 1 : 0) {
		s = &m->slot[i];
		if (s->offset == 0 ||
		    (s->hash[0] == hash[0] && s->hash[1] == hash[1]))
			return s;
	}
}

int
mq_cleaner_map_put(struct mq_cleaner_map *m, const struct mq_bytes *key,
    int64_t offset)
{
	uint64_t hash[2];
	struct mq_cleaner_slot *s = find(m, key, hash);

	if (s->offset == 0) {
		if (m->used == m->most)
			return 1;
		m->used++;
		s->hash[0] = hash[0];
		s->hash[1] = hash[1];
	}
	s->offset = offset + 1;
	return 0;
}

int64_t
mq_cleaner_map_get(const struct mq_cleaner_map *m, const struct mq_bytes *key)
{
	uint64_t hash[2];

	return find(m, key, hash)->offset - 1;
}

void
mq_cleaner_map_free(struct mq_cleaner_map *m)
{
	free(m->slot);
	m->slot = NULL;
	m->slots = m->used = 0;
}
