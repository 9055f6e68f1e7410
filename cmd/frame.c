/* SPDX-License-Identifier: ISC */
#include "frame.h"

#include <stdio.h>
#include <string.h>

/* The delimiter in the bytes, or NULL. */
static const char *
find(const char *data, size_t len, const char *delim, size_t delim_len)
{
	if (len < delim_len)
		return NULL;
	if (delim_len == 1)
		return memchr(data, (unsigned char)delim[0], len);
	return memmem(data, len, delim, delim_len);
}

/* Parts a key from the value. */
static int
split_key(const struct frame *f, struct mq_record *r, char *err, size_t errlen)
{
	const char *line = r->value.data;
	const char *end;

	end = find(line, r->value.len, f->key_delim, f->key_delim_len);
	if (end == NULL) {
		(void)snprintf(err, errlen,
		    "there is no key delimiter (-K) in the record");
		return -1;
	}
	r->key.data = line;
	r->key.len = (size_t)(end - line);
	r->value.len -= r->key.len + f->key_delim_len;
	r->value.data = end + f->key_delim_len;
	return 0;
}

static int
next_delimited(struct frame *f, struct input *in, struct mq_record *r,
    char *err, size_t errlen)
{
	const char *data = in->buf + in->start, *end;
	size_t left = in->len - in->start;

	end = left <= f->searched ? NULL :
				    find(data + f->searched, left - f->searched,
					f->delim, f->delim_len);
	if (end == NULL) {
		/* A delimiter may lie across the end of what is there. */
		f->searched =
		    left < f->delim_len ? 0 : left - (f->delim_len - 1);
		if (!in->eof || left == 0)
			return 0;
		end = data + left;
		f->taken = left;
	} else
		f->taken = (size_t)(end - data) + f->delim_len;
	f->searched = 0;
	r->value.data = data;
	r->value.len = (size_t)(end - data);
	if (f->key_delim != NULL && split_key(f, r, err, errlen) == -1)
		return -1;
	return 1;
}

static int
next_whole(struct frame *f, struct input *in, struct mq_record *r)
{
	/* One record a file, though it be empty. */
	if (!in->eof || f->searched != 0) {
		f->searched = in->eof ? 1 : 0;
		return 0;
	}
	r->value.data = in->buf + in->start;
	r->value.len = in->len - in->start;
	f->taken = r->value.len;
	f->searched = 1;
	return 1;
}

static int
next_template(struct frame *f, struct input *in, struct mq_record *r,
    int64_t *bad_at, char *err, size_t errlen)
{
	int64_t timestamp = r->timestamp;
	size_t used;
	int rc;

	rc = template_scan(f->template, in->buf + in->start,
	    in->len - in->start, in->eof, &used, &f->state, r, err, errlen);
	if (rc == 1)
		f->taken = used;
	if (rc == -1)
		*bad_at += (int64_t)used;
	if (r->timestamp == MQ_NOW)
		r->timestamp = timestamp;
	return rc;
}

/* JSON's white space, or nothing. */
static int
is_blank(const struct mq_bytes *line)
{
	const char *p = line->data;
	size_t i;

	for (i = 0; i < line->len; i++)
		if (memchr(" \t\r\n", p[i], 4) == NULL)
			return 0;
	return 1;
}

static int
next_json(struct frame *f, struct input *in, struct mq_record *r, char *err,
    size_t errlen)
{
	struct mq_record line;
	int64_t timestamp = r->timestamp;
	int rc, blank;

	do {
		rc = next_delimited(f, in, r, err, errlen);
		if (rc != 1)
			return rc;
		/* Blank lines part records as well as one newline does. */
		if ((blank = is_blank(&r->value))) {
			input_skip(in, f->taken);
			f->taken = 0;
		}
	} while (blank);
	if (json_get_record(r->value.data, r->value.len, &f->json, &line, err,
		errlen) == -1)
		return -1;
	*r = line;
	if (r->timestamp == MQ_NOW)
		r->timestamp = timestamp;
	r->partition = -1;
	return 1;
}

/* Zeros are the end, as preallocated segments have it: nothing else follows. */
static int
only_zeros(struct input *in, int64_t *bad_at, char *err, size_t errlen)
{
	const char *data = in->buf + in->start;
	size_t left = in->len - in->start, i;

	for (i = 0; i < left && data[i] == 0; i++)
		continue;
	if (i == left) {
		input_skip(in, left);
		return 0;
	}
	*bad_at += (int64_t)i;
	(void)snprintf(err, errlen, "there is more behind zeros");
	return -1;
}

static int
next_batch(struct frame *f, struct input *in, struct mq_record *r,
    int64_t *bad_at, char *err, size_t errlen)
{
	static const char none[4];
	const char *data = in->buf + in->start;
	size_t left = in->len - in->start, len;
	struct mq_err e;

	if (left >= 12 && memcmp(data + 8, none, sizeof(none)) == 0)
		f->ended = 1;
	if (f->ended)
		return only_zeros(in, bad_at, err, errlen);
	if (left == 0)
		return 0;
	if (mq_batch_length(data, left, &len, &e) == -1) {
		(void)snprintf(err, errlen, "%s", e.text);
		return -1;
	}
	if (len == 0 || len > left) {
		if (!in->eof)
			return 0;
		(void)snprintf(err, errlen,
		    "the input ends in the middle of a batch");
		return -1;
	}
	r->value.data = data;
	r->value.len = f->taken = len;
	return 1;
}

int
frame_next(struct frame *f, struct input *in, struct mq_record *r,
    int64_t *bad_at, char *err, size_t errlen)
{
	input_skip(in, f->taken);
	f->taken = 0;
	if (in->buf == NULL)
		return 0;
	(void)memset(r, 0, sizeof(*r));
	r->partition = -1;
	r->offset = -1;
	r->timestamp = in->now_ms;
	*bad_at = in->at;
	switch (f->kind) {
	case FRAME_DELIMITED:
		return next_delimited(f, in, r, err, errlen);
	case FRAME_WHOLE:
		return next_whole(f, in, r);
	case FRAME_TEMPLATE:
		return next_template(f, in, r, bad_at, err, errlen);
	case FRAME_JSON:
		return next_json(f, in, r, err, errlen);
	case FRAME_BATCHES:
		break;
	}
	return next_batch(f, in, r, bad_at, err, errlen);
}

void
frame_free(struct frame *f)
{
	template_free(f->template);
	template_state_free(&f->state);
	json_record_free(&f->json);
}
