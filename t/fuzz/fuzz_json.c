/* SPDX-License-Identifier: ISC */
/*
 * JSON lines: whatever can be read is written, and read again as the same
 * record, to the byte.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static int
same_bytes(const struct mq_bytes *a, const struct mq_bytes *b)
{
	if (a->data == NULL || b->data == NULL)
		return a->data == b->data;
	return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

static int
same(const struct mq_record *a, const struct mq_record *b)
{
	size_t i;

	if ((a->topic == NULL) != (b->topic == NULL) ||
	    (a->topic != NULL && strcmp(a->topic, b->topic) != 0) ||
	    a->partition != b->partition || a->offset != b->offset ||
	    a->timestamp != b->timestamp || !same_bytes(&a->key, &b->key) ||
	    !same_bytes(&a->value, &b->value) ||
	    a->header_count != b->header_count)
		return 0;
	for (i = 0; i < a->header_count; i++)
		if (!same_bytes(&a->headers[i].name, &b->headers[i].name) ||
		    !same_bytes(&a->headers[i].value, &b->headers[i].value))
			return 0;
	return 1;
}

/* Reads from a block of exactly the line's bytes, which then goes away. */
static int
get(const void *line, size_t len, struct json_record *state,
    struct mq_record *r)
{
	char err[256], *block = malloc(len != 0 ? len : 1);
	int rc;

	if (block == NULL)
		abort();
	if (len != 0)
		(void)memcpy(block, line, len);
	rc = json_get_record(block, len, state, r, err, sizeof(err));
	free(block);
	if (rc == -1 && (err[0] == '\0' || strlen(err) >= sizeof(err)))
		abort();
	return rc;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct json_record first, second;
	struct mq_record r, back;
	struct out line;

	if (get(data, len, &first, &r) == 0) {
		out_init(&line, -1);
		if (json_put_record(&line, &r) == -1 ||
		    get(line.data, line.len, &second, &back) == -1 ||
		    !same(&r, &back))
			abort();
		out_free(&line);
	}
	/* Now and then the states start afresh. */
	if (len % 8 == 0) {
		json_record_free(&first);
		json_record_free(&second);
	}
	return 0;
}
