/* SPDX-License-Identifier: ISC */
/*
 * A template read back from a stream.  Every call begins at the record's
 * first byte, so that the outcome cannot depend on where the input was cut;
 * what was learnt (how many bytes are needed at least, how far a delimiter was
 * looked for) only spares repeating what came to nothing.
 */
#include "template_scan.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "template.h"

int
template_scan_more(struct template_scan *s, size_t size, char field)
{
	if (s->at_eof) {
		s->at = s->len;
		return template_fail(s->err, s->errlen,
		    "the input ends within %%%c", field);
	}
	s->state->need = s->at + size;
	return TEMPLATE_MORE;
}

static int
scan_literal(struct template_scan *s, const struct template_op *op)
{
	size_t left = s->len - s->at, i;
	char want[40], got[8];

	for (i = 0; i < op->len && i < left; i++)
		if (s->data[s->at + i] != op->text[i])
			break;
	if (i < op->len && i == left && !s->at_eof)
		return template_scan_more(s, op->len, 0);
	s->at += i;
	if (i == op->len)
		return TEMPLATE_DONE;
	escape_show(want, sizeof(want), op->text + i, op->len - i);
	if (i == left)
		return template_fail(s->err, s->errlen,
		    "expected \"%s\", found the end of input", want);
	escape_show(got, sizeof(got), s->data + s->at, 1);
	return template_fail(s->err, s->errlen, "expected \"%s\", found \"%s\"",
	    want, got);
}

static int scan_ops(struct template_scan *, const struct template *,
    struct template_scope *);

/* Room for one header more: the count alone takes no memory. */
static struct mq_header *
add_header(struct template_scan *s, size_t i)
{
	struct template_state *state = s->state;
	size_t cap = state->header_cap != 0 ? state->header_cap * 2 : 16;
	struct mq_header *h;

	if (i == state->header_cap) {
		h = reallocarray(state->headers, cap, sizeof(*h));
		if (h == NULL)
			return NULL;
		state->headers = h;
		state->header_cap = cap;
	}
	h = &state->headers[i];
	(void)memset(h, 0, sizeof(*h));
	return h;
}

static int
scan_headers(struct template_scan *s, const struct template_op *op)
{
	struct mq_header *h;
	size_t i;
	int rc;

	for (i = 0; i < (size_t)s->header_count; i++) {
		if ((h = add_header(s, i)) == NULL)
			return template_fail(s->err, s->errlen,
			    "out of memory");
		rc = scan_ops(s, op->inner,
		    &(struct template_scope){ &h->name, &h->value, 0, 0, 0,
			1 });
		if (rc != TEMPLATE_DONE)
			return rc;
	}
	s->record->headers = i > 0 ? s->state->headers : NULL;
	s->record->header_count = i;
	return TEMPLATE_DONE;
}

static int
scan_ops(struct template_scan *s, const struct template *t,
    struct template_scope *in)
{
	const struct template_op *op;
	size_t i;
	int rc = TEMPLATE_DONE;

	for (i = 0; i < t->count && rc == TEMPLATE_DONE; i++) {
		op = &t->ops[i];
		if (op->form == TEMPLATE_LITERAL)
			rc = scan_literal(s, op);
		else if (op->form == TEMPLATE_HEADERS)
			rc = scan_headers(s, op);
		else if (template_is_number(op))
			rc = template_scan_number(s, op, in);
		else
			rc = template_scan_text(s, op, in);
	}
	return rc;
}

int
template_scan(const struct template *t, const char *data, size_t len,
    int at_eof, size_t *used, struct template_state *state, struct mq_record *r,
    char *err, size_t errlen)
{
	struct template_scan s = { data, len, 0, at_eof, state, r, 0, err,
		errlen };
	struct template_scope in = { &r->key, &r->value, 0, 0, 0, 0 };
	int rc;

	assert(t->input);
	*used = 0;
	if (len == 0 || (!at_eof && len < state->need))
		return TEMPLATE_MORE;
	(void)memset(r, 0, sizeof(*r));
	r->partition = r->leader_epoch = -1;
	r->offset = -1;
	r->timestamp = MQ_NOW;
	state->byte_count = 0;
	if ((rc = scan_ops(&s, t, &in)) == TEMPLATE_MORE)
		return TEMPLATE_MORE;
	*used = s.at;
	state->need = state->search_from = state->searched = 0;
	return rc;
}

void
template_state_free(struct template_state *state)
{
	free(state->headers);
	free(state->bytes);
	(void)memset(state, 0, sizeof(*state));
}
