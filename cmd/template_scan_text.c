/* SPDX-License-Identifier: ISC */
/*
 * The texts of a template, read back: first how many bytes of the input a
 * text takes, then, where it is in hex or base64, what they mean.
 */
#include "template.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base64.h"
#include "escape.h"
#include "template_scan.h"

static int
too_long(struct template_scan *s, const struct template_op *op)
{
	return template_fail(s->err, s->errlen, "%%%c is longer than %d bytes",
	    op->field, TEMPLATE_BYTES_MAX);
}

/* Bytes in the input up to the literal behind the text. */
static int
find_literal(struct template_scan *s, const struct template_op *op,
    size_t *size)
{
	const struct template_op *next = op + 1;
	struct template_state *state = s->state;
	size_t from = s->at;
	const char *end;
	char want[40];

	if (state->search_from == s->at && state->searched > from)
		from = state->searched;
	end = memmem(s->data + from, s->len - from, next->text, next->len);
	if (end != NULL) {
		*size = (size_t)(end - (s->data + s->at));
		if (*size > TEMPLATE_BYTES_MAX)
			return too_long(s, op);
		return TEMPLATE_DONE;
	}
	/* A delimiter that is cut in two begins in the last bytes. */
	state->search_from = s->at;
	if (s->len - from >= next->len)
		state->searched = s->len - next->len + 1;
	if (s->len - s->at >= TEMPLATE_BYTES_MAX + next->len)
		return too_long(s, op);
	if (!s->at_eof)
		return template_scan_more(s, s->len - s->at + 1, op->field);
	s->at = s->len;
	escape_show(want, sizeof(want), next->text, next->len);
	return template_fail(s->err, s->errlen,
	    "the input ends before the \"%s\" behind %%%c", want, op->field);
}

/* Bytes in the input of `len` bytes of text. */
static size_t
encoded_size(const struct template_op *op, size_t len)
{
	if (op->form == TEMPLATE_HEX)
		return len * 2;
	return op->form == TEMPLATE_BASE64 ? base64_size(len) : len;
}

/* Bytes that the text takes in the input. */
static int
text_size(struct template_scan *s, const struct template_op *op, int64_t len,
    size_t *size)
{
	switch (op->end) {
	case TEMPLATE_END_LITERAL:
		return find_literal(s, op, size);
	case TEMPLATE_END_INPUT:
		*size = s->len - s->at;
		if (*size > TEMPLATE_BYTES_MAX)
			return too_long(s, op);
		if (!s->at_eof)
			return template_scan_more(s, *size + 1, op->field);
		return TEMPLATE_DONE;
	case TEMPLATE_END_LENGTH:
		*size = len < 0 ? 0 : encoded_size(op, (size_t)len);
		break;
	default:
		*size = op->width;
		break;
	}
	if (s->len - s->at < *size)
		return template_scan_more(s, *size, op->field);
	return TEMPLATE_DONE;
}

static int
decode_hex(uint8_t *to, size_t *len, const char *text, size_t size)
{
	int high, low = -1;

	for (*len = 0; *len < size / 2; ++*len) {
		high = escape_digit(text[*len * 2]);
		low = escape_digit(text[*len * 2 + 1]);
		if (high == -1 || low == -1) {
			*len = *len * 2 + (high != -1);
			return -1;
		}
		to[*len] = (uint8_t)(high << 4 | low);
	}
	if (size % 2 == 0)
		return 0;
	*len = size;
	return -1;
}

/* Decodes what is at s->at into the state's bytes. */
static int
decode_text(struct template_scan *s, const struct template_op *op, size_t size,
    struct mq_bytes *b)
{
	struct template_state *state = s->state;
	uint8_t *to;
	int rc;

	/*
	 * No more can be decoded in this call than there is data, so the
	 * bytes never move while the record borrows them.
	 */
	if (state->byte_cap < s->len) {
		assert(state->byte_count == 0);
		if ((to = realloc(state->bytes, s->len)) == NULL)
			return template_fail(s->err, s->errlen,
			    "out of memory");
		state->bytes = to;
		state->byte_cap = s->len;
	}
	to = state->bytes + state->byte_count;
	if (op->form == TEMPLATE_HEX)
		rc = decode_hex(to, &b->len, s->data + s->at, size);
	else
		rc = base64_decode(to, state->byte_cap - state->byte_count,
		    &b->len, s->data + s->at, size);
	if (rc == -1) {
		s->at += b->len;
		return template_fail(s->err, s->errlen, "bad %s in %%%c",
		    op->form == TEMPLATE_HEX ? "hex" : "base64", op->field);
	}
	b->data = to;
	state->byte_count += b->len;
	return TEMPLATE_DONE;
}

int
template_scan_text(struct template_scan *s, const struct template_op *op,
    const struct template_scope *in)
{
	struct mq_bytes topic, *b = &topic;
	int64_t len = in->topic_len;
	size_t size = 0;
	int rc;

	if (op->field == 'k') {
		b = in->key;
		len = in->key_len;
	} else if (op->field == 'v') {
		b = in->value;
		len = in->value_len;
	}
	if ((rc = text_size(s, op, len, &size)) != TEMPLATE_DONE)
		return rc;
	if (op->end == TEMPLATE_END_LENGTH && len < 0)
		return TEMPLATE_DONE; /* null, as it is from the start */
	if (op->form == TEMPLATE_HEX || op->form == TEMPLATE_BASE64)
		rc = decode_text(s, op, size, b);
	else {
		b->data = s->data + s->at;
		b->len = size;
	}
	if (rc == TEMPLATE_DONE)
		s->at += size;
	return rc;
}
