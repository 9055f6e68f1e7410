/* SPDX-License-Identifier: ISC */
/*
 * Records as JSON Lines, one object a record, losslessly:
 *
 *	{"topic":"t","partition":0,"offset":7,"timestamp":1700000000000,
 *	"key":"k","value":"v","headers":[["name","value"],["n2",null]]}
 *
 * in one line and without spaces.  Null is null and "" is empty.  Bytes that
 * are not valid UTF-8 stand in base64, as "key_b64", "value_b64", and
 * {"b64":"..."} within a header.
 */
#ifndef JSON_H
#define JSON_H

#include <stddef.h>
#include <stdint.h>

#include "mq.h"
#include "out.h"

struct json_t;

/* What the last record read lives in.  Zero-initialised is empty. */
struct json_record {
	struct json_t *root;
	struct mq_header *headers;
	size_t header_cap;
	uint8_t *bytes; /* what base64 was decoded to */
	size_t byte_count, byte_cap;
};

/* Writes the record and a newline; -1 with errno, as out_write. */
int json_put_record(struct out *, const struct mq_record *);
/* The same with more members, which are JSON and begin with a comma. */
int json_put_record_with(struct out *, const struct mq_record *,
    const char *members);
/* The same without the member for the value. */
int json_put_head(struct out *, const struct mq_record *);

/*
 * Reads one line, with or without its newline.  Members may come in any order
 * and may be absent: topic is then NULL, key and value are null, partition,
 * offset and timestamp -1.  Unknown members are ignored; for headers an
 * object {"n":"v"} will do as well.  -1 with a sentence in err, which names
 * the member, or where there is bad syntax the byte of the line that is behind
 * it.  The record's bytes are borrowed from the json_record until its next
 * use, and not from the line.  The first call of a process reads
 * /dev/urandom, to seed jansson's hashes.
 */
int json_get_record(const char *line, size_t len, struct json_record *,
    struct mq_record *, char *err, size_t errlen);
void json_record_free(struct json_record *);

#endif
