/* SPDX-License-Identifier: ISC */
/*
 * Where one record ends and the next begins in the input of mq-produce:
 * delimited text, the whole input, a template, JSON Lines, or batches.
 */
#ifndef FRAME_H
#define FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "input.h"
#include "json.h"
#include "mq.h"
#include "template.h"

enum frame_kind {
	FRAME_DELIMITED,
	FRAME_WHOLE,
	FRAME_TEMPLATE,
	FRAME_JSON,
	FRAME_BATCHES
};

struct frame {
	enum frame_kind kind;
	const char *delim; /* borrowed, as the next two */
	size_t delim_len;
	const char *key_delim; /* NULL: none */
	size_t key_delim_len;
	struct template *template;
	size_t searched; /* bytes without a delimiter, from the front */
	int ended;	 /* boolean: what follows is a tail of zeros */
	size_t taken; /* bytes of the last record: skip them before the next */
	struct template_state state;
	struct json_record json;
};

/*
 * The next record: 1, borrowed from the input until the next call, and
 * (FRAME_BATCHES) the batch as its value.  0: the input is to be read first,
 * or, where it is at its end, there is no more.  -1: bad input, *bad_at is its
 * byte in the file and err says what is wrong.
 */
int frame_next(struct frame *, struct input *, struct mq_record *,
    int64_t *bad_at, char *err, size_t errlen);
void frame_free(struct frame *);

#endif
