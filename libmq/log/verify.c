/* SPDX-License-Identifier: ISC */
#include "log/verify.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/fail.h"
#include "base/io.h"
#include "log/layout.h"
#include "log/swap.h"
#include "log/verify_internal.h"

void
mq_verify_tell(struct mq_verify *v, const char *file, int64_t position,
    const char *fmt, ...)
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
check_records(struct mq_verify *v, const char *file, const struct mq_batch *b,
    struct mq_err *err)
{
	int64_t last = b->base_offset - 1;
	struct mq_record r;
	int rc;

	rc = mq_batch_iter_init(&v->iter, b, err) == -1 ? -1 : 1;
	while (rc == 1 && (rc = mq_batch_iter_next(&v->iter, &r, err)) == 1) {
		if (r.offset <= last)
			mq_verify_tell(v, file, v->scan.batch_at,
			    "offset %lld behind offset %lld",
			    (long long)r.offset, (long long)last);
		last = r.offset;
	}
	if (rc == -1 && err->code != MQ_CORRUPT_MESSAGE)
		return -1;
	if (rc == -1)
		mq_verify_tell(v, file, v->scan.batch_at, "%s", err->text);
	return 0;
}

/* A gap or a step back between what was read and the batch at hand. */
static void
check_order(struct mq_verify *v, const char *file, const struct mq_batch *b)
{
	if (v->next != -1 && b->base_offset < v->next)
		mq_verify_tell(v, file, v->scan.batch_at,
		    "offset %lld again, after offset %lld",
		    (long long)b->base_offset, (long long)v->next - 1);
	else if (v->next != -1 && b->base_offset > v->next &&
	    b->base_offset > v->scan.sparse)
		mq_verify_tell(v, file, v->scan.batch_at,
		    "offsets %lld to %lld are missing", (long long)v->next,
		    (long long)b->base_offset - 1);
	v->next = mq_batch_last_offset(b) + 1;
}

int
mq_verify_batch_at(const struct mq_segment *s, int64_t position,
    struct mq_batch *b)
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
skip_batch(struct mq_verify *v, const struct mq_segment *s, struct mq_err *err)
{
	struct mq_batch bad, next;
	int64_t size, behind;
	int rc;

	if (mq_io_size(s->log, &size) == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "size");
	if (mq_verify_batch_at(s, v->scan.at, &bad)) {
		behind = v->scan.at + (int64_t)bad.size;
		if (behind == size || mq_verify_batch_at(s, behind, &next)) {
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
left_over(const struct mq_verify *v)
{
	return v->last && v->flushed != -1 && v->next >= v->flushed;
}

static int
check_log(struct mq_verify *v, const struct mq_segment *s, const char *file,
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
		mq_verify_tell(v, file, v->scan.at, "%s",
		    why != NULL ? why + 2 : err->text);
	} while ((more = skip_batch(v, s, err)) == 1);
	if (more == -1)
		return -1;
	if (rc == 0 && v->scan.torn != 0 && !left_over(v))
		mq_verify_tell(v, file, v->scan.at,
		    "the file ends in the middle of a batch");
	if (rc == 0 && v->scan.zeros && !v->last) {
		mq_verify_tell(v, file, v->scan.at,
		    "zeros up to the end of the file");
		v->next = -1;
	}
	return 0;
}

static int
check_segment(struct mq_verify *v, int64_t base, struct mq_err *err)
{
	struct mq_segment s = MQ_SEGMENT_NONE;
	char name[MQ_LAYOUT_NAME];
	int rc, before;

	if (mq_segment_open(&s, v->dir, base, MQ_SEGMENT_READ, err) == -1)
		return -1;
	(void)snprintf(name, sizeof(name), MQ_LAYOUT_LOG, base);
	/* Compaction takes the last batches of a segment, too. */
	if (v->next != -1 && v->next != base &&
	    (v->next > base || base > v->scan.sparse))
		mq_verify_tell(v, name, -1,
		    "the segment before it ends at offset %lld",
		    (long long)v->next - 1);
	v->next = base;
	before = v->faults;
	if ((rc = check_log(v, &s, name, err)) == -1)
		(void)mq_fail_context(err, "%s", name);
	mq_verify_indexes(v, &s, rc == 0 && v->faults == before);
	mq_segment_close(&s);
	return rc;
}

static int
check_all(struct mq_verify *v, struct mq_err *err)
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
		mq_verify_tell(v, MQ_LAYOUT_SWAP, -1, "%s", ignored.text);
	if (list.count == 0)
		mq_verify_tell(v, ".", -1, "it has no segment (NNN.log)");
	mq_verify_read_state(v, &begun);
	if (list.count != 0)
		mq_verify_start(v, list.base[0]);
	if (list.count > 1 && list.base[list.count - 1] == begun)
		list.count--; /* the next writer takes it away */
	for (i = 0; i < list.count && rc == 0; i++) {
		v->last = i + 1 == list.count;
		rc = check_segment(v, list.base[i], err);
	}
	mq_segment_list_free(&list);
	if (rc == -1 || mq_verify_stray_indexes(v, err) == -1)
		return -1;
	mq_verify_others(v);
	return v->faults;
}

int
mq_verify_partition(const struct mq_store *s, const char *topic,
    int32_t partition, mq_verify_found *found, void *arg, struct mq_err *err)
{
	char name[MQ_LAYOUT_NAME];
	struct mq_verify v;
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
		mq_verify_tell(&v, ".", -1, "its directory is missing");
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
