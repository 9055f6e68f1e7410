/* SPDX-License-Identifier: ISC */
/* What verify finds in the indexes. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/fail.h"
#include "base/io.h"
#include "log/layout.h"
#include "log/offset_index.h"
#include "log/time_index.h"
#include "log/verify_internal.h"

static void
check_tail_bytes(struct mq_verify *v, int fd, int entry, const char *file)
{
	int64_t size;

	if (mq_io_size(fd, &size) == 0 && size % entry != 0)
		mq_verify_tell(v, file, size - size % entry,
		    "it ends in the middle of an entry");
}

static void
check_index(struct mq_verify *v, const struct mq_segment *s, const char *file)
{
	int64_t n, offset, position, last = -1, last_position = -1, times;
	struct mq_err ignored;
	struct mq_batch b;

	for (n = 0; mq_offset_index_get(s->index, s->base, n, &offset,
			&position, &ignored) == 1;
	     n++) {
		if (offset <= last || position <= last_position)
			mq_verify_tell(v, file, n * MQ_OFFSET_INDEX_ENTRY,
			    "entry %lld does not grow", (long long)n);
		else if (!mq_verify_batch_at(s, position, &b) ||
		    mq_batch_last_offset(&b) != offset)
			mq_verify_tell(v, file, n * MQ_OFFSET_INDEX_ENTRY,
			    "entry %lld: no batch at byte %lld ends with "
			    "offset %lld",
			    (long long)n, (long long)position,
			    (long long)offset);
		last = offset;
		last_position = position;
	}
	check_tail_bytes(v, s->index, MQ_OFFSET_INDEX_ENTRY, file);
	/* One of each is written at a time, and a last one when it is closed. */
	if (s->time_index != -1 && mq_io_size(s->time_index, &times) == 0 &&
	    (times /= MQ_TIME_INDEX_ENTRY) > n + !v->last)
		mq_verify_tell(v, file, -1,
		    "it has %lld entries, and the .timeindex has %lld",
		    (long long)n, (long long)times);
}

/* The time index of a closed segment ends with its largest timestamp. */
static void
check_time_end(struct mq_verify *v, const struct mq_segment *s,
    const char *file, int64_t n, int64_t last)
{
	struct mq_err ignored;
	int64_t timestamp, offset;

	if (mq_segment_max_timestamp(s, v->scan.sparse, &timestamp, &offset,
		&ignored) == -1 ||
	    offset == -1 || timestamp == -1 || (n != 0 && last >= timestamp))
		return;
	if (n == 0)
		mq_verify_tell(v, file, -1,
		    "it has no entry, and the segment goes up to timestamp "
		    "%lld",
		    (long long)timestamp);
	else
		mq_verify_tell(v, file, (n - 1) * MQ_TIME_INDEX_ENTRY,
		    "it ends with timestamp %lld, and the segment goes up to "
		    "%lld",
		    (long long)last, (long long)timestamp);
}

static void
check_time_index(struct mq_verify *v, const struct mq_segment *s,
    const char *file)
{
	int64_t n, timestamp, offset, last = INT64_MIN, last_offset = -1;
	struct mq_err ignored;
	struct mq_batch b;

	for (n = 0; mq_time_index_get(s->time_index, s->base, n, &timestamp,
			&offset, &ignored) == 1;
	     n++) {
		if (timestamp <= last || offset <= last_offset)
			mq_verify_tell(v, file, n * MQ_TIME_INDEX_ENTRY,
			    "entry %lld does not grow", (long long)n);
		else if (mq_segment_seek(s, offset, &v->scan, &ignored) != 1 ||
		    !mq_verify_batch_at(s, v->scan.at, &b) ||
		    mq_batch_last_offset(&b) != offset ||
		    b.max_timestamp != timestamp)
			mq_verify_tell(v, file, n * MQ_TIME_INDEX_ENTRY,
			    "entry %lld: no batch that ends with offset %lld "
			    "has timestamp %lld",
			    (long long)n, (long long)offset,
			    (long long)timestamp);
		last = timestamp;
		last_offset = offset;
	}
	if (!v->last)
		check_time_end(v, s, file, n, last);
	check_tail_bytes(v, s->time_index, MQ_TIME_INDEX_ENTRY, file);
}

void
mq_verify_indexes(struct mq_verify *v, const struct mq_segment *s, int sound)
{
	char name[MQ_LAYOUT_NAME];

	(void)snprintf(name, sizeof(name), MQ_LAYOUT_INDEX, s->base);
	if (s->index == -1)
		mq_verify_tell(v, name, -1, "it is missing");
	else if (sound)
		check_index(v, s, name);
	(void)snprintf(name, sizeof(name), MQ_LAYOUT_TIME_INDEX, s->base);
	if (s->time_index == -1)
		mq_verify_tell(v, name, -1, "it is missing");
	else if (sound)
		check_time_index(v, s, name);
}

/* Whether a name is that of an index whose segment is not on the list. */
static int
stray(const char *name, const struct mq_segment_list *list)
{
	static const char digits[] = "0123456789";
	char log[MQ_LAYOUT_NAME];
	size_t i;

	if (strspn(name, digits) != 20 ||
	    (strcmp(name + 20, ".index") != 0 &&
		strcmp(name + 20, ".timeindex") != 0))
		return 0;
	for (i = 0; i < list->count; i++) {
		(void)snprintf(log, sizeof(log), MQ_LAYOUT_LOG, list->base[i]);
		if (strncmp(name, log, 20) == 0)
			return 0;
	}
	return 1;
}

int
mq_verify_stray_indexes(struct mq_verify *v, struct mq_err *err)
{
	struct mq_segment_list list;
	struct mq_io_names names;
	size_t i;

	if (mq_segment_list(v->dir, &list, err) == -1)
		return -1;
	if (mq_io_list(v->dir, &names) == -1) {
		mq_segment_list_free(&list);
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "listing");
	}
	for (i = 0; i < names.count; i++)
		if (stray(names.name[i], &list))
			mq_verify_tell(v, names.name[i], -1,
			    "the segment that it is of is missing");
	mq_io_names_free(&names);
	mq_segment_list_free(&list);
	return 0;
}
