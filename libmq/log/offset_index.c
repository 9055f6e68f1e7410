/* SPDX-License-Identifier: ISC */
#include "log/offset_index.h"

#include "base/cursor.h"
#include "base/fail.h"
#include "base/io.h"

static int
count(int fd, int64_t *n, struct mq_err *err)
{
	if (mq_io_size(fd, n) == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "index");
	/* A partial entry at the end is none. */
	*n /= MQ_OFFSET_INDEX_ENTRY;
	return 0;
}

int
mq_offset_index_add(int fd, int64_t base, int64_t last_offset, int64_t position,
    struct mq_err *err)
{
	uint8_t entry[MQ_OFFSET_INDEX_ENTRY];
	int64_t n;

	if (count(fd, &n, err) == -1)
		return -1;
	mq_put32(entry, (uint32_t)(last_offset - base));
	mq_put32(entry + 4, (uint32_t)position);
	if (mq_io_pwrite(fd, entry, sizeof(entry),
		n * (int64_t)sizeof(entry)) == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "index");
	return 0;
}

int
mq_offset_index_get(int fd, int64_t base, int64_t n, int64_t *last_offset,
    int64_t *position, struct mq_err *err)
{
	uint8_t entry[MQ_OFFSET_INDEX_ENTRY];
	ssize_t got;

	got = mq_io_pread(fd, entry, sizeof(entry), n * (int64_t)sizeof(entry));
	if (got == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "index");
	if ((size_t)got < sizeof(entry))
		return 0;
	*last_offset = base + mq_get32(entry);
	*position = mq_get32(entry + 4);
	return 1;
}

int
mq_offset_index_find(int fd, int64_t base, int64_t target, int64_t *last_offset,
    int64_t *position, struct mq_err *err)
{
	int64_t lo = 0, hi, mid;
	int rc;

	if (count(fd, &hi, err) == -1)
		return -1;
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		rc = mq_offset_index_get(fd, base, mid, last_offset, position,
		    err);
		if (rc == -1)
			return -1;
		if (rc == 1 && *last_offset <= target)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == 0)
		return 0;
	return mq_offset_index_get(fd, base, lo - 1, last_offset, position,
	    err);
}

int
mq_offset_index_cut(int fd, int64_t base, int64_t position, struct mq_err *err)
{
	int64_t n, offset, at = 0;
	int rc;

	if (count(fd, &n, err) == -1)
		return -1;
	/* From the end: what is cut is short, or all of it. */
	for (; n > 0 && position > 0; n--) {
		rc = mq_offset_index_get(fd, base, n - 1, &offset, &at, err);
		if (rc == -1)
			return -1;
		if (rc == 1 && at < position)
			break;
	}
	if (position == 0)
		n = 0;
	if (mq_io_truncate(fd, n * MQ_OFFSET_INDEX_ENTRY) == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "index");
	return 0;
}
