/* SPDX-License-Identifier: ISC */
/*
 * A scan under way, shared by its steps.  A step starts at scan.at, moves it
 * behind what it read, and returns DONE; or MORE, when the input ends before
 * the step could; or BAD with scan.at at the wrong byte and err filled in.
 * Private to the template_scan*.c files.
 */
#ifndef TEMPLATE_SCAN_H
#define TEMPLATE_SCAN_H

#include <stddef.h>
#include <stdint.h>

#include "mq.h"
#include "template_ops.h"

#define TEMPLATE_DONE 1
#define TEMPLATE_MORE 0
#define TEMPLATE_BAD  (-1) /* as template_fail */

struct template_scan {
	const char *data;
	size_t len;
	size_t at; /* bytes of the record read */
	int at_eof;
	struct template_state *state;
	struct mq_record *record;
	int64_t header_count;
	char *err;
	size_t errlen;
};

/* The texts in reach, with the lengths that were read for them. */
struct template_scope {
	struct mq_bytes *key, *value;
	int64_t topic_len, key_len, value_len;
	int is_header; /* boolean: the key is a name and cannot be null */
};

/*
 * The step needs size bytes from at, and they are not all there: MORE, or BAD
 * at the end of input, which cuts this field short.
 */
int template_scan_more(struct template_scan *, size_t size, char field);
int template_scan_number(struct template_scan *, const struct template_op *,
    struct template_scope *);
int template_scan_text(struct template_scan *, const struct template_op *,
    const struct template_scope *);

#endif
