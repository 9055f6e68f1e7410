/* SPDX-License-Identifier: ISC */
#include "letter.h"

#include <bsd/stdlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"

#define ERRORS	 "__dlq.errors."
#define REDRIVES "mq-redrive-count"
#define HEADERS	 6 /* that a letter has of its own */

/* Whether a header's name is, or with `rest` begins with, the text. */
static int
is_named(const struct mq_header *h, const char *text, int rest)
{
	size_t len = strlen(text);

	return (rest ? h->name.len >= len : h->name.len == len) &&
	    memcmp(h->name.data, text, len) == 0;
}

/* A header's value in decimal digits, or -1. */
static int64_t
number(const struct mq_header *h, int64_t max)
{
	char text[24];
	const char *why;
	int64_t n;

	if (h->value.len == 0 || h->value.len >= sizeof(text))
		return -1;
	(void)memcpy(text, h->value.data, h->value.len);
	text[h->value.len] = '\0';
	n = strtonum(text, 0, max, &why);
	return why == NULL && strlen(text) == h->value.len ? n : -1;
}

/* What could be no topic's name is none, and goes into no message. */
static void
read_topic(struct letter *l, const struct mq_header *h)
{
	const char *name = h->value.data;
	size_t i;

	if (h->value.len >= sizeof(l->topic))
		return;
	for (i = 0; i < h->value.len; i++)
		if (name[i] <= ' ' || name[i] > '~')
			return;
	(void)memcpy(l->topic, name, i);
	l->topic[i] = '\0';
}

void
letter_read(struct letter *l, const struct mq_record *r)
{
	const struct mq_header *h = r->headers;
	size_t i, own = 0;

	(void)memset(l, 0, sizeof(*l));
	l->partition = -1;
	l->offset = -1;
	/* The last ones are those of the library; before them are any. */
	for (i = 0; i < r->header_count; i++, h++) {
		own += (size_t)is_named(h, ERRORS, 1);
		if (is_named(h, ERRORS "topic", 0) && h->value.len != 0)
			read_topic(l, h);
		else if (is_named(h, ERRORS "partition", 0))
			l->partition = (int32_t)number(h, INT32_MAX);
		else if (is_named(h, ERRORS "offset", 0))
			l->offset = number(h, INT64_MAX);
		else if (is_named(h, REDRIVES, 0))
			l->redrives = number(h, INT32_MAX);
	}
	if (l->redrives == -1)
		l->redrives = 0;
	l->hollow = own == HEADERS && r->header_count == own &&
	    r->key.data == NULL && r->value.data == NULL;
}

void
letter_open(struct letter_inside *in, const struct mq_record *r,
    const struct letter *l)
{
	const struct mq_header *h = r->headers;
	struct mq_header *count;
	size_t i, n = 0;

	if (in->cap < r->header_count + 1) {
		in->cap = r->header_count + 1;
		in->headers =
		    cmd_alloc(in->headers, in->cap, sizeof(*in->headers));
	}
	for (i = 0; i < r->header_count; i++)
		if (!is_named(&h[i], ERRORS, 1) &&
		    !is_named(&h[i], REDRIVES, 0))
			in->headers[n++] = h[i];
	(void)snprintf(in->redrives, sizeof(in->redrives), "%lld",
	    (long long)l->redrives + 1);
	count = &in->headers[n++];
	count->name.data = REDRIVES;
	count->name.len = sizeof(REDRIVES) - 1;
	count->value.data = in->redrives;
	count->value.len = strlen(in->redrives);
	in->record = *r;
	in->record.timestamp = MQ_NOW;
	in->record.headers = in->headers;
	in->record.header_count = n;
}

void
letter_inside_free(struct letter_inside *in)
{
	free(in->headers);
	(void)memset(in, 0, sizeof(*in));
}
