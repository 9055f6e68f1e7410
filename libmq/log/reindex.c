/* SPDX-License-Identifier: ISC */
#include "log/reindex.h"

#include <string.h>

#include "base/fail.h"
#include "base/io.h"
#include "log/append.h"
#include "log/layout.h"
#include "log/offset_index.h"
#include "log/time_index.h"

/* What can be told without reading the segment, but where that is in doubt. */
static int
lacking(const struct mq_segment *s, int64_t sparse)
{
	int64_t size, times, timestamp, offset;
	struct mq_err ignored;

	if (s->index == -1 || s->time_index == -1 ||
	    mq_io_size(s->index, &size) == -1 ||
	    mq_io_size(s->time_index, &times) == -1 ||
	    size % MQ_OFFSET_INDEX_ENTRY != 0 ||
	    times % MQ_TIME_INDEX_ENTRY != 0)
		return 1;
	/* One of each is written at a time, and a last one when it is closed. */
	if (times / MQ_TIME_INDEX_ENTRY > size / MQ_OFFSET_INDEX_ENTRY + 1)
		return 1;
	return times == 0 &&
	    mq_segment_max_timestamp(s, sparse, &timestamp, &offset,
		&ignored) == 0 &&
	    timestamp != -1;
}

/* Batches up to one that is damaged: an index may be too short. */
static int
index_batches(const struct mq_segment *s, int64_t sparse, int64_t interval,
    struct mq_err *err)
{
	struct mq_partition_tail t;
	struct mq_scan scan;
	struct mq_batch b;
	int rc;

	(void)memset(&t, 0, sizeof(t));
	t.max_timestamp = t.max_timestamp_offset = t.first_timestamp = -1;
	(void)memset(&scan, 0, sizeof(scan));
	scan.sparse = sparse;
	mq_scan_start(&scan, s->log, 0, s->base);
	while ((rc = mq_scan_next(&scan, &b, err)) == 1)
		mq_append_index(s, &t, &b, scan.batch_at, interval);
	mq_scan_free(&scan);
	if (rc == -1 && err->code == MQ_KAFKA_STORAGE_ERROR)
		return -1;
	if (t.max_timestamp_offset == -1)
		return 0;
	return mq_time_index_add(s->time_index, s->base, t.max_timestamp,
	    t.max_timestamp_offset, err);
}

static int
make_again(struct mq_partition *p, int64_t base, int64_t sparse,
    struct mq_err *err)
{
	struct mq_segment s = MQ_SEGMENT_NONE;
	int rc;

	if (mq_segment_open(&s, p->dir, base, MQ_SEGMENT_WRITE, err) == -1)
		return -1;
	rc = mq_offset_index_cut(s.index, base, 0, err);
	if (rc == 0)
		rc = mq_time_index_cut(s.time_index, base, base, err);
	if (rc == 0)
		rc = index_batches(&s, sparse, p->config.index_interval_bytes,
		    err);
	if (rc == 0 &&
	    (mq_io_datasync(s.index) == -1 ||
		mq_io_datasync(s.time_index) == -1 || mq_io_sync(p->dir) == -1))
		rc = mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "its indexes");
	mq_segment_close(&s);
	return rc == -1 ? mq_fail_context(err, MQ_LAYOUT_LOG, base) : 0;
}

int
mq_reindex(struct mq_partition *p, const struct mq_partition_tail *t,
    struct mq_err *err)
{
	struct mq_segment s = MQ_SEGMENT_NONE;
	struct mq_segment_list list;
	size_t i;
	int rc, lacks;

	if (mq_segment_list(p->dir, &list, err) == -1)
		return -1;
	for (rc = 0, i = 0; rc == 0 && i < list.count; i++) {
		if (list.base[i] >= t->active_base)
			break;
		rc = mq_segment_open(&s, p->dir, list.base[i], MQ_SEGMENT_READ,
		    err);
		if (rc == -1)
			break;
		lacks = lacking(&s, t->sparse);
		mq_segment_close(&s);
		if (lacks)
			rc = make_again(p, list.base[i], t->sparse, err);
	}
	mq_segment_list_free(&list);
	return rc;
}
