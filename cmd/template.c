/* SPDX-License-Identifier: ISC */
/* From a template's text to its operations. */
#include "template.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/stdlib.h>

#include "escape.h"
#include "template_ops.h"

#define FORMAT_MAX 128 /* bytes of a strftime format */

static const char texts[] = "tkv";
static const char numbers[] = "podeiTKVH";

static const struct modifier {
	const char *name;
	enum template_form form;
	size_t width;
	const char *fields;
} modifiers[] = {
	{ "hex", TEMPLATE_HEX, 0, texts },
	{ "base64", TEMPLATE_BASE64, 0, texts },
	{ "ascii", TEMPLATE_ASCII, 0, numbers },
	{ "hex64", TEMPLATE_DIGITS, 16, numbers },
	{ "hex32", TEMPLATE_DIGITS, 8, numbers },
	{ "hex16", TEMPLATE_DIGITS, 4, numbers },
	{ "hex8", TEMPLATE_DIGITS, 2, numbers },
	{ "hex4", TEMPLATE_DIGITS, 1, numbers },
	{ "big64", TEMPLATE_BIG, 8, numbers },
	{ "big32", TEMPLATE_BIG, 4, numbers },
	{ "big16", TEMPLATE_BIG, 2, numbers },
	{ "big8", TEMPLATE_BIG, 1, numbers },
	{ "little64", TEMPLATE_LITTLE, 8, numbers },
	{ "little32", TEMPLATE_LITTLE, 4, numbers },
	{ "little16", TEMPLATE_LITTLE, 2, numbers },
	{ "little8", TEMPLATE_LITTLE, 1, numbers },
};

/* A template being read. */
struct parse {
	const char *text;
	const char *at;
	char *err;
	size_t errlen;
};

int
template_fail(char *err, size_t errlen, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(err, errlen, fmt, ap);
	va_end(ap);
	return -1;
}

