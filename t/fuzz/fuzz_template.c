/* SPDX-License-Identifier: ISC */
/*
 * Templates that read bytes.  The first byte chooses the template (or that
 * one is taken from the input, up to a NUL), the second where the input is
 * cut; the rest is what is read.  The outcome must not depend on the cut, and
 * what was read must come back from the lossless template, and from the same
 * one where it is lossless too.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "template.h"

#define LOSSLESS "%p %d %K %V %H %h{%K %V %k%v}%k%v\n"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const struct {
	const char *text;
	int lossless; /* boolean */
} templates[] = {
	{ LOSSLESS, 1 },
	{ "%p{big32}%d{little64}%K{big32}%V{hex32}%H{little16}%k%v"
	  "%h{%K{hex8}%V{big16}%k%v}",
	    1 },
	{ "%p,%d,%H,%h{%K %V %k{hex}%v{base64}}%K,%V,%k{base64}%v{hex};", 1 },
	{ "%v\n", 0 },
	{ "%k:%v", 0 },
	{ "%t\\t%o\\t%e\\t%i\\t%k=%v\r\n", 0 },
	{ "%T{hex4}%t%H{big8}%h{%k{2}%v\\0}%v{hex}\\n", 0 },
	{ "<%k{base64}|%v{3}>", 0 },
};

#define COUNT (sizeof(templates) / sizeof(templates[0]))

/* A copy of exactly its bytes, so that reading past them is seen. */
static char *
copy(const uint8_t *data, size_t len)
{
	char *p = malloc(len != 0 ? len : 1);

	if (p == NULL)
		abort();
	if (len != 0)
		(void)memcpy(p, data, len);
	return p;
}

static struct template *
input_template(const char *text)
{
	char err[256];
	struct template *t = template_parse(text, err, sizeof(err));

	if (t == NULL || template_for_input(t, err, sizeof(err)) == 0)
		return t;
	template_free(t);
	return NULL;
}

static void
print(const struct template *t, const struct mq_record *r, struct out *o)
{
	char err[256];

	if (template_print(t, r, 1, NULL, o, err, sizeof(err)) == -1)
		abort();
}

/* Prints with t, reads that, and sees whether it prints the same. */
static void
there_and_back(const struct template *t, const struct template *all,
    const struct mq_record *r, const struct out *want)
{
	struct template_state state = { 0 };
	struct mq_record back;
	struct out o, again;
	char err[256];
	size_t used;

	out_init(&o, -1);
	out_init(&again, -1);
	print(t, r, &o);
	if (template_scan(t, o.data, o.len, 0, &used, &state, &back, err,
		sizeof(err)) != 1 ||
	    used != o.len)
		abort();
	print(all, &back, &again);
	if (again.len != want->len ||
	    memcmp(again.data, want->data, again.len) != 0)
		abort();
	template_state_free(&state);
	out_free(&o);
	out_free(&again);
}

/* May the record not fit in the template's widths?  Then there is no way back. */
static int
fits(const struct template *t, const struct mq_record *r)
{
	char err[256];
	struct out o;
	int rc;

	out_init(&o, -1);
	rc = template_print(t, r, 1, NULL, &o, err, sizeof(err));
	out_free(&o);
	return rc == 0;
}

/*
 * Reads all records, seeing the input up to the cut first, and then by `step`
 * bytes more; writes them and the end's nature to o.
 */
static void
read_all(const struct template *t, const struct template *all,
    const uint8_t *data, size_t len, size_t cut, int lossless, struct out *o)
{
	struct template_state state = { 0 };
	struct mq_record r;
	struct out one;
	size_t at = 0, used = 0, there = cut;
	char err[256], *block;
	int rc;

	out_init(&one, -1);
	do {
		if (there < at)
			there = at;
		block = copy(data + at, there - at);
		rc = template_scan(t, block, there - at, 0, &used, &state, &r,
		    err, sizeof(err));
		if (rc == 0 && there == len)
			rc = template_scan(t, block, len - at, 1, &used, &state,
			    &r, err, sizeof(err));
		if (rc == 1) {
			one.len = 0;
			print(all, &r, &one);
			there_and_back(all, all, &r, &one);
			if (lossless && fits(t, &r))
				there_and_back(t, all, &r, &one);
			(void)out_write(o, one.data, one.len);
		}
		free(block);
		if (rc == 1 && (used == 0 || used > there - at))
			abort();
		at += used;
		if (rc == 0 && there == len)
			break;
		if (rc == 0)
			there += len - there > 7 ? 7 : len - there;
	} while (rc != -1);
	if (rc == 0 && at != len)
		abort();
	(void)out_printf(o, "%d %zu %s", rc, at, rc == -1 ? err : "");
	template_state_free(&state);
	out_free(&one);
}

static void
compare(const struct template *t, const uint8_t *data, size_t len, size_t cut,
    int lossless)
{
	struct template *all = input_template(LOSSLESS);
	struct out whole, pieces;

	out_init(&whole, -1);
	out_init(&pieces, -1);
	read_all(t, all, data, len, len, lossless, &whole);
	read_all(t, all, data, len, cut, lossless, &pieces);
	if (whole.len != pieces.len ||
	    memcmp(whole.data, pieces.data, whole.len) != 0)
		abort();
	out_free(&whole);
	out_free(&pieces);
	template_free(all);
}

/* What any template may print, with no way back. */
static void
print_any(const char *text)
{
	const struct mq_header header = { { "n", 1 }, { "v\0", 2 } };
	const struct mq_record r = { "topic", 7, 1, INT64_MAX, INT64_MIN,
		{ "key", 3 }, { NULL, 0 }, &header, 1 };
	char err[256];
	struct template *t = template_parse(text, err, sizeof(err));
	struct out o;

	if (t == NULL)
		return;
	out_init(&o, -1);
	(void)template_print(t, &r, UINT64_MAX, NULL, &o, err, sizeof(err));
	out_free(&o);
	template_free(t);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct template *t;
	const uint8_t *nul;
	size_t choice, cut, skip;

	if (len < 2)
		return 0;
	choice = data[0] % (COUNT + 1);
	cut = data[1];
	data += 2;
	len -= 2;
	if (choice < COUNT)
		t = input_template(templates[choice].text);
	else {
		if ((nul = memchr(data, 0, len)) == NULL)
			return 0;
		print_any((const char *)data);
		t = input_template((const char *)data);
		skip = (size_t)(nul - data) + 1;
		data += skip;
		len -= skip;
	}
	if (t == NULL)
		return 0;
	compare(t, data, len, cut < len ? cut : len,
	    choice < COUNT && templates[choice].lossless);
	template_free(t);
	return 0;
}
