/* SPDX-License-Identifier: ISC */
/*
 * A JSON line on its way in.  jansson checks the syntax, the UTF-8 and for
 * duplicates; what it made is picked apart by member.  json_put.c is the way
 * out.
 */
#include "json.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base64.h"

/* One line on its way in: where it goes, and where to complain. */
struct get {
	struct json_record *state;
	struct mq_record *record;
	char *err;
	size_t errlen;
};

static int get_fail(struct get *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

static int
get_fail(struct get *g, const char *fmt, ...)
{
	va_list ap;
	size_t i;

	va_start(ap, fmt);
	(void)vsnprintf(g->err, g->errlen, fmt, ap);
	va_end(ap);
	/* jansson quotes the input, which may hold a terminal's controls. */
	for (i = 0; i < g->errlen && g->err[i] != '\0'; i++)
		if ((unsigned char)g->err[i] < ' ' || g->err[i] == 0x7f)
			g->err[i] = '?';
	return -1;
}

static const char *
type_name(const json_t *v)
{
	switch (json_typeof(v)) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "an array";
	case JSON_STRING:
		return "a string";
	case JSON_INTEGER:
		return "an integer";
	case JSON_REAL:
		return "a number with a fraction or exponent";
	case JSON_NULL:
		return "null";
	default:
		return "a boolean";
	}
}

static void
get_string(struct mq_bytes *b, const json_t *v)
{
	b->data = json_string_value(v);
	b->len = json_string_length(v);
}

/* Decodes into the state's bytes, which have room for all the line holds. */
static int
get_base64(struct get *g, struct mq_bytes *b, const json_t *v, const char *name)
{
	struct json_record *s = g->state;
	size_t n;

	if (!json_is_string(v))
		return get_fail(g, "%s is %s, not a string of base64", name,
		    type_name(v));
	if (base64_decode(s->bytes + s->byte_count, s->byte_cap - s->byte_count,
		&n, json_string_value(v), json_string_length(v)) == -1)
		return get_fail(g, "%s: bad base64 at its character %zu", name,
		    n);
	b->data = s->bytes + s->byte_count;
	b->len = n;
	s->byte_count += n;
	return 0;
}

/* key or value: as text, as null, or under its _b64 name. */
static int
get_text(struct get *g, struct mq_bytes *b, const char *name,
    const char *name_b64)
{
	json_t *v = json_object_get(g->state->root, name);
	json_t *v_b64 = json_object_get(g->state->root, name_b64);

	if (v != NULL && v_b64 != NULL)
		return get_fail(g, "both %s and %s are given", name, name_b64);
	if (v_b64 != NULL && !json_is_null(v_b64))
		return get_base64(g, b, v_b64, name_b64);
	if (v == NULL || json_is_null(v))
		return 0;
	if (!json_is_string(v))
		return get_fail(g, "%s is %s, not a string or null", name,
		    type_name(v));
	get_string(b, v);
	return 0;
}

/* Stays as it is where it is absent or null. */
static int
get_number(struct get *g, const char *name, int64_t min, int64_t max,
    int64_t *n)
{
	json_t *v = json_object_get(g->state->root, name);

	if (v == NULL || json_is_null(v))
		return 0;
	if (!json_is_integer(v))
		return get_fail(g, "%s is %s, not an integer", name,
		    type_name(v));
	*n = json_integer_value(v);
	if (*n < min || *n > max)
		return get_fail(g, "%s %lld is out of range", name,
		    (long long)*n);
	return 0;
}

static int
get_topic(struct get *g)
{
	json_t *v = json_object_get(g->state->root, "topic");

	if (v == NULL || json_is_null(v))
		return 0;
	if (!json_is_string(v))
		return get_fail(g, "topic is %s, not a string", type_name(v));
	g->record->topic = json_string_value(v);
	if (strlen(g->record->topic) != json_string_length(v))
		return get_fail(g, "topic holds a NUL");
	return 0;
}

/* A header's name or value: a string, {"b64":"..."} or, if it may, null. */
static int
get_item(struct get *g, struct mq_bytes *b, const json_t *v, size_t i,
    const char *part)
{
	char name[64];

	if (json_is_null(v) && strcmp(part, "value") == 0)
		return 0;
	if (json_is_string(v)) {
		get_string(b, v);
		return 0;
	}
	(void)snprintf(name, sizeof(name), "headers: the %s of header %zu",
	    part, i + 1);
	if (json_is_object(v) && json_object_size(v) == 1 &&
	    json_object_get(v, "b64") != NULL)
		return get_base64(g, b, json_object_get(v, "b64"), name);
	return get_fail(g, "%s is %s, not a string or {\"b64\":\"...\"}", name,
	    type_name(v));
}

