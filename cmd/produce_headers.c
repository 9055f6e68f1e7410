/* SPDX-License-Identifier: ISC */
/*
 * What mq-produce does to a record's headers: those of -H come behind its own,
 * and that of --delay stands for any of its name.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "produce.h"

static const char delay_name[] = MQ_DELAY_HEADER;

static int
is_delay(const struct mq_header *h)
{
	return h->name.len == sizeof(delay_name) - 1 &&
	    memcmp(h->name.data, delay_name, h->name.len) == 0;
}

static void
put(struct produce *p, size_t *n, const struct mq_header *from, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (p->delay_ms == -1 || !is_delay(&from[i]))
			p->both[(*n)++] = from[i];
}

static void
put_delay(struct produce *p, size_t *n)
{
	struct mq_header *h = &p->both[(*n)++];
	int len;

	len = snprintf(p->until, sizeof(p->until), "%" PRId64,
	    p->in.now_ms + p->delay_ms);
	h->name.data = delay_name;
	h->name.len = sizeof(delay_name) - 1;
	h->value.data = p->until;
	h->value.len = (size_t)len;
}

void
produce_headers(struct produce *p, struct mq_record *r)
{
	size_t n = 0;

	if (p->header_count == 0 && p->delay_ms == -1)
		return;
	p->both = cmd_alloc(p->both, r->header_count + p->header_count + 1,
	    sizeof(*p->both));
	put(p, &n, r->headers, r->header_count);
	put(p, &n, p->header, p->header_count);
	if (p->delay_ms > 0)
		put_delay(p, &n);
	r->headers = p->both;
	r->header_count = n;
}

int
produce_headers_check(const struct produce *p)
{
	size_t i;

	for (i = 0; i < p->header_count; i++)
		if (is_delay(&p->header[i]))
			return -1;
	return 0;
}
