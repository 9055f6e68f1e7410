/* SPDX-License-Identifier: ISC */
#include "log/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/io.h"
#include "log/layout.h"
#include "log/offset_index.h"
#include "log/time_index.h"

enum {
	LOG,
	INDEX,
	TIME_INDEX,
	FILES
};

static void
name_files(int64_t base, const char *suffix, char name[FILES][MQ_LAYOUT_NAME])
{
	suffix = suffix != NULL ? suffix : "";
	(void)snprintf(name[LOG], MQ_LAYOUT_NAME, MQ_LAYOUT_LOG "%s", base,
	    suffix);
	(void)snprintf(name[INDEX], MQ_LAYOUT_NAME, MQ_LAYOUT_INDEX "%s", base,
	    suffix);
	(void)snprintf(name[TIME_INDEX], MQ_LAYOUT_NAME,
	    MQ_LAYOUT_TIME_INDEX "%s", base, suffix);
}

static int
open_as(struct mq_segment *s, int dir, int64_t base, const char *suffix,
    enum mq_segment_mode mode, struct mq_err *err)
{
	char name[FILES][MQ_LAYOUT_NAME];
	int flags = mode == MQ_SEGMENT_READ ? O_RDONLY : O_RDWR;
	int fresh = mode == MQ_SEGMENT_CREATE ? O_CREAT | O_TRUNC : 0;

	s->base = base;
	s->index = s->time_index = -1;
	name_files(base, suffix, name);
	s->log = mq_io_open(dir, name[LOG], flags | fresh, 0666);
	if (s->log == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "%s",
		    name[LOG]);
	if (mode == MQ_SEGMENT_WRITE)
		fresh = O_CREAT;
	/* Readers do without an index; writers need to keep it. */
	s->index = mq_io_open(dir, name[INDEX], flags | fresh, 0666);
	s->time_index = mq_io_open(dir, name[TIME_INDEX], flags | fresh, 0666);
	if (mode != MQ_SEGMENT_READ &&
	    (s->index == -1 || s->time_index == -1)) {
		(void)mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
		    "%s: its indexes", name[LOG]);
		mq_segment_close(s);
		return -1;
	}
	return 0;
}

int
mq_segment_open(struct mq_segment *s, int dir, int64_t base,
    enum mq_segment_mode mode, struct mq_err *err)
{
	return open_as(s, dir, base, NULL, mode, err);
}

int
mq_segment_create_as(struct mq_segment *s, int dir, int64_t base,
    const char *suffix, struct mq_err *err)
{
	return open_as(s, dir, base, suffix, MQ_SEGMENT_CREATE, err);
}

int
mq_segment_rename(int dir, int64_t base, const char *from, const char *to,
    struct mq_err *err)
{
	char old[FILES][MQ_LAYOUT_NAME], new[FILES][MQ_LAYOUT_NAME];
	int i;

	name_files(base, from, old);
	name_files(base, to, new);
	for (i = FILES - 1; i >= LOG; i--)
		if (mq_io_rename(dir, old[i], new[i]) == -1 &&
		    (i == LOG || errno != ENOENT))
			return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
			    "%s: renaming it", old[i]);
	return 0;
}

int
mq_segment_remove_as(int dir, const char *suffix, struct mq_err *err)
{
	struct mq_io_names names;
	size_t i, len, end = strlen(suffix);
	int rc = 0;

	if (mq_io_list(dir, &names) == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "listing");
	for (i = 0; i < names.count && rc == 0; i++) {
		len = strlen(names.name[i]);
		if (strspn(names.name[i], "0123456789") == 20 && len > end &&
		    strcmp(names.name[i] + len - end, suffix) == 0 &&
		    mq_io_unlink(dir, names.name[i]) == -1)
			rc = mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "%s",
			    names.name[i]);
	}
	mq_io_names_free(&names);
	return rc;
}

void
mq_segment_close_indexes(struct mq_segment *s)
{
	if (s->index != -1)
		(void)mq_io_close(s->index);
	if (s->time_index != -1)
		(void)mq_io_close(s->time_index);
	s->index = s->time_index = -1;
}

void
mq_segment_close(struct mq_segment *s)
{
	mq_segment_close_indexes(s);
	if (s->log != -1)
		(void)mq_io_close(s->log);
	s->log = -1;
	s->base = -1;
}

static int
compare(const void *a, const void *b)
{
	int64_t x, y;

	(void)memcpy(&x, a, sizeof(x));
	(void)memcpy(&y, b, sizeof(y));
	return x < y ? -1 : x > y;
}

/* The base that a name tells, or -1: it is no segment. */
static int64_t
base_of(const char *name)
{
	int64_t base = 0;
	int i;

	for (i = 0; i < 20; i++) {
		if (name[i] < '0' || name[i] > '9' ||
		    base > (INT64_MAX - 9) / 10)
			return -1;
		base = base * 10 + (name[i] - '0');
	}
	return strcmp(name + 20, ".log") == 0 ? base : -1;
}

