/* SPDX-License-Identifier: ISC */
/*
 * The templates of -f: how one record looks in a stream of bytes.
 *
 *	%t %k %v		topic, key, value: as they are, or {hex}
 *				{base64} {N} (exactly N bytes)
 *	%p %o %d %e %i		partition, offset, timestamp (ms since 1970),
 *				leader epoch, count of records from 1 (or the
 *				id of one that is held, a text)
 *	%T %K %V		bytes of topic, key and value; -1 for null
 *	%H %h{...}		headers: their number; the inner template for
 *				each, in which %k %v %K %V are its own
 *
 * Numbers take {ascii}, which is the default, {hex4} to {hex64}, {big8} to
 * {big64}, {little8} to {little64}; in those, all bits set is -1, and every
 * other pattern is not negative (64 bits: two's complement).  %d also takes
 * {strftime[...]}, in UTC.  %% %{ %} are the characters themselves, \n \t \r
 * \\ \0 \xNN are escapes, and the rest is literal text.
 *
 * Read back, a text is as long as the length before it says, or goes up to
 * the literal text behind it, or, as the template's last, to the end of input.
 *
 * Functions that can fail put one sentence in err.  Places in a template are
 * bytes counted from 0.  mq-produce(1) and mq-consume(1) are the manual.
 */
#ifndef TEMPLATE_H
#define TEMPLATE_H

#include <stddef.h>
#include <stdint.h>

#include "mq.h"
#include "out.h"

#define TEMPLATE_BYTES_MAX   (100 << 20) /* of one text read */
#define TEMPLATE_HEADERS_MAX (1 << 20)	 /* of one record read */

struct template;

/* What a scan keeps from call to call.  Zero-initialised is empty. */
struct template_state {
	struct mq_header *headers;
	size_t header_cap;
	uint8_t *bytes; /* what {hex} and {base64} were decoded to */
	size_t byte_count, byte_cap;
	/* How far an unfinished record got: less than need bytes cannot end
	 * it, and the text at search_from is not ended before searched. */
	size_t need, search_from, searched;
};

/* NULL, with the byte named in err, for what is no template. */
struct template *template_parse(const char *text, char *err, size_t errlen);
void template_free(struct template *);

/*
 * Has %i be a record's id, which is a text, in place of its count.  -1 where
 * the template has none, or one with a modifier.
 */
int template_for_ids(struct template *, char *err, size_t errlen);

/*
 * Writes a record; index is its count, from 1, and id (or NULL) is for
 * template_for_ids.  -1 with err for a record that
 * the template cannot hold (a number too wide, a text that is not N bytes),
 * of which nothing is written; -1 with err empty, and errno, where out failed.
 */
int template_print(const struct template *, const struct mq_record *,
    uint64_t index, const char *id, struct out *, char *err, size_t errlen);

/*
 * Checks that what the template prints can be read back, and makes it ready
 * for template_scan; -1 with the byte of the template in err.
 */
int template_for_input(struct template *, char *err, size_t errlen);

/*
 * Reads the record that starts at data.  1: *used bytes held it; its bytes
 * are borrowed from data and the state until the next call.  0: it goes on
 * behind data (or, at the end of input, there is none: len is 0); call again
 * with the same bytes and more, or with at_eof.  -1: *used is the byte from
 * data where it goes wrong, and err does not repeat it.  What comes of an
 * input does not depend on where it was cut.
 *
 * Topic, offset and leader epoch are passed over, and are NULL and -1; so are
 * partition and timestamp where the template has none.
 */
int template_scan(const struct template *, const char *data, size_t len,
    int at_eof, size_t *used, struct template_state *, struct mq_record *,
    char *err, size_t errlen);
void template_state_free(struct template_state *);

#endif
