/* SPDX-License-Identifier: ISC */
#include "log/verify.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/fail.h"
#include "base/io.h"
#include "log/checkpoint.h"
#include "log/layout.h"
#include "log/offset_index.h"
#include "log/partition_state.h"
#include "log/segment.h"
#include "log/swap.h"
#include "log/time_index.h"

struct verify {
	int dir;
	const uint8_t *token; /* of the session */
	mq_verify_found *found;
	void *arg;
	int faults;
	int64_t flushed; /* records below were promised, -1 not known */
	int last;	 /* boolean: the last segment is at hand */
	int64_t next;	 /* offset that the log goes on with, -1 at its start */
	struct mq_scan scan;
	struct mq_batch_iter iter;
};

static void tell(struct verify *, const char *file, int64_t position,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

static void
tell(struct verify *v, const char *file, int64_t position, const char *fmt, ...)
{
	char text[MQ_ERR_TEXT];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	v->faults++;
	v->found(file, position, text, v->arg);
}

/* Each record of a batch can be read, and they count up. */
static int
check_records(struct verify *v, const char *file, const struct mq_batch *b,
    struct mq_err *err)
{
	int64_t last = b->base_offset - 1;
	struct mq_record r;
	int rc;

	rc = mq_batch_iter_init(&v->iter, b, err) == -1 ? -1 : 1;
	while (rc == 1 && (rc = mq_batch_iter_next(&v->iter, &r, err)) == 1) {
		if (r.offset <= last)
			tell(v, file, v->scan.batch_at,
			    "offset %lld behind offset %lld",
			    (long long)r.offset, (long long)last);
		last = r.offset;
	}
	if (rc == -1 && err->code != MQ_CORRUPT_MESSAGE)
		return -1;
	if (rc == -1)
		tell(v, file, v->scan.batch_at, "%s", err->text);
	return 0;
}

/* A gap or a step back between what was read and the batch at hand. */
static void
check_order(struct verify *v, const char *file, const struct mq_batch *b)
{
	if (v->next != -1 && b->base_offset < v->next)
		tell(v, file, v->scan.batch_at,
		    "offset %lld again, after offset %lld",
		    (long long)b->base_offset, (long long)v->next - 1);
	else if (v->next != -1 && b->base_offset > v->next &&
	    b->base_offset > v->scan.sparse)
		tell(v, file, v->scan.batch_at,
		    "offsets %lld to %lld are missing", (long long)v->next,
		    (long long)b->base_offset - 1);
	v->next = mq_batch_last_offset(b) + 1;
}

/* The header of the batch that starts at a position, if one does. */
static int
batch_at(const struct mq_segment *s, int64_t position, struct mq_batch *b)
{
	uint8_t header[MQ_BATCH_HEADER];
	struct mq_err ignored;

	return mq_io_pread(s->log, header, sizeof(header), position) ==
	    (ssize_t)sizeof(header) &&
	    mq_batch_peek(header, sizeof(header), b, &ignored) == 1;
}

/*
 * Past a bad batch: where its length leads to another one or to the file's end,
 * or else to the next whole one.  1, and the log goes on there; 0 there is
 * none; -1.
 */
static int
skip_batch(struct verify *v, const struct mq_segment *s, struct mq_err *err)
{
	struct mq_batch bad, next;
	int64_t size, behind;
	int rc;

	if (mq_io_size(s->log, &size) == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "size");
	if (batch_at(s, v->scan.at, &bad)) {
		behind = v->scan.at + (int64_t)bad.size;
		if (behind == size || batch_at(s, behind, &next)) {
			mq_scan_start(&v->scan, s->log, behind, -1);
			v->next = behind == size ?
			    mq_batch_last_offset(&bad) + 1 :
			    next.base_offset;
			return 1;
		}
	}
	if ((rc = mq_scan_resync(&v->scan, v->next, err)) == 1)
		v->next = -1;
	return rc;
}

/*
 * What a killed writer, or a power cut, left behind what was promised: the next
 * writer cuts it, and there is nothing wrong with that.
 */
static int
left_over(const struct verify *v)
{
	return v->last && v->flushed != -1 && v->next >= v->flushed;
}

static int
check_log(struct verify *v, const struct mq_segment *s, const char *file,
    struct mq_err *err)
{
	struct mq_batch b;
	const char *why;
	int rc, more = 0;

	mq_scan_start(&v->scan, s->log, 0, -1);
	do {
		while ((rc = mq_scan_next(&v->scan, &b, err)) == 1) {
			check_order(v, file, &b);
			if (check_records(v, file, &b, err) == -1)
				return -1;
			v->scan.expect = -1; /* the order was checked */
		}
		if (rc == 0 || left_over(v))
			break;
		if (err->code != MQ_CORRUPT_MESSAGE)
			return -1;
		/* The scan's sentence begins with the byte; tell gives it. */
		why = strstr(err->text, ": ");
		tell(v, file, v->scan.at, "%s",
		    why != NULL ? why + 2 : err->text);
	} while ((more = skip_batch(v, s, err)) == 1);
	if (more == -1)
		return -1;
	if (rc == 0 && v->scan.torn != 0 && !left_over(v))
		tell(v, file, v->scan.at,
		    "the file ends in the middle of a batch");
	return 0;
}

static void
check_tail_bytes(struct verify *v, int fd, int entry, const char *file)
{
	int64_t size;

	if (mq_io_size(fd, &size) == 0 && size % entry != 0)
		tell(v, file, size - size % entry,
		    "it ends in the middle of an entry");
}

static void
check_index(struct verify *v, const struct mq_segment *s, const char *file)
{
	int64_t n, offset, position, last = -1, last_position = -1;
	struct mq_err ignored;
	struct mq_batch b;

	for (n = 0; mq_offset_index_get(s->index, s->base, n, &offset,
			&position, &ignored) == 1;
	     n++) {
		if (offset <= last || position <= last_position)
			tell(v, file, n * MQ_OFFSET_INDEX_ENTRY,
			    "entry %lld does not grow", (long long)n);
		else if (!batch_at(s, position, &b) ||
		    mq_batch_last_offset(&b) != offset)
			tell(v, file, n * MQ_OFFSET_INDEX_ENTRY,
			    "entry %lld: no batch at byte %lld ends with "
			    "offset %lld",
			    (long long)n, (long long)position,
			    (long long)offset);
		last = offset;
		last_position = position;
	}
	check_tail_bytes(v, s->index, MQ_OFFSET_INDEX_ENTRY, file);
}

static void
check_time_index(struct verify *v, const struct mq_segment *s, const char *file)
{
	int64_t n, timestamp, offset, last = INT64_MIN, last_offset = -1;
	struct mq_err ignored;
	struct mq_batch b;

	for (n = 0; mq_time_index_get(s->time_index, s->base, n, &timestamp,
			&offset, &ignored) == 1;
	     n++) {
		if (timestamp <= last || offset <= last_offset)
			tell(v, file, n * MQ_TIME_INDEX_ENTRY,
			    "entry %lld does not grow", (long long)n);
		else if (mq_segment_seek(s, offset, &v->scan, &ignored) != 1 ||
		    !batch_at(s, v->scan.at, &b) ||
		    mq_batch_last_offset(&b) != offset ||
		    b.max_timestamp != timestamp)
			tell(v, file, n * MQ_TIME_INDEX_ENTRY,
			    "entry %lld: no batch that ends with offset %lld "
			    "has timestamp %lld",
			    (long long)n, (long long)offset,
			    (long long)timestamp);
		last = timestamp;
		last_offset = offset;
	}
	if (!v->last &&
	    mq_segment_max_timestamp(s, v->scan.sparse, &timestamp, &offset,
		&ignored) == 0 &&
	    offset != -1 && timestamp != -1 && last < timestamp)
		tell(v, file, (n - 1) * MQ_TIME_INDEX_ENTRY,
		    "it ends with timestamp %lld, and the segment goes up to "
		    "%lld",
		    n != 0 ? (long long)last : -1, (long long)timestamp);
	check_tail_bytes(v, s->time_index, MQ_TIME_INDEX_ENTRY, file);
}

static int
check_segment(struct verify *v, int64_t base, struct mq_err *err)
{
	struct mq_segment s = MQ_SEGMENT_NONE;
	char name[MQ_LAYOUT_NAME];
	int rc, sound, before;

	if (mq_segment_open(&s, v->dir, base, MQ_SEGMENT_READ, err) == -1)
		return -1;
	(void)snprintf(name, sizeof(name), MQ_LAYOUT_LOG, base);
	/* Compaction takes the last batches of a segment, too. */
	if (v->next != -1 && v->next != base &&
	    (v->next > base || base > v->scan.sparse))
		tell(v, name, -1, "the segment before it ends at offset %lld",
		    (long long)v->next - 1);
	v->next = base;
	before = v->faults;
	if ((rc = check_log(v, &s, name, err)) == -1)
		(void)mq_fail_context(err, "%s", name);
	/* Entries that lead to what is damaged are no faults of their own. */
	sound = rc == 0 && v->faults == before;
	(void)snprintf(name, sizeof(name), MQ_LAYOUT_INDEX, base);
	if (s.index == -1)
		tell(v, name, -1, "it is missing");
	else if (sound)
		check_index(v, &s, name);
	(void)snprintf(name, sizeof(name), MQ_LAYOUT_TIME_INDEX, base);
	if (s.time_index == -1)
		tell(v, name, -1, "it is missing");
	else if (sound)
		check_time_index(v, &s, name);
	mq_segment_close(&s);
	return rc;
}

/* How far records were promised, and what a killed roll may have left. */
static void
read_state(struct verify *v, int64_t *begun)
{
	struct mq_partition_flushed f;
	struct mq_partition_tail t;
	struct mq_err ignored;
	int fd = mq_io_open(v->dir, MQ_LAYOUT_STATE, O_RDONLY, 0);

	v->flushed = *begun = -1;
	if (fd == -1)
		return;
	if (mq_partition_state_flushed(fd, &f, &ignored) == 1)
		v->flushed = f.offset;
	if (mq_partition_state_tail(fd, &t, &ignored) == 1 && t.rolling &&
	    memcmp(v->token, t.token, sizeof(t.token)) == 0)
		*begun = t.log_end;
	(void)mq_io_close(fd);
}

/* Whether nothing was written to a slot of the state page. */
static int
blank(int fd, int64_t at)
{
	static const uint8_t none[8];
	uint8_t first[8];

	return mq_io_pread(fd, first, sizeof(first), at) != sizeof(first) ||
	    memcmp(first, none, sizeof(first)) == 0;
}

/* What the state page says of the log's end, against the log. */
static void
check_tail(struct verify *v, int fd)
{
	struct mq_partition_tail t;
	struct mq_err ignored;

	if (mq_partition_state_tail(fd, &t, &ignored) != 1) {
		/* None is there before the first opening. */
		if (!blank(fd, MQ_PARTITION_STATE_TAIL))
			tell(v, MQ_LAYOUT_STATE, MQ_PARTITION_STATE_TAIL,
			    "its tail does not match its checksum");
	} else if (memcmp(v->token, t.token, sizeof(t.token)) == 0 &&
	    v->next != -1 && t.log_end > v->next)
		/* One from another boot says nothing of now. */
		tell(v, MQ_LAYOUT_STATE, -1,
		    "it says that the log ends at %lld; it ends at %lld",
		    (long long)t.log_end, (long long)v->next);
}

static void
check_state(struct verify *v)
{
	struct mq_partition_flushed f;
	struct mq_err ignored;
	int fd = mq_io_open(v->dir, MQ_LAYOUT_STATE, O_RDONLY, 0);

	if (fd == -1) {
		/* It is made when the partition is opened first. */
		if (errno != ENOENT)
			tell(v, MQ_LAYOUT_STATE, -1, "it cannot be read");
		return;
	}
	check_tail(v, fd);
	if (mq_partition_state_flushed(fd, &f, &ignored) == 1) {
		if (v->next != -1 && f.offset > v->next)
			tell(v, MQ_LAYOUT_STATE, -1,
			    "records up to offset %lld were confirmed, and the "
			    "log ends at %lld",
			    (long long)f.offset - 1, (long long)v->next);
	} else if (!blank(fd, MQ_PARTITION_STATE_TAIL) ||
	    !blank(fd, MQ_PARTITION_STATE_FLUSHED))
		/* Both are blank where an opening was refused: as none. */
		tell(v, MQ_LAYOUT_STATE, MQ_PARTITION_STATE_FLUSHED,
		    "its flush point does not match its checksum");
	(void)mq_io_close(fd);
}

static void
check_checkpoint(struct verify *v, const char *name, int needed)
{
	struct mq_checkpoint_line line = { 0, 0 };
	struct mq_err why;
	size_t n;
	int rc;

	rc = mq_checkpoint_read(v->dir, name, &line, 1, &n, &why);
	if (rc == -1)
		tell(v, name, -1, "%s", why.text);
	else if (rc == 0 && needed)
		tell(v, name, -1, "it is missing");
	else if (rc == 1 && !needed && v->next != -1 && line.second > v->next)
		tell(v, name, -1,
		    "it says offset %lld, and the log ends at "
		    "%lld",
		    (long long)line.second, (long long)v->next);
}

static int
check_all(struct verify *v, struct mq_err *err)
{
	struct mq_segment_list list;
	struct mq_err ignored;
	int64_t begun;
	size_t i;
	int rc = 0;

	if (mq_swap_sparse(v->dir, &v->scan.sparse, &ignored) == -1)
		v->scan.sparse = 0; /* it is told below */
	if (mq_segment_list(v->dir, &list, err) == -1)
		return -1;
	if (mq_swap_hide(v->dir, &list, &ignored) == -1)
		tell(v, MQ_LAYOUT_SWAP, -1, "%s", ignored.text);
	if (list.count == 0)
		tell(v, ".", -1, "it has no segment (NNN.log)");
	read_state(v, &begun);
	if (list.count > 1 && list.base[list.count - 1] == begun)
		list.count--; /* the next writer takes it away */
	for (i = 0; i < list.count && rc == 0; i++) {
		v->last = i + 1 == list.count;
		rc = check_segment(v, list.base[i], err);
	}
	mq_segment_list_free(&list);
	if (rc == -1)
		return -1;
	check_checkpoint(v, MQ_LAYOUT_EPOCHS, 1);
	check_checkpoint(v, MQ_LAYOUT_LOG_START, 0);
	check_checkpoint(v, MQ_LAYOUT_CLEANER, 0);
	check_state(v);
	return v->faults;
}

int
mq_verify_partition(const struct mq_store *s, const char *topic,
    int32_t partition, mq_verify_found *found, void *arg, struct mq_err *err)
{
	char name[MQ_LAYOUT_NAME];
	struct verify v;
	int rc, lock;

	(void)memset(&v, 0, sizeof(v));
	v.found = found;
	v.arg = arg;
	v.token = s->token;
	v.next = -1;
	(void)snprintf(name, sizeof(name), MQ_LAYOUT_PARTITION, topic,
	    partition);
	v.dir = mq_io_open(s->dir, name, O_RDONLY | O_DIRECTORY, 0);
	if (v.dir == -1 && errno == ENOENT) {
		tell(&v, ".", -1, "its directory is missing");
		return 1;
	}
	if (v.dir == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "%s", name);
	/* While nobody appends; who may only read has to do without. */
	lock = mq_io_open(v.dir, MQ_LAYOUT_LOCK, O_RDWR, 0);
	if (lock != -1 &&
	    mq_io_lock(lock, MQ_LAYOUT_APPEND, MQ_IO_EXCLUSIVE) == -1)
		rc = mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, MQ_LAYOUT_LOCK);
	else
		rc = check_all(&v, err);
	if (lock != -1)
		(void)mq_io_close(lock);
	mq_batch_iter_free(&v.iter);
	mq_scan_free(&v.scan);
	(void)mq_io_close(v.dir);
	return rc;
}
