/* SPDX-License-Identifier: ISC */
/*
 * Can what a template prints be read back?  Only where each field's end can
 * be told: a text by its length, its width or the literal behind it, a number
 * by its width or by something behind it that is no digit.  Since the template
 * repeats, its first operation stands behind its last; and since there may be
 * no headers, what is behind %h may stand in its place.
 */
#include "template.h"

#include <ctype.h>
#include <string.h>

#include "template_ops.h"

/* A template under examination: the whole, or %h's inner one. */
struct check {
	struct template *t;
	int inside; /* boolean: %h's */
	char *err;
	size_t errlen;
};

static int
bad(const struct check *c, const struct template_op *op, const char *why)
{
	return template_fail(c->err, c->errlen, "byte %zu: %%%c %s", op->at,
	    op->field, why);
}

/* The first operation with this letter before i, or NULL. */
static struct template_op *
find_before(const struct template *t, size_t i, char field)
{
	size_t j;

	for (j = 0; j < i; j++)
		if (t->ops[j].field == field)
			return &t->ops[j];
	return NULL;
}

static int
ends_number(const struct template_op *op)
{
	return op->form == TEMPLATE_LITERAL &&
	    !isdigit((unsigned char)op->text[0]);
}

/*
 * Does whatever may stand behind operation i begin with no digit?  Lengths
 * are not the last within %h, so there is no way out of it to follow.
 */
static int
is_parted(const struct check *c, size_t i)
{
	size_t next = i + 1 < c->t->count ? i + 1 : 0;
	const struct template_op *op = &c->t->ops[next];

	if (op->form != TEMPLATE_HEADERS)
		return ends_number(op);
	return op->inner->count > 0 && ends_number(&op->inner->ops[0]) &&
	    is_parted(c, next);
}

/* Every byte that is read must be of use, or it would be lost unnoticed. */
static int
check_number(const struct check *c, size_t i)
{
	const struct template_op *op = &c->t->ops[i];
	char of = (char)tolower((unsigned char)op->field);

	if (op->form == TEMPLATE_STRFTIME)
		return bad(c, op, "as a date cannot be read back");
	if (c->inside && of != 'k' && of != 'v')
		return bad(c, op, "within %h cannot be read back");
	if (isupper((unsigned char)op->field) &&
	    (find_before(c->t, c->t->count, of) == NULL ||
		find_before(c->t, i, of) != NULL))
		return bad(c, op, "is not followed by what it counts");
	if (op->form == TEMPLATE_ASCII && !is_parted(c, i))
		return bad(c, op,
		    "needs literal text behind it that does not "
		    "begin with a digit");
	return 0;
}

static int
check_text(const struct check *c, size_t i)
{
	struct template_op *op = &c->t->ops[i];
	char length = (char)toupper((unsigned char)op->field);

	if (c->inside && op->field == 't')
		return bad(c, op, "within %h cannot be read back");
	if (find_before(c->t, i, length) != NULL) {
		if (op->form == TEMPLATE_EXACT)
			return bad(c, op, "has two lengths");
		op->end = TEMPLATE_END_LENGTH;
	} else if (op->form == TEMPLATE_EXACT)
		op->end = TEMPLATE_END_WIDTH;
	else if (i + 1 < c->t->count && op[1].form == TEMPLATE_LITERAL)
		op->end = TEMPLATE_END_LITERAL;
	else if (i + 1 == c->t->count && !c->inside)
		op->end = TEMPLATE_END_INPUT;
	else
		return bad(c, op,
		    "needs its length before it or literal text behind it");
	return 0;
}

static int check_ops(const struct check *);

static int
check_headers(const struct check *c, size_t i)
{
	struct template_op *op = &c->t->ops[i];
	struct check inner = { op->inner, 1, c->err, c->errlen };

	if (find_before(c->t, i, 'H') == NULL)
		return bad(c, op, "needs %H before it");
	if (find_before(op->inner, op->inner->count, 'k') == NULL)
		return bad(c, op, "needs %k, the header's name, within it");
	return check_ops(&inner);
}

static int
check_op(const struct check *c, size_t i)
{
	const struct template_op *op = &c->t->ops[i];

	if (op->form == TEMPLATE_LITERAL)
		return 0;
	if (find_before(c->t, i, op->field) != NULL)
		return bad(c, op, "stands there twice");
	if (op->form == TEMPLATE_HEADERS)
		return check_headers(c, i);
	return template_is_number(op) ? check_number(c, i) : check_text(c, i);
}

/* Does every repetition take at least a byte?  If not, there is no end. */
static int
takes_bytes(const struct template *t)
{
	const struct template_op *op;
	size_t i;

	for (i = 0; i < t->count; i++) {
		op = &t->ops[i];
		if (op->form == TEMPLATE_LITERAL || template_is_number(op) ||
		    op->end == TEMPLATE_END_INPUT || op->width > 0)
			return 1;
	}
	return 0;
}

static int
check_ops(const struct check *c)
{
	size_t i;

	for (i = 0; i < c->t->count; i++)
		if (check_op(c, i) == -1)
			return -1;
	if (takes_bytes(c->t))
		return 0;
	return template_fail(c->err, c->errlen,
	    "the template%s takes no bytes of the input",
	    c->inside ? " within %h" : "");
}

int
template_for_input(struct template *t, char *err, size_t errlen)
{
	struct check c = { t, 0, err, errlen };

	if (check_ops(&c) == -1)
		return -1;
	t->input = 1;
	return 0;
}
