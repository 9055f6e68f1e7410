/* SPDX-License-Identifier: ISC */
/*
 * Dead letters: records with KIP-1191's headers, __dlq.errors.topic and so on,
 * which mq_produce_dead has put behind their own.  One that is redriven loses
 * them, and the header mq-redrive-count tells how often that was.
 */
#ifndef LETTER_H
#define LETTER_H

#include <stdint.h>

#include "mq.h"

struct letter {
	char topic[MQ_TOPIC_MAX + 1]; /* that it came from; "": not known */
	int32_t partition;	      /* -1: not known */
	int64_t offset;		      /* -1: not known */
	int64_t redrives;	      /* how often it was redriven before */
	int hollow; /* boolean: only headers, the original was too large */
};

void letter_read(struct letter *, const struct mq_record *);

/* What a letter is sent as.  Zero-initialised is empty. */
struct letter_inside {
	struct mq_record record; /* its bytes are borrowed from the letter */
	struct mq_header *headers;
	size_t cap;
	char redrives[24];
};

void letter_open(struct letter_inside *, const struct mq_record *,
    const struct letter *);
void letter_inside_free(struct letter_inside *);

#endif
