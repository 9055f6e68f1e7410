/* SPDX-License-Identifier: ISC */
/*
 * A record through a template.  What might not fit is looked at before the
 * first byte is written, so that no half of a record goes out.
 */
#include "template.h"

#include <string.h>
#include <time.h>

#include "base64.h"
#include "template_ops.h"

#define DATE_MAX 8192 /* of a date; FORMAT_MAX / 2 conversions stay below */

static const char digits[] = "0123456789abcdef";

/* What the fields speak of. */
struct view {
	const struct mq_record *record;
	const struct mq_header *header; /* inside %h{...}, or NULL */
	uint64_t index;
	const char *id;
};

static struct mq_bytes
text_of(char field, const struct view *v)
{
	struct mq_bytes topic = { v->record->topic, 0 };

	if (field == 't') {
		if (topic.data != NULL)
			topic.len = strlen(topic.data);
		return topic;
	}
	if (field == 'k')
		return v->header != NULL ? v->header->name : v->record->key;
	return v->header != NULL ? v->header->value : v->record->value;
}

static int64_t
length_of(char field, const struct view *v)
{
	struct mq_bytes b = text_of(field, v);

	return b.data != NULL ? (int64_t)b.len : -1;
}

static int64_t
number_of(char field, const struct view *v)
{
	switch (field) {
	case 'p':
		return v->record->partition;
	case 'o':
		return v->record->offset;
	case 'd':
		return v->record->timestamp;
	case 'e':
		return v->record->leader_epoch;
	case 'i':
		return (int64_t)v->index;
	case 'H':
		return (int64_t)v->record->header_count;
	case 'T':
		return length_of('t', v);
	case 'K':
		return length_of('k', v);
	default:
		return length_of('v', v);
	}
}

/* All bits set is -1, so the largest number has one of them clear. */
static int
check_number(const struct template_op *op, int64_t n, char *err, size_t errlen)
{
	unsigned bits = template_bits(op);

	if (n >= -1 && n < (INT64_C(1) << bits) - 1)
		return 0;
	return template_fail(err, errlen,
	    "%%%c is %lld and does not fit in %u bits", op->field, (long long)n,
	    bits);
}

static int
check_op(const struct template_op *op, const struct view *v, char *err,
    size_t errlen)
{
	size_t len;

	if (op->form == TEMPLATE_EXACT) {
		if ((len = text_of(op->field, v).len) == op->width)
			return 0;
		return template_fail(err, errlen,
		    "%%%c has %zu bytes, not the %zu of %%%c{%zu}", op->field,
		    len, op->width, op->field, op->width);
	}
	if (!template_is_number(op) || op->width == 0 ||
	    template_bits(op) == 64)
		return 0;
	return check_number(op, number_of(op->field, v), err, errlen);
}

/* Does the record fit in every operation? */
static int
check_ops(const struct template *t, const struct view *v, char *err,
    size_t errlen)
{
	struct view inner = *v;
	const struct template_op *op;
	size_t i, j;

	for (i = 0; i < t->count; i++) {
		op = &t->ops[i];
		if (op->form != TEMPLATE_HEADERS) {
			if (check_op(op, v, err, errlen) == -1)
				return -1;
			continue;
		}
		for (j = 0; j < v->record->header_count; j++) {
			inner.header = &v->record->headers[j];
			if (check_ops(op->inner, &inner, err, errlen) == -1)
				return -1;
		}
	}
	return 0;
}

static int
print_hex(struct out *o, const struct mq_bytes *b)
{
	const uint8_t *p = b->data;
	char *to;
	size_t i;

	if ((to = out_reserve(o, b->len * 2)) == NULL)
		return -1;
	for (i = 0; i < b->len; i++) {
		*to++ = digits[p[i] >> 4];
		*to++ = digits[p[i] & 15];
	}
	o->len += b->len * 2;
	return 0;
}

static int
print_base64(struct out *o, const struct mq_bytes *b)
{
	size_t n = base64_size(b->len);
	char *to;

	if ((to = out_reserve(o, n)) == NULL)
		return -1;
	(void)base64_encode(to, n, b->data, b->len);
	o->len += n;
	return 0;
}

/*
 * In UTC and whole seconds, rounded down.  The format is the user's, and was
 * checked when it was parsed.
 */
static int
print_date(struct out *o, const struct template_op *op, int64_t ms)
{
	time_t seconds = (time_t)(ms / 1000 - (ms % 1000 < 0));
	struct tm tm;
	char *to;

	if (gmtime_r(&seconds, &tm) == NULL ||
	    (to = out_reserve(o, DATE_MAX)) == NULL)
		return -1;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	o->len += strftime(to, DATE_MAX, op->text, &tm);
#pragma GCC diagnostic pop
	return 0;
}

static int
print_fixed(struct out *o, const struct template_op *op, uint64_t n)
{
	size_t i, place;
	char *to;

	if ((to = out_reserve(o, op->width)) == NULL)
		return -1;
	for (i = 0; i < op->width; i++) {
		place = op->width - 1 - i;
		if (op->form == TEMPLATE_LITTLE)
			to[i] = (char)(n >> (8 * i) & 0xff);
		else if (op->form == TEMPLATE_BIG)
			to[i] = (char)(n >> (8 * place) & 0xff);
		else
			to[i] = digits[n >> (4 * place) & 15];
	}
	o->len += op->width;
	return 0;
}

static int
print_op(const struct template_op *op, const struct view *v, struct out *o)
{
	struct mq_bytes b;

	switch (op->form) {
	case TEMPLATE_LITERAL:
		return out_write(o, op->text, op->len);
	case TEMPLATE_RAW:
	case TEMPLATE_EXACT:
		b = text_of(op->field, v);
		return out_write(o, b.data, b.len);
	case TEMPLATE_HEX:
		b = text_of(op->field, v);
		return print_hex(o, &b);
	case TEMPLATE_BASE64:
		b = text_of(op->field, v);
		return print_base64(o, &b);
	case TEMPLATE_ASCII:
		return out_decimal(o, number_of(op->field, v));
	case TEMPLATE_ID:
		return out_write(o, v->id, strlen(v->id));
	case TEMPLATE_STRFTIME:
		return print_date(o, op, number_of(op->field, v));
	default:
		return print_fixed(o, op, (uint64_t)number_of(op->field, v));
	}
}

static int
print_ops(const struct template *t, const struct view *v, struct out *o)
{
	struct view inner = *v;
	const struct template_op *op;
	size_t i, j;

	for (i = 0; i < t->count; i++) {
		op = &t->ops[i];
		if (op->form != TEMPLATE_HEADERS) {
			if (print_op(op, v, o) == -1)
				return -1;
			continue;
		}
		for (j = 0; j < v->record->header_count; j++) {
			inner.header = &v->record->headers[j];
			if (print_ops(op->inner, &inner, o) == -1)
				return -1;
		}
	}
	return 0;
}

int
template_print(const struct template *t, const struct mq_record *record,
    uint64_t index, const char *id, struct out *o, char *err, size_t errlen)
{
	struct view v = { record, NULL, index, id };

	if (t->narrow && check_ops(t, &v, err, errlen) == -1)
		return -1;
	if (print_ops(t, &v, o) == 0)
		return 0;
	err[0] = '\0';
	return -1;
}
