/* SPDX-License-Identifier: ISC */
/*
 * Compaction keeps the last record of each key in its place, tombstones for
 * their time, and leaves alone what it is not to touch.
 */
#include "log/cleaner.h"

#include <sys/stat.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include "client/client.h"
#include "log/append.h"
#include "log/cleaner_map.h"
#include "log/flush.h"
#include "log/layout.h"
#include "log/reader.h"
#include "log/swap.h"
#include "scene.h"
#include "test.h"

#define NOW 1700000000000

static char root[SCENE_PATH], dir[SCENE_PATH + 16], line[2000];
static struct mq_partition p;
static struct mq_retention done;
static struct mq_err err;
static struct mq *mq;
static struct mq_cleaner_options options;
static enum mq_codec codec;

static int
start(const char *segment_bytes, const char *name, const char *value)
{
	const struct scene_topic t = { "t",
		{ "cleanup.policy", "compact", "segment.bytes", segment_bytes,
		    "index.interval.bytes", "0", "min.cleanable.dirty.ratio",
		    "1", "segment.ms", "9223372036854775807", name, value,
		    NULL } };

	codec = MQ_CODEC_NONE;
	options.now_ms = NOW;
	options.dedupe_buffer_size = MQ_CLEANER_DEDUPE_BUFFER_SIZE;
	options.force = 1;
	if (scene_dir(root) == -1)
		return -1;
	(void)snprintf(dir, sizeof(dir), "%s/t-0", root);
	mq = scene_store(root, &t, &err);
	return mq == NULL ? -1 : mq_client_partition(mq, "t", 0, &p, &err);
}

static void
end(void)
{
	mq_partition_close(&p);
	mq_close(mq);
	scene_remove(root);
}

/*
 * Appends a batch: "a1 b2 c" are records of key a with value 1, of b with 2,
 * and a tombstone of c; "=7" has no key.  Their timestamps are the same.
 */
static int
append_at(const char *text, int64_t timestamp, unsigned attributes)
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
	b.codec = codec;
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
		rc = mq_batch_builder_add(&b, &r, &err);
	}
	if (rc == 0)
		rc = mq_batch_builder_finish(&b, &data, &size, &err);
	if (rc == 0 && attributes != 0) {
		(void)mq_batch_peek(data, size, &was, &err);
		was.attributes = (int16_t)attributes;
		mq_batch_replace(data, size, &was, 0, was.last_offset_delta, 0);
	}
	if (rc == 0)
		rc = mq_append(&p, data, size, &base, &err);
	if (rc == 0)
		rc = mq_flush(&p, base + 1, &err);
	mq_batch_builder_free(&b);
	return rc;
}

static int
append(const char *text)
{
	return append_at(text, 1000, 0);
}

/* A batch each, of the words. */
static int
each(const char *text)
{
	char word[32];

	for (; *text != '\0'; text += strspn(text, " ")) {
		(void)snprintf(word, sizeof(word), "%.*s",
		    (int)strcspn(text, " "), text);
		if (append(word) == -1)
			return -1;
		text += strlen(word);
	}
	return 0;
}

static int
clean(void)
{
	(void)memset(&done, 0, sizeof(done));
	return mq_cleaner_clean(&p, &options, &done, &err);
}

static int
roll(void)
{
	struct mq_partition_tail t;
	int rc;

	if (mq_partition_lock(&p, &t, &err) == -1)
		return -1;
	rc = mq_append_roll(&p, &t, &err);
	mq_partition_unlock(&p);
	return rc;
}

static void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void
say(const char *fmt, ...)
{
	size_t len = strlen(line);
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(line + len, sizeof(line) - len, fmt, ap);
	va_end(ap);
}