int
mq_segment_list(int dir, struct mq_segment_list *list, struct mq_err *err)
{
	struct mq_io_names names;
	int64_t base;
	size_t i;

	list->count = 0;
	list->base = NULL;
	if (mq_io_list(dir, &names) == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "listing");
	list->base = reallocarray(NULL, names.count + 1, sizeof(base));
	if (list->base == NULL) {
		mq_io_names_free(&names);
		return mq_fail_memory(err);
	}
	for (i = 0; i < names.count; i++)
		if ((base = base_of(names.name[i])) != -1)
			list->base[list->count++] = base;
	mq_io_names_free(&names);
	qsort(list->base, list->count, sizeof(base), compare);
	return 0;
}

void
mq_segment_list_free(struct mq_segment_list *list)
{
	free(list->base);
	list->base = NULL;
	list->count = 0;
}

size_t
mq_segment_list_find(const struct mq_segment_list *list, int64_t offset)
{
	size_t lo = 0, hi = list->count, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (list->base[mid] <= offset)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo == 0 ? 0 : lo - 1;
}

int
mq_segment_delete(int dir, int64_t base, struct mq_err *err)
{
	char name[FILES][MQ_LAYOUT_NAME];
	int i;

	name_files(base, NULL, name);
	/* The log last: while it is there, a segment is, to be deleted again. */
	for (i = FILES - 1; i >= LOG; i--)
		if (mq_io_unlink(dir, name[i]) == -1 && errno != ENOENT)
			return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "%s",
			    name[i]);
	return 0;
}

/* The index is a hint: taken only where the batch ends at the entry's offset. */
int64_t
mq_segment_near(const struct mq_segment *s, int64_t target)
{
	uint8_t header[MQ_BATCH_HEADER];
	struct mq_err ignored;
	struct mq_batch b;
	int64_t offset, at;

	if (s->index == -1 ||
	    mq_offset_index_find(s->index, s->base, target, &offset, &at,
		&ignored) != 1)
		return 0;
	if (mq_io_pread(s->log, header, sizeof(header), at) !=
		(ssize_t)sizeof(header) ||
	    mq_batch_peek(header, sizeof(header), &b, &ignored) != 1 ||
	    b.base_offset < s->base || mq_batch_last_offset(&b) != offset)
		return 0;
	return at;
}

/* Walks headers to the first batch that wants() and stays on it. */
static int
walk(const struct mq_segment *s, int64_t at, struct mq_scan *scan,
    int (*wants)(const struct mq_batch *, int64_t), int64_t target,
    struct mq_err *err)
{
	int was = scan->unchecked, rc;
	struct mq_batch b;

	mq_scan_start(scan, s->log, at, at == 0 ? s->base : -1);
	scan->unchecked = 1;
	while ((rc = mq_scan_next(scan, &b, err)) == 1)
		if (wants(&b, target))
			break;
	scan->unchecked = was;
	if (rc == 1) {
		scan->at = scan->batch_at;
		scan->expect = b.base_offset;
	}
	return rc;
}

static int
reaches_offset(const struct mq_batch *b, int64_t target)
{
	return mq_batch_last_offset(b) >= target;
}

static int
reaches_time(const struct mq_batch *b, int64_t target)
{
	return b->max_timestamp >= target;
}

int
mq_segment_seek(const struct mq_segment *s, int64_t target,
    struct mq_scan *scan, struct mq_err *err)
{
	return walk(s, mq_segment_near(s, target), scan, reaches_offset, target,
	    err);
}

int
mq_segment_seek_time(const struct mq_segment *s, int64_t timestamp,
    struct mq_scan *scan, struct mq_err *err)
{
	int64_t found, offset, at = 0;
	struct mq_err ignored;

	/*
	 * Up to the entry's offset nothing is as late as the target; a wrong
	 * entry would skip records, so its batch must bear its timestamp.
	 */
	if (s->time_index != -1 &&
	    mq_time_index_find(s->time_index, s->base, timestamp, &found,
		&offset, &ignored) == 1) {
		struct mq_batch b;

		if (mq_segment_seek(s, offset, scan, &ignored) == 1 &&
		    mq_scan_next(scan, &b, &ignored) == 1 &&
		    b.max_timestamp == found &&
		    mq_batch_last_offset(&b) == offset)
			at = scan->batch_at;
	}
	return walk(s, at, scan, reaches_time, timestamp, err);
}

int
mq_segment_max_timestamp(const struct mq_segment *s, int64_t sparse,
    int64_t *timestamp, int64_t *offset, struct mq_err *err)
{
	struct mq_scan scan;
	struct mq_batch b;
	int rc;

	*timestamp = *offset = -1;
	(void)memset(&scan, 0, sizeof(scan));
	scan.unchecked = 1;
	scan.sparse = sparse;
	mq_scan_start(&scan, s->log, 0, s->base);
	while ((rc = mq_scan_next(&scan, &b, err)) == 1) {
		if (*offset == -1 || b.max_timestamp > *timestamp) {
			*timestamp = b.max_timestamp;
			*offset = mq_batch_last_offset(&b);
		}
	}
	mq_scan_free(&scan);
	return rc;
}
