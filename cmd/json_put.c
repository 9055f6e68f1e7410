/* SPDX-License-Identifier: ISC */
/*
 * A record on its way out as a JSON line.  It is written here byte by byte
 * and not through jansson, for it is done by the million, and must neither
 * take a want of memory for bad UTF-8 nor stop half-way.
 */
#include "json.h"

#include <string.h>

#include "base64.h"

/*
 * Bytes of the character that p starts, or 0 where it is not valid UTF-8
 * (RFC 3629: no overlong forms, no surrogates, nothing past U+10FFFF).
 */
static size_t
utf8_length(const uint8_t *p, size_t left)
{
	uint8_t low = 0x80, high = 0xbf; /* range of the second byte */
	size_t i, n;

	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	n = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f;
	if (left < n || p[1] < low || p[1] > high)
		return 0;
	for (i = 2; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

static int
is_utf8(const struct mq_bytes *b)
{
	const uint8_t *p = b->data;
	size_t n, left = b->len;

	for (; left > 0; left -= n, p += n)
		if ((n = utf8_length(p, left)) == 0)
			return 0;
	return 1;
}

static int
put_literal(struct out *o, const char *text)
{
	return out_write(o, text, strlen(text));
}

static int
put_escape(struct out *o, uint8_t c)
{
	static const char from[] = "\"\\\b\f\n\r\t";
	static const char to[] = "\"\\bfnrt";
	const char *at = memchr(from, c, sizeof(from) - 1);

	if (at == NULL)
		return out_printf(o, "\\u%04x", (unsigned)c);
	if (out_putc(o, '\\') == -1)
		return -1;
	return out_putc(o, to[at - from]);
}

/* A string in its quotes; the bytes are valid UTF-8. */
static int
put_string(struct out *o, const struct mq_bytes *b)
{
	const uint8_t *p = b->data;
	size_t i, from = 0;

	if (out_putc(o, '"') == -1)
		return -1;
	for (i = 0; i < b->len; i++) {
		if (p[i] >= ' ' && p[i] != '"' && p[i] != '\\')
			continue;
		if (out_write(o, p + from, i - from) == -1 ||
		    put_escape(o, p[i]) == -1)
			return -1;
		from = i + 1;
	}
	if (from < b->len && out_write(o, p + from, b->len - from) == -1)
		return -1;
	return out_putc(o, '"');
}

static int
put_base64(struct out *o, const struct mq_bytes *b)
{
	size_t n = base64_size(b->len);
	char *to;

	if ((to = out_reserve(o, n + 2)) == NULL)
		return -1;
	to[0] = '"';
	(void)base64_encode(to + 1, n, b->data, b->len);
	to[n + 1] = '"';
	o->len += n + 2;
	return 0;
}

/* ,"name":"text", or null, or ,"name_b64":"..." */
static int
put_member(struct out *o, const char *name, const struct mq_bytes *b)
{
	int text = is_utf8(b); /* null is, too */

	if (put_literal(o, ",\"") == -1 || put_literal(o, name) == -1 ||
	    put_literal(o, text ? "\":" : "_b64\":") == -1)
		return -1;
	if (b->data == NULL)
		return put_literal(o, "null");
	return text ? put_string(o, b) : put_base64(o, b);
}

/* A header's name or value. */
static int
put_item(struct out *o, const struct mq_bytes *b)
{
	if (b->data == NULL)
		return put_literal(o, "null");
	if (is_utf8(b))
		return put_string(o, b);
	if (put_literal(o, "{\"b64\":") == -1 || put_base64(o, b) == -1)
		return -1;
	return out_putc(o, '}');
}

static int
put_headers(struct out *o, const struct mq_record *r)
{
	size_t i;

	if (r->header_count == 0)
		return 0;
	if (put_literal(o, ",\"headers\":") == -1)
		return -1;
	for (i = 0; i < r->header_count; i++)
		if (put_literal(o, i == 0 ? "[[" : ",[") == -1 ||
		    put_item(o, &r->headers[i].name) == -1 ||
		    out_putc(o, ',') == -1 ||
		    put_item(o, &r->headers[i].value) == -1 ||
		    out_putc(o, ']') == -1)
			return -1;
	return out_putc(o, ']');
}

static int
put_number(struct out *o, const char *name, int64_t v)
{
	if (put_literal(o, name) == -1)
		return -1;
	return out_decimal(o, v);
}

/* A segment file does not say of which partition it is. */
static int
put_partition(struct out *o, int32_t partition)
{
	if (partition < 0)
		return put_literal(o, ",\"partition\":null");
	return put_number(o, ",\"partition\":", partition);
}

/* What stands before the value. */
static int
put_start(struct out *o, const struct mq_record *r)
{
	struct mq_bytes topic = { r->topic, 0 };

	if (r->topic != NULL)
		topic.len = strlen(r->topic);
	if (put_literal(o, "{\"topic\":") == -1 || put_item(o, &topic) == -1 ||
	    put_partition(o, r->partition) == -1 ||
	    put_number(o, ",\"offset\":", r->offset) == -1 ||
	    put_number(o, ",\"timestamp\":", r->timestamp) == -1)
		return -1;
	return put_member(o, "key", &r->key);
}

static int
put_end(struct out *o, const struct mq_record *r, const char *members)
{
	if (put_headers(o, r) == -1 || put_literal(o, members) == -1)
		return -1;
	return put_literal(o, "}\n");
}

int
json_put_record_with(struct out *o, const struct mq_record *r,
    const char *members)
{
	if (put_start(o, r) == -1 || put_member(o, "value", &r->value) == -1)
		return -1;
	return put_end(o, r, members);
}

int
json_put_record(struct out *o, const struct mq_record *r)
{
	return json_put_record_with(o, r, "");
}

int
json_put_head(struct out *o, const struct mq_record *r)
{
	if (put_start(o, r) == -1)
		return -1;
	return put_end(o, r, "");
}