/* What a reader gets from an offset on: "2:a1 5:c ", or the error. */
static const char *
from(int64_t offset)
{
	struct mq_batch_iter it;
	struct mq_reader reader;
	struct mq_record r;
	struct mq_batch b;
	int rc;

	*line = '\0';
	(void)memset(&it, 0, sizeof(it));
	mq_reader_init(&reader, &p, offset);
	while ((rc = mq_reader_next(&reader, &b, &err)) == 1) {
		rc = mq_batch_iter_init(&it, &b, &err);
		while (
		    rc != -1 && (rc = mq_batch_iter_next(&it, &r, &err)) == 1)
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
		say("%s", err.text);
	mq_batch_iter_free(&it);
	mq_reader_free(&reader);
	return line;
}

static void
tell(const struct mq_finding *f, void *arg)
{
	(void)arg;
	printf("# verify: %s: %s\n", f->file, f->text);
}

static int
sound(void)
{
	return mq_verify(mq, "t", tell, NULL, &err) == 0;
}

/* The batch that holds an offset, and its header. */
static int
batch_of(int64_t offset, struct mq_batch *b)
{
	struct mq_reader reader;
	int rc;

	mq_reader_init(&reader, &p, offset);
	rc = mq_reader_next(&reader, b, &err);
	b->data = NULL;
	mq_reader_free(&reader);
	return rc;
}

static const char *
segments(void)
{
	struct mq_segment_list list;
	size_t i;

	*line = '\0';
	if (mq_segment_list(p.dir, &list, &err) == -1)
		return "";
	for (i = 0; i < list.count; i++)
		say("%lld ", (long long)list.base[i]);
	mq_segment_list_free(&list);
	return line;
}

static int
last_values(void)
{
	CHECK(start("140", "delete.retention.ms", "0") == 0);
	CHECK(each("a1 b1 a2 c1 b2 a3 d1 b3 a9 x1") == 0);
	CHECK(clean() == 0 && done.bytes == 4 * 70);
	CHECK_TEXT(from(0), "3:c1 5:a3 6:d1 7:b3 8:a9 9:x1 ");
	CHECK(sound());
	/* Positions in a gap are the next record's. */
	CHECK_TEXT(from(1), "3:c1 5:a3 6:d1 7:b3 8:a9 9:x1 ");
	CHECK_TEXT(from(4), "5:a3 6:d1 7:b3 8:a9 9:x1 ");
	CHECK_TEXT(from(10), "");
	/* Again, and nothing to do. */
	CHECK(clean() == 0);
	CHECK_TEXT(from(0), "3:c1 5:a3 6:d1 7:b3 8:a9 9:x1 ");
	CHECK(each("d2 c2") == 0 && clean() == 0);
	/* What is written to replaces nothing yet. */
	CHECK_TEXT(from(0), "3:c1 6:d1 7:b3 8:a9 9:x1 10:d2 11:c2 ");
	CHECK(roll() == 0 && clean() == 0);
	CHECK_TEXT(from(0), "7:b3 8:a9 9:x1 10:d2 11:c2 ");
	CHECK(sound());
	end();
	return 0;
}

/* Records of one batch go, the batch keeps its offsets and its fields. */
static int
batches_stay(void)
{
	struct mq_batch b;
	int c;

	for (c = MQ_CODEC_NONE; c <= MQ_CODEC_ZSTD; c++) {
		CHECK(start("1000", "delete.retention.ms", "0") == 0);
		codec = (enum mq_codec)c;
		CHECK(append_at("avalue-that-packs-packs-packs-packs-packs "
				"bvalue-that-packs-packs-packs-packs-packs "
				"cvalue-that-packs-packs-packs-packs-packs "
				"dvalue-that-packs-packs-packs-packs-packs",
			  5000, 0) == 0);
		codec = MQ_CODEC_NONE;
		CHECK(append("a1 d1") == 0 && roll() == 0 && clean() == 0);
		CHECK(batch_of(0, &b) == 1);
		CHECK(b.base_offset == 0 && b.last_offset_delta == 3);
		CHECK(b.count == 2 && (b.attributes & MQ_BATCH_CODEC) == c);
		CHECK(b.base_timestamp == 5000 && b.max_timestamp == 5000);
		CHECK(b.leader_epoch == 0 && b.producer_id == -1);
		CHECK(strncmp(from(0), "1:bvalue", 8) == 0);
		CHECK(strstr(line, "2:cvalue") != NULL);
		CHECK(strstr(line, " 4:a1 5:d1 ") != NULL);
		CHECK(strstr(line, "3:") == NULL && sound());
		end();
	}
	return 0;
}

static int
tombstones(void)
{
	struct mq_batch b;

	CHECK(start("10000", "delete.retention.ms", "1000") == 0);
	CHECK(append("a1 b1") == 0 && append("a b2") == 0 && roll() == 0);
	CHECK(clean() == 0);
	CHECK_TEXT(from(0), "2:a 3:b2 ");
	CHECK(batch_of(2, &b) == 1);
	CHECK((b.attributes & MQ_BATCH_DELETE_HORIZON) != 0);
	CHECK(b.base_timestamp == NOW + 1000 && b.max_timestamp == 1000);
	/* One that comes later has a time of its own. */
	options.now_ms = NOW + 600;
	CHECK(append("c") == 0 && roll() == 0 && clean() == 0);
	options.now_ms = NOW + 999;
	CHECK(clean() == 0);
	CHECK_TEXT(from(0), "2:a 3:b2 4:c ");
	options.now_ms = NOW + 1000;
	CHECK(clean() == 0);
	CHECK_TEXT(from(0), "3:b2 4:c ");
	CHECK(batch_of(2, &b) == 1 && b.base_offset == 2 && b.count == 1);
	CHECK(
	    b.base_timestamp == NOW + 1000); /* and the record's is the same */
	options.now_ms = NOW + 1600;
	CHECK(clean() == 0);
	CHECK_TEXT(from(0), "3:b2 ");
	CHECK(sound());
	end();
	return 0;
}

/* Timestamps are the records' own, though they count from the horizon. */
static int
timestamps(void)
{
	int64_t offset, found;

	CHECK(start("10000", "delete.retention.ms", "1000") == 0);
	CHECK(append_at("a1 b", 1000, 0) == 0);
	CHECK(append_at("c1 d", 3000, 0) == 0 && roll() == 0);
	CHECK(append_at("e1", 5000, 0) == 0 && clean() == 0);
	CHECK(mq_reader_find_time(&p, 1001, &offset, &found, &err) == 1);
	CHECK(offset == 2 && found == 3000);
	CHECK(mq_reader_find_time(&p, 3001, &offset, &found, &err) == 1);
	CHECK(offset == 4 && found == 5000);
	options.now_ms = NOW + 2000;
	CHECK(append_at("c2 a2", 7000, 0) == 0 && roll() == 0);
	CHECK(clean() == 0);
	CHECK_TEXT(from(0), "4:e1 5:c2 6:a2 ");
	CHECK(mq_reader_find_time(&p, 0, &offset, &found, &err) == 1);
	CHECK(offset == 4 && found == 5000);
	CHECK(sound());
	end();
	return 0;
}

/* A rewritten batch that would pass max.message.bytes becomes two. */
static int
batch_limit(void)
{
	struct mq_partition_info info;
	struct mq_batch b;
	char text[600] = "";
	int i;

	CHECK(start("10000", "max.message.bytes", "300") == 0);
	for (i = 0; i < 26; i++)
		(void)snprintf(text + 3 * i, sizeof(text) - 3 * (size_t)i,
		    "%c%s ", 'a' + i, i == 5 ? " " : "1");
	CHECK(append(text) == 0 && roll() == 0);
	CHECK(batch_of(0, &b) == 1 && b.size <= 300);
	CHECK(clean() == 0);
	CHECK(batch_of(0, &b) == 1 && b.size <= 300 && b.count < 26);
	i = b.count;
	CHECK(batch_of(25, &b) == 1 && b.size <= 300 && b.count == 26 - i);
	CHECK(b.base_offset == i && mq_batch_last_offset(&b) == 25);
	CHECK(b.attributes == MQ_BATCH_DELETE_HORIZON);
	CHECK(mq_partition_get(mq, "t", 0, &info, &err) == 0);
	CHECK(info.log_end == 26 && strstr(from(0), "25:z1") != NULL);
	CHECK(sound());
	end();
	return 0;
}

static int
left_alone(void)
{
	CHECK(start("10000", "min.compaction.lag.ms", "5000") == 0);
	CHECK(append_at("a1 a2", NOW - 9000, 0) == 0 && roll() == 0);
	CHECK(append_at("a3 b1 b2", NOW - 5000, 0) == 0 && roll() == 0);
	CHECK(append_at("a4 b3 b4", NOW - 4999, 0) == 0 && roll() == 0);
	/* Old, but behind one that is young. */
	CHECK(append_at("a5 b5 b6", NOW - 9000, 0) == 0 && roll() == 0);
	CHECK(append_at("a6 a7", NOW - 9000, 0) == 0);
	CHECK(clean() == 0);
	CHECK_TEXT(from(0),
	    "2:a3 4:b2 5:a4 6:b3 7:b4 8:a5 9:b5 10:b6 11:a6 12:a7 ");
	options.now_ms = NOW + 1;
	CHECK(clean() == 0);
	CHECK_TEXT(from(0), "8:a5 10:b6 11:a6 12:a7 ");
	CHECK(sound());
	end();
	return 0;
}

/* Control batches stay; behind a transaction's records nothing is touched. */
static int
special_batches(void)
{
	struct mq_batch b;

	CHECK(start("10000", "delete.retention.ms", "0") == 0);
	CHECK(append("a1") == 0);
	CHECK(append_at("a1", 1000, MQ_BATCH_CONTROL) == 0);
	CHECK(append("a2 b1") == 0);
	CHECK(append_at("a3", 1000, MQ_BATCH_TRANSACTIONAL) == 0);
	CHECK(append("a4 b2 b3") == 0 && roll() == 0 && clean() == 0);
	CHECK_TEXT(from(0), "1:a1 2:a2 3:b1 4:a3 5:a4 6:b2 7:b3 ");
	CHECK(batch_of(1, &b) == 1 && b.attributes == MQ_BATCH_CONTROL);
	CHECK(clean() == 0 && sound());
	end();
	return 0;
}

static int
without_keys(void)
{
	CHECK(start("10000", "delete.retention.ms", "0") == 0);
	CHECK(append("=1 a1 =2") == 0 && roll() == 0 && append("=3") == 0);
	CHECK(clean() == 0);
	CHECK_TEXT(from(0), "1:a1 3:3 ");
	end();
	return 0;
}

static int
merges(void)
{
	CHECK(start("140", "delete.retention.ms", "0") == 0);
	CHECK(each("a1 b1 a2 b2 c1 c2 d1 a3 e1") == 0);
	CHECK_TEXT(segments(), "0 2 4 6 8 ");
	CHECK(clean() == 0 && done.segments == 0);
	CHECK_TEXT(segments(), "0 2 4 6 8 ");
	/* As small as they have become: 0, 70, 70 and 140 bytes. */
	CHECK(clean() == 0 && done.segments == 2);
	CHECK_TEXT(segments(), "0 6 8 ");
	CHECK_TEXT(from(0), "3:b2 5:c2 6:d1 7:a3 8:e1 ");
	CHECK(clean() == 0 && done.segments == 0);
	CHECK(sound());
	end();
	return 0;
}

/* Segments whose offsets are too far apart for an index stay apart. */
static int
far_apart(void)
{
	struct mq_partition_tail t;
	uint8_t batch[70];
	char name[MQ_LAYOUT_NAME], path[SCENE_PATH * 2];
	int fd;

	CHECK(start("140", "delete.retention.ms", "0") == 0);
	CHECK(each("a1 b1 c1") == 0);
	(void)snprintf(path, sizeof(path), "%s/" MQ_LAYOUT_LOG, dir,
	    (int64_t)2);
	CHECK((fd = open(path, O_RDWR | O_CLOEXEC)) != -1);
	CHECK(pread(fd, batch, sizeof(batch), 0) == sizeof(batch));
	(void)close(fd);
	/* The log goes on where a compacted one might, far behind. */
	CHECK(mq_partition_lock(&p, &t, &err) == 0);
	mq_batch_assign(batch, 2147483647, 0);
	(void)snprintf(name, sizeof(name), MQ_LAYOUT_LOG, (int64_t)2147483647);
	CHECK(scene_write(dir, name, batch, sizeof(batch)) == 0);
	CHECK(mq_segment_delete(p.dir, 2, &err) == 0);
	t.active_base = 2147483647;
	t.log_end = 2147483648;
	CHECK(mq_swap_set_checkpoint(&p, &t, 0, 2147483647, &err) == 0);
	mq_partition_unlock(&p);
	mq_partition_close(&p);
	CHECK(mq_client_partition(mq, "t", 0, &p, &err) == 0);
	CHECK(each("b2 d1 e1") == 0);
	CHECK_TEXT(segments(), "0 2147483647 2147483649 ");
	CHECK(clean() == 0 && clean() == 0);
	/* 70 bytes and 70: together they would be small enough. */
	CHECK(each("c2 e2 f1") == 0 && clean() == 0 && clean() == 0);
	CHECK_TEXT(segments(), "0 2147483647 2147483651 2147483653 ");
	CHECK(from(0) != NULL && strncmp(line, "0:a1 2147483648:b2 ", 19) == 0);
	end();
	return 0;
}

/* The map takes so many keys that it has to go on, several times. */
static int
small_map(void)
{
	CHECK(start("140", "delete.retention.ms", "0") == 0);
	CHECK(each("a1 b1 c1 d1 a2 b2 c2 d2 e1 f1 a3 g1 x1") == 0);
	options.dedupe_buffer_size = 3 * sizeof(struct mq_cleaner_slot);
	CHECK(clean() == 0);
	CHECK_TEXT(from(0), "5:b2 6:c2 7:d2 8:e1 9:f1 10:a3 11:g1 12:x1 ");
	CHECK(sound());
	end();
	/* In the middle of a batch, too. */
	CHECK(start("1000", "delete.retention.ms", "0") == 0);
	CHECK(append("a1 b1 c1 d1 a2 b2 c2 d2 e1 f1 a3 g1") == 0);
	CHECK(roll() == 0);
	options.dedupe_buffer_size = 3 * sizeof(struct mq_cleaner_slot);
	CHECK(clean() == 0);
	CHECK_TEXT(from(0), "5:b2 6:c2 7:d2 8:e1 9:f1 10:a3 11:g1 ");
	CHECK(sound());
	end();
	return 0;
}

static int
map(void)
{
	struct mq_cleaner_map m;
	struct mq_bytes key;
	int64_t i;

	CHECK(mq_cleaner_map_init(&m, INT64_MAX / 4, 100000, &err) == 0);
	CHECK(m.slots == 100000 / 24);
	key.data = &i;
	key.len = sizeof(i);
	for (i = 0; i < (int64_t)m.most; i++)
		CHECK(mq_cleaner_map_put(&m, &key, i) == 0);
	CHECK(mq_cleaner_map_put(&m, &key, i) == 1);
	for (i = 0; i < (int64_t)m.most; i++)
		CHECK(mq_cleaner_map_put(&m, &key, i + 5) == 0);
	for (i = 0; i < (int64_t)m.most; i++)
		CHECK(mq_cleaner_map_get(&m, &key) == i + 5);
	CHECK(mq_cleaner_map_get(&m, &key) == -1);
	mq_cleaner_map_free(&m);
	/* For few keys it is small, and still takes them. */
	CHECK(mq_cleaner_map_init(&m, 20, 16 << 20, &err) == 0);
	CHECK(m.slots < 100 && m.most >= 20);
	mq_cleaner_map_free(&m);
	return 0;
}

static int
by_ratio(void)
{
	CHECK(start("700", "min.cleanable.dirty.ratio", "0.5") == 0);
	options.force = 0;
	CHECK(append("a1 a2 b1") == 0 && clean() == 0);
	CHECK_TEXT(from(0), "0:a1 1:a2 2:b1 "); /* all of it is active */
	CHECK(roll() == 0 && clean() == 0);
	CHECK_TEXT(from(0), "1:a2 2:b1 ");
	CHECK(append("a3") == 0 && roll() == 0 && clean() == 0);
	CHECK_TEXT(from(0), "1:a2 2:b1 3:a3 "); /* less than half is dirty */
	CHECK(append("a4 b2 a5") == 0 && roll() == 0 && clean() == 0);
	CHECK_TEXT(from(0), "5:b2 6:a5 ");
	end();
	return 0;
}

/* Appending compacts when a new segment starts. */
/* The clock of this machine is not asked: it is far from these times. */
#define LAG  1000000000000 /* ms */
#define THEN (NOW - 800000000000)
#define DUE  (THEN + LAG + 1)

static int
overdue(void)
{
	CHECK(start("140", "max.compaction.lag.ms", "1000000000000") == 0);
	options.force = 0;
	options.now_ms = DUE - 1;
	CHECK(append_at("a1", THEN, 0) == 0 && append_at("a2", THEN, 0) == 0);
	CHECK(append_at("b1", THEN, 0) == 0 && clean() == 0);
	CHECK_TEXT(from(0), "0:a1 1:a2 2:b1 ");
	options.now_ms = DUE;
	CHECK(clean() == 0);
	CHECK_TEXT(from(0), "1:a2 2:b1 ");
	/* What is clean is not too old; what is written to is not asked. */
	CHECK(append_at("b2", THEN + 9, 0) == 0 && clean() == 0);
	CHECK_TEXT(from(0), "1:a2 2:b1 3:b2 ");
	CHECK(roll() == 0 && clean() == 0);
	CHECK_TEXT(from(0), "1:a2 3:b2 ");
	/* A young one, of which only the last record is old; no time at all. */
	CHECK(append_at("b3", THEN + 9, 0) == 0);
	CHECK(append_at("b4", THEN - 9, 0) == 0 && roll() == 0);
	options.now_ms = DUE + 8;
	CHECK(append_at("b5", -1, 0) == 0 && append_at("b6", 0, 0) == 0);
	CHECK(roll() == 0 && clean() == 0);
	CHECK_TEXT(from(0), "1:a2 3:b2 4:b3 5:b4 6:b5 7:b6 ");
	options.now_ms++;
	CHECK(clean() == 0);
	CHECK_TEXT(from(0), "1:a2 7:b6 ");
	CHECK(sound());
	end();
	return 0;
}

/* What would be too old is closed before, in a log that is compacted. */
static int
closed_in_time(void)
{
	CHECK(start("10000", "max.compaction.lag.ms", "1000000000000") == 0);
	CHECK(append_at("a1", THEN, 0) == 0);
	CHECK(append_at("b1", THEN + LAG, 0) == 0);
	CHECK_TEXT(segments(), "0 ");
	CHECK(append_at("a2", THEN + LAG + 1, 0) == 0);
	CHECK_TEXT(segments(), "0 2 ");
	end();
	return 0;
}

static int
on_roll(void)
{
	int i;

	CHECK(start("140", "min.cleanable.dirty.ratio", "0.4") == 0);
	for (i = 0; i < 40; i++)
		CHECK(append(i % 2 == 0 ? "a1" : "b1") == 0);
	CHECK(strlen(from(0)) < 8 * 6);
	CHECK(strstr(line, "38:a1 39:b1 ") != NULL && sound());
	end();
	return 0;
}

static int
policies(void)
{
	struct mq_cleaned cleaned;

	CHECK(start("140", "retention.bytes", "0") == 0);
	CHECK(each("a1 b1 a2 c1 d1 e1") == 0);
	/* Size and time do not count. */
	CHECK(mq_topic_clean(mq, "t", 0, &cleaned, &err) == 0);
	CHECK_TEXT(from(0), "1:b1 2:a2 3:c1 4:d1 5:e1 ");
	CHECK(cleaned.log_start == 0 && cleaned.bytes == 70);
	end();
	CHECK(start("140", "cleanup.policy", "delete,compact") == 0);
	CHECK(append_at("a1", 1000, 0) == 0 && append_at("b1", 1000, 0) == 0);
	CHECK(append_at("a1", NOW * 2, 0) == 0);
	CHECK(append_at("a2", NOW * 2, 0) == 0 && append("c1") == 0);
	CHECK(mq_topic_clean(mq, "t", 0, &cleaned, &err) == 0);
	CHECK(cleaned.log_start == 2);
	CHECK_TEXT(from(2), "3:a2 4:c1 ");
	CHECK(sound());
	end();
	CHECK(start("140", "cleanup.policy", "delete") == 0);
	CHECK(each("a1 b1 a2") == 0 && clean() == 0 && done.bytes == 0);
	end();
	return 0;
}

/* The log's start may lie in a gap, and moves while it is compacted. */
static int
trimmed(void)
{
	int64_t log_start;

	CHECK(start("140", "delete.retention.ms", "0") == 0);
	CHECK(each("a1 b1 c1 a2 b2 d1 e1") == 0 && clean() == 0);
	CHECK(mq_topic_trim(mq, "t", 0, 1, &log_start, &err) == 0);
	CHECK_TEXT(from(1), "2:c1 3:a2 4:b2 5:d1 6:e1 ");
	CHECK(each("c2 f1") == 0 && clean() == 0);
	CHECK(mq_topic_trim(mq, "t", 0, 4, &log_start, &err) == 0);
	CHECK(log_start == 4);
	mq_partition_close(&p);
	(void)unlinkat(AT_FDCWD, dir, 0); /* not empty: it stays */
	CHECK(mq_client_partition(mq, "t", 0, &p, &err) == 0);
	CHECK_TEXT(from(4), "4:b2 5:d1 6:e1 7:c2 8:f1 ");
	CHECK(clean() == 0 && sound());
	end();
	return 0;
}

/* The offsets that a reader gives out, each for itself: the next, or -1. */
static int64_t
next(struct mq_reader *r)
{
	struct mq_batch b;

	return mq_reader_next(r, &b, &err) == 1 ? b.base_offset : -1;
}

/*
 * Readers that stand at every offset when the log is compacted, twice, go on
 * with what is there behind it, and never back.
 */
static int
readers_go_on(void)
{
	static const int64_t left[] = { 4, 6, 8, 9, 10, 11 };
	struct mq_reader at[12], *r;
	int64_t got, last;
	int i, n;

	CHECK(start("140", "delete.retention.ms", "0") == 0);
	CHECK(each("a1 b1 c1 a2 b2 a3 c2 d1 d2 a4 x1 y1") == 0);
	for (i = 0; i < 12; i++) {
		mq_reader_init(&at[i], &p, 0);
		for (n = 0; n < i; n++)
			CHECK(next(&at[i]) == n);
	}
	for (n = 0; n < 3; n++)
		CHECK(clean() == 0);
	CHECK_TEXT(segments(), "0 8 10 ");
	CHECK_TEXT(from(0), "4:b2 6:c2 8:d2 9:a4 10:x1 11:y1 ");
	for (i = 0; i < 12; i++) {
		r = &at[i];
		last = i - 1;
		for (n = 0; left[n] < i;)
			n++;
		while ((got = next(r)) != -1) {
			CHECK(got > last && got <= left[n]);
			n += got == left[n];
			last = got;
		}
		CHECK(last == 11 && r->next == 12);
	}
	CHECK(append("z1") == 0);
	for (i = 0; i < 12; i++) {
		CHECK(next(&at[i]) == 12);
		mq_reader_free(&at[i]);
	}
	end();
	return 0;
}

/* All that is left before the end is a gap: a reader comes to the end. */
static int
gap_at_end(void)
{
	struct mq_reader r;

	CHECK(start("140", "delete.retention.ms", "0") == 0);
	CHECK(each("a1 a") == 0 && roll() == 0 && clean() == 0);
	CHECK(clean() == 0);
	CHECK_TEXT(from(0), "");
	mq_reader_init(&r, &p, 0);
	CHECK(next(&r) == -1 && r.next == 2);
	CHECK(append("b1") == 0 && next(&r) == 2);
	mq_reader_free(&r);
	/* After another boot, too. */
	mq_partition_close(&p);
	CHECK(scene_write(dir, MQ_LAYOUT_STATE, "", 0) == 0);
	CHECK(mq_client_partition(mq, "t", 0, &p, &err) == 0);
	CHECK_TEXT(from(0), "2:b1 ");
	CHECK(sound());
	end();
	return 0;
}

/* Sets the base offset of the batch at a byte of a segment's file. */
static int
move(int64_t segment, int64_t at, int64_t offset)
{
	char path[SCENE_PATH * 2];
	uint8_t bytes[8];
	int fd, rc;

	mq_put64(bytes, (uint64_t)offset);
	(void)snprintf(path, sizeof(path), "%s/" MQ_LAYOUT_LOG, dir, segment);
	if ((fd = open(path, O_RDWR | O_CLOEXEC)) == -1)
		return -1;
	rc = pwrite(fd, bytes, sizeof(bytes), at) == sizeof(bytes) ? 0 : -1;
	(void)close(fd);
	return rc;
}

static void
count(const struct mq_finding *f, void *arg)
{
	(void)f;
	++*(int *)arg;
}

/* Rot of a base offset, which lies outside of the checksum. */
static int
rot(void)
{
	int faults = 0;

	CHECK(start("210", "delete.retention.ms", "0") == 0);
	CHECK(each("a1 b1 a2 c1 d1 c2 e1 f1 g1 h1") == 0);
	/* Of what was never compacted: forward and back. */
	CHECK(move(3, 70, 5) == 0);
	CHECK(strstr(from(0), "offset 5 where 4 is due") != NULL);
	CHECK(clean() == -1 && strstr(err.text, "offset 5") != NULL);
	CHECK(mq_verify(mq, "t", count, &faults, &err) > 0);
	CHECK(move(3, 70, 4) == 0 && clean() == 0 && sound());
	CHECK_TEXT(from(0), "1:b1 2:a2 4:d1 5:c2 6:e1 7:f1 8:g1 9:h1 ");
	CHECK(move(6, 70, 8) == 0 && move(6, 140, 9) == 0);
	/* Forward, below the second number: where it meets another. */
	CHECK(mq_verify(mq, "t", count, &faults, &err) > 0);
	CHECK(move(6, 70, 7) == 0 && move(6, 140, 8) == 0 && sound());
	/* Of what was: back. */
	CHECK(move(3, 70, 4) == 0);
	CHECK(strstr(from(0), "offset 4 where 5 is due") != NULL);
	CHECK(mq_verify(mq, "t", count, &faults, &err) > 0);
	CHECK(move(3, 70, 5) == 0 && sound());
	end();
	return 0;
}

/* Segments that a trim or a deletion took away are not put back. */
static int
abandoned(void)
{
	struct mq_partition_tail t;
	static const int64_t base[] = { 0, 2 };
	struct mq_swap s = { base, 2, 4, 4 };
	struct mq_segment out = MQ_SEGMENT_NONE;

	CHECK(start("140", "delete.retention.ms", "0") == 0);
	CHECK(each("a1 b1 a2 b2 a3 b3") == 0);
	CHECK(mq_segment_delete(p.dir, 2, &err) == 0);
	CHECK(
	    mq_segment_create_as(&out, p.dir, 0, MQ_LAYOUT_CLEANED, &err) == 0);
	mq_segment_close(&out);
	CHECK(mq_partition_lock(&p, &t, &err) == 0);
	CHECK(mq_swap(&p, &t, &s, &err) == 0 && t.sparse == 0);
	mq_partition_unlock(&p);
	CHECK_TEXT(segments(), "0 4 ");
	end();
	return 0;
}

/* What a dead cleaner left goes when the partition is recovered. */
static int
left_over(void)
{
	struct mq_segment out = MQ_SEGMENT_NONE;
	struct scene_image image;

	CHECK(start("140", "delete.retention.ms", "0") == 0);
	CHECK(each("a1 b1 a2 b2 a3 b3") == 0);
	CHECK(
	    mq_segment_create_as(&out, p.dir, 0, MQ_LAYOUT_CLEANED, &err) == 0);
	mq_segment_close(&out);
	CHECK(
	    mq_segment_create_as(&out, p.dir, 2, MQ_LAYOUT_SWAPPED, &err) == 0);
	mq_segment_close(&out);
	CHECK(sound());
	mq_partition_close(&p);
	CHECK(scene_write(dir, MQ_LAYOUT_STATE, "", 0) == 0);
	CHECK(mq_client_partition(mq, "t", 0, &p, &err) == 0);
	CHECK(scene_load(dir, &image) == 0);
	CHECK(scene_find(&image, "00000000000000000000.log.cleaned") == NULL);
	CHECK(scene_find(&image, "00000000000000000002.log.swap") == NULL);
	scene_free(&image);
	CHECK_TEXT(from(0), "0:a1 1:b1 2:a2 3:b2 4:a3 5:b3 ");
	CHECK(clean() == 0 && sound());
	end();
	return 0;
}

/* Two cleaners exclude each other; one that is not forced goes away. */
static int
two_cleaners(void)
{
	struct mq_partition other;

	CHECK(start("140", "min.cleanable.dirty.ratio", "0") == 0);
	CHECK(mq_client_partition(mq, "t", 0, &other, &err) == 0);
	CHECK(mq_io_lock(other.lock, MQ_LAYOUT_CLEAN, MQ_IO_EXCLUSIVE) == 0);
	CHECK(each("a1 b1 a2 b2 a3 b3") == 0);
	options.force = 0;
	CHECK(clean() == 0);
	CHECK_TEXT(from(0), "0:a1 1:b1 2:a2 3:b2 4:a3 5:b3 ");
	CHECK(mq_io_unlock(other.lock, MQ_LAYOUT_CLEAN) == 0);
	CHECK(clean() == 0);
	CHECK_TEXT(from(0), "2:a2 3:b2 4:a3 5:b3 ");
	mq_partition_close(&other);
	end();
	return 0;
}

/* A batch from a compacted topic is taken as records, or not at all. */
static int
produced(void)
{
	struct mq_producer *to;
	struct mq_record r;
	struct mq_delivery d;

	CHECK(start("10000", "delete.retention.ms", "0") == 0);
	CHECK((to = mq_producer_new(mq, "t", NULL, &err)) != NULL);
	(void)memset(&r, 0, sizeof(r));
	r.key.data = "k";
	r.key.len = 1;
	CHECK(mq_produce(to, &r, 0, &err) == 0);
	r.key.data = NULL;
	CHECK(mq_produce(to, &r, 0, &err) == -1);
	CHECK(err.code == MQ_INVALID_RECORD);
	CHECK(strstr(err.text, "cleanup.policy") != NULL);
	/* It hurts no other. */
	r.key.data = "l";
	CHECK(mq_produce(to, &r, 0, &err) == 0);
	CHECK(mq_producer_flush(to, &err) == 0);
	mq_producer_delivery(to, &d);
	CHECK(d.handed == 2 && d.confirmed == 2);
	mq_producer_free(to);
	CHECK_TEXT(from(0), "0:k 1:l ");
	end();
	return 0;
}

int
main(void)
{
	RUN(last_values, "the last record of each key stays, in its place");
	RUN(batches_stay,
	    "a batch keeps its offsets, its fields and its codec");
	RUN(tombstones, "a tombstone stays for its time");
	RUN(timestamps, "timestamps stay, and are found");
	RUN(batch_limit, "no batch grows over max.message.bytes");
	RUN(left_alone, "what is young, or is written to, is left alone");
	RUN(special_batches, "control batches and transactions are left alone");
	RUN(without_keys, "records without a key go");
	RUN(merges, "small neighbours become one");
	RUN(far_apart, "offsets that no index holds stay apart");
	RUN(small_map, "a map that is full goes as far as it got, and on");
	RUN(map, "the map of keys");
	RUN(by_ratio,
	    "min.cleanable.dirty.ratio decides whether it is worth it");
	RUN(overdue, "max.compaction.lag.ms makes it due whatever that says");
	RUN(closed_in_time, "and closes a segment in time");
	RUN(on_roll, "a new segment compacts what is due");
	RUN(policies, "delete, compact, and both");
	RUN(trimmed, "a log whose start moves");
	RUN(readers_go_on, "readers go on from where they are");
	RUN(gap_at_end, "a gap up to the end is the end");
	RUN(rot, "rot of an offset is found");
	RUN(abandoned, "segments that went meanwhile stay away");
	RUN(left_over, "what a dead cleaner left is removed");
	RUN(two_cleaners, "one cleaner at a time");
	RUN(produced, "a record without a key is refused");
	return test_done();
}
