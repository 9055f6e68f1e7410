/* SPDX-License-Identifier: ISC */
/* The numbers of a template, read back. */
#include "template.h"

#include <stdlib.h>
#include <string.h>

#include <bsd/stdlib.h>

#include "escape.h"
#include "template_scan.h"

#define DIGITS_MAX 20 /* of a decimal number, with leading zeros */

static int
too_big(struct template_scan *s, const struct template_op *op)
{
	return template_fail(s->err, s->errlen,
	    "%%%c is a number of more than 64 bits", op->field);
}

static int
scan_fixed(struct template_scan *s, const struct template_op *op, int64_t *n)
{
	const uint8_t *p = (const uint8_t *)s->data + s->at;
	unsigned bits = template_bits(op);
	uint64_t v = 0;
	size_t i;
	int digit;

	if (s->len - s->at < op->width)
		return template_scan_more(s, op->width, op->field);
	for (i = 0; i < op->width; i++) {
		if (op->form == TEMPLATE_BIG)
			v = v << 8 | p[i];
		else if (op->form == TEMPLATE_LITTLE)
			v |= (uint64_t)p[i] << (8 * i);
		else if ((digit = escape_digit((char)p[i])) != -1)
			v = v << 4 | (uint64_t)digit;
		else {
			s->at += i;
			return template_fail(s->err, s->errlen,
			    "bad hexadecimal digit in %%%c", op->field);
		}
	}
	s->at += op->width;
	*n = bits < 64 && v == (UINT64_C(1) << bits) - 1 ? -1 : (int64_t)v;
	return TEMPLATE_DONE;
}

static int
scan_decimal(struct template_scan *s, const struct template_op *op, int64_t *n)
{
	const char *p = s->data + s->at, *why;
	size_t left = s->len - s->at, len, sign = left > 0 && p[0] == '-';
	char digits[DIGITS_MAX + 2], got[8];

	for (len = sign; len < left && len - sign <= DIGITS_MAX; len++)
		if (p[len] < '0' || p[len] > '9')
			break;
	if (len - sign > DIGITS_MAX)
		return too_big(s, op);
	if (len == left)
		return template_scan_more(s, len + 1, op->field);
	if (len == sign) {
		s->at += len;
		escape_show(got, sizeof(got), p + len, 1);
		return template_fail(s->err, s->errlen,
		    "expected a number for %%%c, found \"%s\"", op->field, got);
	}
	(void)memcpy(digits, p, len);
	digits[len] = '\0';
	*n = strtonum(digits, INT64_MIN, INT64_MAX, &why);
	if (why != NULL)
		return too_big(s, op);
	s->at += len;
	return TEMPLATE_DONE;
}

/* Puts a number where it belongs; which ones a field takes is said here. */
static int
store_number(struct template_scan *s, const struct template_op *op,
    struct template_scope *in, int64_t n)
{
	int64_t low = -1, high = TEMPLATE_BYTES_MAX;

	switch (op->field) {
	case 'T':
		in->topic_len = n;
		break;
	case 'K':
		in->key_len = n;
		low = in->is_header ? 0 : -1;
		break;
	case 'V':
		in->value_len = n;
		break;
	case 'H':
		s->header_count = n;
		low = 0;
		high = TEMPLATE_HEADERS_MAX;
		break;
	case 'p':
		s->record->partition = (int32_t)n;
		high = INT32_MAX;
		break;
	case 'd':
		s->record->timestamp = n;
		low = INT64_MIN;
		high = INT64_MAX;
		break;
	default: /* o e i: read and passed over */
		return TEMPLATE_DONE;
	}
	if (n >= low && n <= high)
		return TEMPLATE_DONE;
	return template_fail(s->err, s->errlen,
	    "%%%c is %lld, not within %lld to %lld", op->field, (long long)n,
	    (long long)low, (long long)high);
}

int
template_scan_number(struct template_scan *s, const struct template_op *op,
    struct template_scope *in)
{
	size_t start = s->at, end;
	int64_t n = 0;
	int rc;

	if (op->form == TEMPLATE_ASCII)
		rc = scan_decimal(s, op, &n);
	else
		rc = scan_fixed(s, op, &n);
	if (rc != TEMPLATE_DONE)
		return rc;
	end = s->at;
	s->at = start;
	if ((rc = store_number(s, op, in, n)) == TEMPLATE_DONE)
		s->at = end;
	return rc;
}
