/* SPDX-License-Identifier: ISC */
#include "log/time_index.h"

#include "base/cursor.h"
#include "base/fail.h"
#include "base/io.h"

static int
count(int fd, int64_t *n, struct mq_err *err)
{
	if (mq_io_size(fd, n) == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "time index");
	*n /= MQ_TIME_INDEX_ENTRY;
	return 0;
}

int
mq_time_index_get(int fd, int64_t base, int64_t n, int64_t *timestamp,
    int64_t *offset, struct mq_err *err)
{
	uint8_t entry[MQ_TIME_INDEX_ENTRY];
	ssize_t got;

	got = mq_io_pread(fd, entry, sizeof(entry), n * (int64_t)sizeof(entry));
	if (got == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "time index");
	if ((size_t)got < sizeof(entry))
		return 0;
	*timestamp = (int64_t)mq_get64(entry);
	*offset = base + mq_get32(entry + 8);
	return 1;
}

int
mq_time_index_last(int fd, int64_t base, int64_t *timestamp, int64_t *offset,
    struct mq_err *err)
{
	int64_t n;

	if (count(fd, &n, err) == -1)
		return -1;
	if (n == 0)
		return 0;
	return mq_time_index_get(fd, base, n - 1, timestamp, offset, err);
}

int
mq_time_index_add(int fd, int64_t base, int64_t timestamp, int64_t offset,
    struct mq_err *err)
{
	uint8_t entry[MQ_TIME_INDEX_ENTRY];
	int64_t n, last = 0, at;
	int rc;

	if (count(fd, &n, err) == -1)
		return -1;
	if (n > 0) {
		rc = mq_time_index_get(fd, base, n - 1, &last, &at, err);
		if (rc == -1)
			return -1;
		if (rc == 1 && last >= timestamp)
			return 0;
	}
	mq_put64(entry, (uint64_t)timestamp);
	mq_put32(entry + 8, (uint32_t)(offset - base));
	if (mq_io_pwrite(fd, entry, sizeof(entry),
		n * (int64_t)sizeof(entry)) == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "time index");
	return 0;
}

int
mq_time_index_find(int fd, int64_t base, int64_t target, int64_t *timestamp,
    int64_t *offset, struct mq_err *err)
{
	int64_t lo = 0, hi, mid;
	int rc;

	if (count(fd, &hi, err) == -1)
		return -1;
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		rc = mq_time_index_get(fd, base, mid, timestamp, offset, err);
		if (rc == -1)
			return -1;
		if (rc == 1 && *timestamp < target)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == 0)
		return 0;
	return mq_time_index_get(fd, base, lo - 1, timestamp, offset, err);
}

int
mq_time_index_cut(int fd, int64_t base, int64_t from, struct mq_err *err)
{
	int64_t n, timestamp, offset = 0;
	int rc;

	if (count(fd, &n, err) == -1)
		return -1;
	for (; n > 0 && from > base; n--) {
		rc = mq_time_index_get(fd, base, n - 1, &timestamp, &offset,
		    err);
		if (rc == -1)
			return -1;
		if (rc == 1 && offset < from)
			break;
	}
	if (from <= base)
		n = 0;
	if (mq_io_truncate(fd, n * MQ_TIME_INDEX_ENTRY) == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "time index");
	return 0;
}
