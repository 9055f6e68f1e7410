/* SPDX-License-Identifier: ISC */
/*
 * Anything as a segment of a partition: scanned, sought in, dumped, recovered
 * and read.  What recovery leaves, a second one leaves as it is.  The first
 * byte says whether the CRCs are mended, and what else is damaged.
 */
#include <sys/stat.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/crc32c.h"
#include "client/client.h"
#include "log/reader.h"

#define NAME "00000000000000000000"

enum {
	MEND = 1,      /* the CRCs */
	INDEXES = 2,   /* the rest of the input is in the indexes, too */
	NO_STATE = 4,  /* partition.state is removed */
	BAD_STATE = 8, /* or holds the input */
	READ_ONLY = 16 /* looked at, not mended */
};

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static char root[] = "/dev/shm/mq-fuzz.XXXXXX", dir[64];
static struct mq *mq;

static void
must(int ok)
{
	if (!ok)
		abort();
}

static void
put(const char *name, const uint8_t *data, size_t len)
{
	char path[128];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	must(fd != -1 && write(fd, data, len) == (ssize_t)len);
	(void)close(fd);
}

static void
mend(uint8_t *data, size_t len)
{
	size_t at = 0, size;

	while (len - at >= MQ_BATCH_HEADER) {
		size = (size_t)mq_get32(data + at + 8) + MQ_BATCH_PREFIX;
		if (size < MQ_BATCH_HEADER || size > len - at)
			return;
		mq_put32(data + at + 17, mq_crc32c(data + at + 21, size - 21));
		at += size;
	}
}

static void
look(void)
{
	struct mq_dump_batch batch;
	struct mq_segment s;
	struct mq_record r;
	struct mq_scan scan;
	struct mq_err err;
	struct mq_dump *d;
	int64_t timestamp, offset;
	char path[128];
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)memset(&scan, 0, sizeof(scan));
	must(
	    fd != -1 && mq_segment_open(&s, fd, 0, MQ_SEGMENT_READ, &err) == 0);
	for (offset = 0; offset < 3; offset++) {
		(void)mq_segment_seek(&s, offset * 3, &scan, &err);
		(void)mq_segment_seek_time(&s, offset * 1000, &scan, &err);
	}
	(void)mq_segment_max_timestamp(&s, 0, &timestamp, &offset, &err);
	mq_scan_free(&scan);
	mq_segment_close(&s);
	(void)close(fd);
	(void)snprintf(path, sizeof(path), "%s/" NAME ".log", dir);
	must((d = mq_dump_open(path, &err)) != NULL);
	while (mq_dump_batch(d, &batch, &err) == 1)
		while (mq_dump_record(d, &r, &err) == 1)
			continue;
	mq_dump_free(d);
}

/* Reads all; how many bytes the log has, or -1. */
static int64_t
read_all(int writable, struct mq_partition_tail *t)
{
	struct mq_batch_iter it;
	struct mq_partition p;
	struct mq_reader reader;
	struct mq_record r;
	struct mq_batch b;
	struct mq_err err;
	int64_t last = -1;

	if (mq_client_partition(mq, "t", 0, &p, &err) == -1)
		return -1;
	if (!writable)
		p.writable = 0;
	(void)memset(&it, 0, sizeof(it));
	if (mq_partition_tail(&p, t, &err) == -1) {
		mq_partition_close(&p);
		return -1;
	}
	mq_reader_init(&reader, &p, t->log_start);
	while (mq_reader_next(&reader, &b, &err) == 1) {
		must(b.base_offset > last && mq_batch_last_offset(&b) >= last);
		last = mq_batch_last_offset(&b);
		if (mq_batch_iter_init(&it, &b, &err) == 0)
			while (mq_batch_iter_next(&it, &r, &err) == 1)
				continue;
	}
	mq_batch_iter_free(&it);
	mq_reader_free(&reader);
	mq_partition_close(&p);
	return t->active_size;
}

static int64_t
size_of(const char *name)
{
	char path[128];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return stat(path, &st) == 0 ? (int64_t)st.st_size : -1;
}

static void
start(void)
{
	struct mq_err err;

	must(mkdtemp(root) != NULL);
	mq = mq_open(root, MQ_OPEN_CREATE, &err);
	must(mq != NULL && mq_topic_create(mq, "t", 1, NULL, &err) == 0);
	(void)snprintf(dir, sizeof(dir), "%s/t-0", root);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const uint8_t zeros[512];
	struct mq_partition_tail first, second;
	uint8_t how, *copy;
	int64_t size;
	char path[128];

	if (mq == NULL)
		start();
	if (len-- == 0 || (copy = malloc(len + 1)) == NULL)
		return 0;
	how = *data++;
	(void)memcpy(copy, data, len);
	if ((how & MEND) != 0)
		mend(copy, len);
	put(NAME ".log", copy, len);
	put(NAME ".index", copy, (how & INDEXES) != 0 ? len : 0);
	put(NAME ".timeindex", copy, (how & INDEXES) != 0 ? len : 0);
	(void)snprintf(path, sizeof(path), "%s/partition.state", dir);
	if ((how & NO_STATE) != 0)
		(void)unlink(path);
	else
		put("partition.state", (how & BAD_STATE) != 0 ? copy : zeros,
		    (how & BAD_STATE) != 0 ? len : sizeof(zeros));
	look();
	size = read_all((how & READ_ONLY) == 0, &first);
	if (size != -1) {
		size = size_of(NAME ".log");
		if (read_all(1, &second) != -1) {
			must(second.log_end == first.log_end);
			must((how & READ_ONLY) != 0 ||
			    size_of(NAME ".log") == size);
		}
	}
	free(copy);
	return 0;
}
