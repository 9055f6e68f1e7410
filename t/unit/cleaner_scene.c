/* SPDX-License-Identifier: ISC */
#include "cleaner_scene.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "client/client.h"
#include "log/append.h"
#include "log/flush.h"
#include "log/reader.h"

struct cleaner_scene cleaner;

int
cleaner_open(void)
{
	return mq_client_partition(cleaner.mq, "t", 0, &cleaner.p,
	    &cleaner.err);
}

int
cleaner_start(const char *segment_bytes, const char *name, const char *value)
{
	const struct scene_topic t = { "t",
		{ "cleanup.policy", "compact", "segment.bytes", segment_bytes,
		    "index.interval.bytes", "0", "min.cleanable.dirty.ratio",
		    "1", "segment.ms", "9223372036854775807", name, value,
		    NULL } };

	cleaner.codec = MQ_CODEC_NONE;
	cleaner.options.now_ms = CLEANER_NOW;
	cleaner.options.dedupe_buffer_size = MQ_CLEANER_DEDUPE_BUFFER_SIZE;
	cleaner.options.force = 1;
	if (scene_dir(cleaner.root) == -1)
		return -1;
	(void)snprintf(cleaner.dir, sizeof(cleaner.dir), "%s/t-0",
	    cleaner.root);
	cleaner.mq = scene_store(cleaner.root, &t, &cleaner.err);
	return cleaner.mq == NULL ? -1 : cleaner_open();
}

void
cleaner_end(void)
{
	mq_partition_close(&cleaner.p);
	mq_close(cleaner.mq);
	scene_remove(cleaner.root);
}

int
cleaner_append_at(const char *text, int64_t timestamp, unsigned attributes)
{
	struct mq_batch_builder b;
	struct mq_record r;
	struct mq_batch was;
	uint8_t *data;
	size_t size;
	int64_t base;
	int rc = 0;

	(void)memset(&b, 0, sizeof(b));
	b.limit = 1 << 20;
	b.codec = cleaner.codec;
	for (; *text != '\0' && rc == 0; text += strspn(text, " ")) {
		(void)memset(&r, 0, sizeof(r));
		r.timestamp = timestamp;
		if (*text != '=') {
			r.key.data = text;
			r.key.len = 1;
		}
		r.value.len = strcspn(++text, " ");
		r.value.data = r.value.len != 0 ? text : NULL;
		text += r.value.len;
		rc = mq_batch_builder_add(&b, &r, &cleaner.err);
	}
	if (rc == 0)
		rc = mq_batch_builder_finish(&b, &data, &size, &cleaner.err);
	if (rc == 0 && attributes != 0) {
		(void)mq_batch_peek(data, size, &was, &cleaner.err);
		was.attributes = (int16_t)attributes;
		mq_batch_replace(data, size, &was, 0, was.last_offset_delta, 0);
	}
	if (rc == 0)
		rc = mq_append(&cleaner.p, data, size, &base, &cleaner.err);
	if (rc == 0)
		rc = mq_flush(&cleaner.p, base + 1, &cleaner.err);
	mq_batch_builder_free(&b);
	return rc;
}

int
cleaner_append(const char *text)
{
	return cleaner_append_at(text, 1000, 0);
}

int
cleaner_each(const char *text)
{
	char word[32];

	for (; *text != '\0'; text += strspn(text, " ")) {
		(void)snprintf(word, sizeof(word), "%.*s",
		    (int)strcspn(text, " "), text);
		if (cleaner_append(word) == -1)
			return -1;
		text += strlen(word);
	}
	return 0;
}

int
cleaner_roll(void)
{
	struct mq_partition_tail t;
	int rc;

	if (mq_partition_lock(&cleaner.p, &t, &cleaner.err) == -1)
		return -1;
	rc = mq_append_roll(&cleaner.p, &t, &cleaner.err);
	mq_partition_unlock(&cleaner.p);
	return rc;
}

int
cleaner_clean(void)
{
	(void)memset(&cleaner.done, 0, sizeof(cleaner.done));
	return mq_cleaner_clean(&cleaner.p, &cleaner.options, &cleaner.done,
	    &cleaner.err);
}

static void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void
say(const char *fmt, ...)
{
	size_t len = strlen(cleaner.line);
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(cleaner.line + len, sizeof(cleaner.line) - len, fmt,
	    ap);
	va_end(ap);
}

const char *
cleaner_from(int64_t offset)
{
	struct mq_batch_iter it;
	struct mq_reader reader;
	struct mq_record r;
	struct mq_batch b;
	int rc;

	*cleaner.line = '\0';
	(void)memset(&it, 0, sizeof(it));
	mq_reader_init(&reader, &cleaner.p, offset);
	while ((rc = mq_reader_next(&reader, &b, &cleaner.err)) == 1) {
		rc = mq_batch_iter_init(&it, &b, &cleaner.err);
		while (rc != -1 &&
		    (rc = mq_batch_iter_next(&it, &r, &cleaner.err)) == 1)
			if (r.offset >= offset)
				say("%lld:%.*s%.*s ", (long long)r.offset,
				    (int)r.key.len, (const char *)r.key.data,
				    (int)r.value.len,
				    r.value.data != NULL ?
					(const char *)r.value.data :
					"");
		if (rc == -1)
			break;
	}
	if (rc == -1)
		say("%s", cleaner.err.text);
	mq_batch_iter_free(&it);
	mq_reader_free(&reader);
	return cleaner.line;
}

int
cleaner_batch(int64_t offset, struct mq_batch *b)
{
	struct mq_reader reader;
	int rc;

	mq_reader_init(&reader, &cleaner.p, offset);
	rc = mq_reader_next(&reader, b, &cleaner.err);
	b->data = NULL;
	mq_reader_free(&reader);
	return rc;
}

const char *
cleaner_segments(void)
{
	struct mq_segment_list list;
	size_t i;

	*cleaner.line = '\0';
	if (mq_segment_list(cleaner.p.dir, &list, &cleaner.err) == -1)
		return "";
	for (i = 0; i < list.count; i++)
		say("%lld ", (long long)list.base[i]);
	mq_segment_list_free(&list);
	return cleaner.line;
}

static void
tell(const struct mq_finding *f, void *arg)
{
	(void)arg;
	printf("# verify: %s: %s\n", f->file, f->text);
}

int
cleaner_sound(void)
{
	return mq_verify(cleaner.mq, "t", tell, NULL, &cleaner.err) == 0;
}
