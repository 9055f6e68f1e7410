/* SPDX-License-Identifier: ISC */
/*
 * What a template is parsed into: a row of operations, in which a field goes
 * by its letter.  Private to the template_*.c files.
 */
#ifndef TEMPLATE_OPS_H
#define TEMPLATE_OPS_H

#include <stddef.h>
#include <stdint.h>

#include "mq.h"

enum template_form {
	TEMPLATE_LITERAL, /* text, len */
	/* texts: t k v */
	TEMPLATE_RAW,
	TEMPLATE_EXACT, /* width bytes */
	TEMPLATE_HEX,
	TEMPLATE_BASE64,
	/* numbers: p o d e i T K V H */
	TEMPLATE_ASCII,
	TEMPLATE_DIGITS, /* width hexadecimal digits */
	TEMPLATE_BIG,	 /* width bytes, as the next */
	TEMPLATE_LITTLE,
	TEMPLATE_STRFTIME, /* text, len: the format */
	TEMPLATE_ID,	   /* i: a text */
	/* h */
	TEMPLATE_HEADERS /* inner */
};

/* Where a text ends in an input; set by template_for_input. */
enum template_end {
	TEMPLATE_END_UNKNOWN,
	TEMPLATE_END_LENGTH,  /* after the length that was read */
	TEMPLATE_END_WIDTH,   /* after width bytes */
	TEMPLATE_END_LITERAL, /* before the next operation, a literal */
	TEMPLATE_END_INPUT
};

struct template_op {
	char field; /* its letter; 0 for a literal */
	enum template_form form;
	enum template_end end;
	size_t at; /* byte of the template's text */
	size_t width;
	char *text; /* NUL-terminated besides */
	size_t len;
	struct template *inner;
};

struct template
{
	struct template_op *ops;
	size_t count;
	int narrow; /* boolean: some records may not fit */
	int input;  /* boolean: template_for_input has passed it */
};

/* The bits of a number's fixed width. */
static inline unsigned
template_bits(const struct template_op *op)
{
	return (unsigned)op->width * (op->form == TEMPLATE_DIGITS ? 4 : 8);
}

static inline int
template_is_text(const struct template_op *op)
{
	return op->form >= TEMPLATE_RAW && op->form <= TEMPLATE_BASE64;
}

static inline int
template_is_number(const struct template_op *op)
{
	return op->form >= TEMPLATE_ASCII && op->form <= TEMPLATE_STRFTIME;
}

/* Fills in err and returns -1. */
int template_fail(char *err, size_t errlen, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