static int parse_fail(struct parse *, const char *at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static int
parse_fail(struct parse *p, const char *at, const char *fmt, ...)
{
	char why[256];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	return template_fail(p->err, p->errlen, "byte %zu: %s",
	    (size_t)(at - p->text), why);
}

static int
parse_memory(struct parse *p)
{
	return template_fail(p->err, p->errlen, "out of memory");
}

/* A new operation at the end, borrowed until the next; NULL: no memory. */
static struct template_op *
add_op(struct parse *p, struct template *t, const char *at)
{
	struct template_op *op;

	op = reallocarray(t->ops, t->count + 1, sizeof(*op));
	if (op == NULL) {
		(void)parse_memory(p);
		return NULL;
	}
	t->ops = op;
	op += t->count++;
	(void)memset(op, 0, sizeof(*op));
	op->at = (size_t)(at - p->text);
	return op;
}

/* One byte of literal text that was read up to `next`. */
static int
add_literal(struct parse *p, struct template *t, char c, const char *next)
{
	struct template_op *op = t->count > 0 ? &t->ops[t->count - 1] : NULL;
	char *text;

	if ((op == NULL || op->form != TEMPLATE_LITERAL) &&
	    (op = add_op(p, t, p->at)) == NULL)
		return -1;
	if ((text = realloc(op->text, op->len + 2)) == NULL)
		return parse_memory(p);
	op->text = text;
	op->text[op->len++] = c;
	op->text[op->len] = '\0';
	p->at = next;
	return 0;
}

/* The conversions that C and POSIX define: others have no fixed meaning. */
static int
parse_strftime(struct parse *p, struct template_op *op)
{
	const char *from = p->at + strlen("{strftime["), *end, *at;

	if ((end = strstr(from, "]}")) == NULL)
		return parse_fail(p, p->at, "strftime[ without its ]}");
	if (end == from || end - from > FORMAT_MAX)
		return parse_fail(p, from,
		    "a strftime format has 1 to %d bytes", FORMAT_MAX);
	for (at = from; at < end; at++)
		if (*at == '%' &&
		    (at + 1 == end ||
			strchr("aAbBcCdDeFgGhHIjmMnprRStTuUVwWxXyYzZ%",
			    *++at) == NULL))
			return parse_fail(p, at, "unknown strftime conversion");
	op->form = TEMPLATE_STRFTIME;
	op->len = (size_t)(end - from);
	if ((op->text = strndup(from, op->len)) == NULL)
		return parse_memory(p);
	p->at = end + 2;
	return 0;
}

/* Exactly N bytes of text. */
static int
parse_width(struct parse *p, struct template_op *op, const char *name)
{
	const char *why;

	op->form = TEMPLATE_EXACT;
	op->width = (size_t)strtonum(name, 0, TEMPLATE_BYTES_MAX, &why);
	if (why != NULL)
		return parse_fail(p, p->at, "{%s} is %s (0 to %d bytes)", name,
		    why, TEMPLATE_BYTES_MAX);
	return 0;
}

static int
parse_unknown(struct parse *p, const struct template_op *op, const char *name,
    size_t len)
{
	char shown[32];

	escape_show(shown, sizeof(shown), name, len);
	return parse_fail(p, p->at, "%%%c does not take {%s}", op->field,
	    shown);
}

static int
parse_name(struct parse *p, struct template_op *op, const char *name)
{
	const struct modifier *m;
	size_t i;

	if (isdigit((unsigned char)name[0]) && strchr(texts, op->field))
		return parse_width(p, op, name);
	for (i = 0; i < sizeof(modifiers) / sizeof(modifiers[0]); i++) {
		m = &modifiers[i];
		if (strcmp(m->name, name) == 0 &&
		    strchr(m->fields, op->field)) {
			op->form = m->form;
			op->width = m->width;
			return 0;
		}
	}
	return parse_unknown(p, op, name, strlen(name));
}

/* What may stand in braces behind a field. */
static int
parse_modifier(struct parse *p, struct template_op *op)
{
	char name[32];
	const char *end;
	size_t len;

	if (*p->at != '{')
		return 0;
	if (op->field == 'd' && strncmp(p->at, "{strftime[", 10) == 0)
		return parse_strftime(p, op);
	if ((end = strchr(p->at, '}')) == NULL)
		return parse_fail(p, p->at,
		    "{ without its } (a brace behind a field is written %%{)");
	len = (size_t)(end - p->at) - 1;
	if (len >= sizeof(name))
		return parse_unknown(p, op, p->at + 1, len);
	(void)memcpy(name, p->at + 1, len);
	name[len] = '\0';
	if (parse_name(p, op, name) == -1)
		return -1;
	p->at = end + 1;
	return 0;
}

static int parse_ops(struct parse *, struct template *, int);

/* %h{...}, of which p->at is at the brace. */
static int
parse_headers(struct parse *p, struct template_op *op, int inside)
{
	const char *at = p->at;

	if (inside)
		return parse_fail(p, at - 2, "%%h within %%h");
	if (*at != '{')
		return parse_fail(p, at, "%%h needs {...} behind it");
	op->form = TEMPLATE_HEADERS;
	if ((op->inner = calloc(1, sizeof(*op->inner))) == NULL)
		return parse_memory(p);
	p->at++;
	if (parse_ops(p, op->inner, 1) == -1)
		return -1;
	if (*p->at != '}')
		return parse_fail(p, at, "%%h{ without its }");
	p->at++;
	return 0;
}

static int
parse_field(struct parse *p, struct template *t, int inside)
{
	struct template_op *op;
	char c = p->at[1], shown[8];

	if (c == '\0')
		return parse_fail(p, p->at,
		    "a %% ends the template (written %%%%)");
	if (c == '%' || c == '{' || c == '}')
		return add_literal(p, t, c, p->at + 2);
	if (c != 'h' && strchr(texts, c) == NULL &&
	    strchr(numbers, c) == NULL) {
		escape_show(shown, sizeof(shown), &c, 1);
		return parse_fail(p, p->at, "unknown field %%%s", shown);
	}
	if ((op = add_op(p, t, p->at)) == NULL)
		return -1;
	op->field = c;
	p->at += 2;
	if (c == 'h')
		return parse_headers(p, op, inside);
	op->form = strchr(texts, c) != NULL ? TEMPLATE_RAW : TEMPLATE_ASCII;
	return parse_modifier(p, op);
}

static int
parse_escape(struct parse *p, struct template *t)
{
	const char *next = p->at;
	char c, why[128];

	if (escape_one(&next, &c, why, sizeof(why)) == -1)
		return parse_fail(p, p->at, "%s", why);
	return add_literal(p, t, c, next);
}

/* May this operation meet a record that it cannot print? */
static int
is_narrow(const struct template_op *op)
{
	if (op->form == TEMPLATE_HEADERS)
		return op->inner->narrow;
	if (template_is_number(op) && op->width != 0)
		return template_bits(op) < 64;
	return op->form == TEMPLATE_EXACT;
}

/* Up to the text's end or, inside %h{...}, to its brace. */
static int
parse_ops(struct parse *p, struct template *t, int inside)
{
	size_t i;
	int rc;

	while (*p->at != '\0' && !(inside && *p->at == '}')) {
		if (*p->at == '%')
			rc = parse_field(p, t, inside);
		else if (*p->at == '\\')
			rc = parse_escape(p, t);
		else
			rc = add_literal(p, t, *p->at, p->at + 1);
		if (rc == -1)
			return -1;
	}
	for (i = 0; i < t->count; i++)
		t->narrow |= is_narrow(&t->ops[i]);
	return 0;
}

struct template *
template_parse(const char *text, char *err, size_t errlen)
{
	struct parse p = { text, text, err, errlen };
	struct template *t;

	if ((t = calloc(1, sizeof(*t))) == NULL) {
		(void)parse_memory(&p);
		return NULL;
	}
	if (parse_ops(&p, t, 0) == -1) {
		template_free(t);
		return NULL;
	}
	return t;
}

/* How many there are; -1 for one that is to be a number. */
static int
use_ids(struct template *t, char *err, size_t errlen)
{
	struct template_op *op;
	int n = 0, inner;
	size_t i;

	for (i = 0; i < t->count; i++) {
		op = &t->ops[i];
		if (op->form == TEMPLATE_HEADERS) {
			if ((inner = use_ids(op->inner, err, errlen)) == -1)
				return -1;
			n += inner;
		}
		if (op->field != 'i')
			continue;
		if (op->form != TEMPLATE_ASCII)
			return template_fail(err, errlen,
			    "byte %zu: %%i is an id, and no number", op->at);
		op->form = TEMPLATE_ID;
		n++;
	}
	return n;
}

int
template_for_ids(struct template *t, char *err, size_t errlen)
{
	int n = use_ids(t, err, errlen);

	if (n == 0)
		return template_fail(err, errlen, "no %%i, for the id");
	return n == -1 ? -1 : 0;
}

void
template_free(struct template *t)
{
	size_t i;

	if (t == NULL)
		return;
	for (i = 0; i < t->count; i++) {
		free(t->ops[i].text);
		template_free(t->ops[i].inner);
	}
	free(t->ops);
	free(t);
}