/* [["name","value"],...] */
static int
get_header_array(struct get *g, const json_t *array)
{
	struct mq_header *h = g->state->headers;
	const json_t *pair;
	size_t i;

	for (i = 0; i < json_array_size(array); i++) {
		pair = json_array_get(array, i);
		if (!json_is_array(pair) || json_array_size(pair) != 2)
			return get_fail(g,
			    "headers: header %zu is not "
			    "[\"name\",\"value\"]",
			    i + 1);
		if (get_item(g, &h[i].name, json_array_get(pair, 0), i,
			"name") == -1 ||
		    get_item(g, &h[i].value, json_array_get(pair, 1), i,
			"value") == -1)
			return -1;
	}
	return 0;
}

/* {"name":"value",...} */
static int
get_header_object(struct get *g, json_t *object)
{
	struct mq_header *h = g->state->headers;
	const char *name;
	json_t *v;
	size_t i = 0;

	json_object_foreach(object, name, v)
	{
		h[i].name.data = name;
		h[i].name.len = strlen(name);
		if (get_item(g, &h[i].value, v, i, "value") == -1)
			return -1;
		i++;
	}
	return 0;
}

static int
get_headers(struct get *g)
{
	json_t *v = json_object_get(g->state->root, "headers");
	struct json_record *s = g->state;
	struct mq_header *h;
	size_t n;

	if (v == NULL || json_is_null(v))
		return 0;
	if (!json_is_array(v) && !json_is_object(v))
		return get_fail(g, "headers is %s, not an array or object",
		    type_name(v));
	n = json_is_array(v) ? json_array_size(v) : json_object_size(v);
	if (n == 0)
		return 0;
	if (n > s->header_cap) {
		if ((h = reallocarray(s->headers, n, sizeof(*h))) == NULL)
			return get_fail(g, "out of memory");
		s->headers = h;
		s->header_cap = n;
	}
	(void)memset(s->headers, 0, n * sizeof(*s->headers));
	g->record->headers = s->headers;
	g->record->header_count = n;
	if (json_is_array(v))
		return get_header_array(g, v);
	return get_header_object(g, v);
}

/* Parses, and makes room: base64 takes more of a line than its bytes do. */
static int
get_root(struct get *g, const char *line, size_t len)
{
	struct json_record *s = g->state;
	json_error_t why;
	uint8_t *bytes;

	json_decref(s->root);
	s->root = json_loadb(line, len,
	    JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_ANY, &why);
	if (s->root == NULL)
		return get_fail(g, "bad JSON %d bytes in: %s", why.position,
		    why.text);
	if (!json_is_object(s->root))
		return get_fail(g, "the line is %s, not an object",
		    type_name(s->root));
	s->byte_count = 0;
	if (len <= s->byte_cap)
		return 0;
	if ((bytes = realloc(s->bytes, len)) == NULL)
		return get_fail(g, "out of memory");
	s->bytes = bytes;
	s->byte_cap = len;
	return 0;
}

int
json_get_record(const char *line, size_t len, struct json_record *state,
    struct mq_record *record, char *err, size_t errlen)
{
	struct get g = { state, record, err, errlen };
	int64_t partition = -1;

	(void)memset(record, 0, sizeof(*record));
	record->leader_epoch = -1;
	record->offset = -1;
	record->timestamp = MQ_NOW;
	if (get_root(&g, line, len) == -1 || get_topic(&g) == -1 ||
	    get_number(&g, "partition", -1, INT32_MAX, &partition) == -1 ||
	    get_number(&g, "offset", -1, INT64_MAX, &record->offset) == -1 ||
	    get_number(&g, "timestamp", INT64_MIN, INT64_MAX,
		&record->timestamp) == -1 ||
	    get_text(&g, &record->key, "key", "key_b64") == -1 ||
	    get_text(&g, &record->value, "value", "value_b64") == -1 ||
	    get_headers(&g) == -1)
		return -1;
	record->partition = (int32_t)partition;
	return 0;
}

void
json_record_free(struct json_record *s)
{
	json_decref(s->root);
	free(s->headers);
	free(s->bytes);
	(void)memset(s, 0, sizeof(*s));
}
