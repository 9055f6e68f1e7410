/* SPDX-License-Identifier: ISC */
/* A share-partition that is spoken to, and what it answers, as text. */
#ifndef PART_SCENE_H
#define PART_SCENE_H

#include "group/share_partition.h"
#include "share_text.h"

extern struct part_scene {
	struct mq_share_partition p;
	struct mq_share_ranges out; /* what the last call told */
	struct mq_err err;
} part;

/* A new one, as configured by default, whose log starts there. */
void part_begin(int64_t at);
void part_end(void);
int part_take(int64_t now, uint64_t holder, int64_t max, int64_t log_end);
int part_say(int64_t now, uint64_t holder, enum mq_share_ack_type,
    int64_t first, int64_t last);

/* What is in flight, and what was told, as text: see share_text.h. */
#define PART_STATE(want) CHECK_TEXT(share_text(&part.p.in_flight), want)
#define PART_TOLD(want)	 CHECK_TEXT(share_text(&part.out), want)
#define PART_REFUSED(call)                                       \
	do {                                                     \
		uint64_t changes_ = part.p.changes;              \
		part.err.code = MQ_NONE;                         \
		CHECK((call) == -1);                             \
		CHECK(part.err.code == MQ_INVALID_RECORD_STATE); \
		CHECK(part.p.changes == changes_);               \
	} while (0)

#endif
