/* SPDX-License-Identifier: ISC */
#include "log/checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/fail.h"
#include "base/io.h"
#include "log/layout.h"

#define FILE_MAX 65536 /* bytes; each line takes 4 at the least */

static int
write_synced(int dir, const char *name, const void *data, size_t len)
{
	int fd, saved;

	fd = mq_io_open(dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	if (fd == -1)
		return -1;
	if (mq_io_pwrite(fd, data, len, 0) == -1 || mq_io_sync(fd) == -1) {
		saved = errno;
		(void)mq_io_close(fd);
		errno = saved;
		return -1;
	}
	return mq_io_close(fd);
}

int
mq_checkpoint_replace(int dir, const char *name, const void *data, size_t len,
    struct mq_err *err)
{
	/* One at a time is at it in a directory: its lock is held. */
	if (write_synced(dir, MQ_LAYOUT_TMP, data, len) == -1 ||
	    mq_io_rename(dir, MQ_LAYOUT_TMP, name) == -1) {
		(void)mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "%s", name);
		/* What is left of it is written over next time. */
		(void)mq_io_unlink(dir, MQ_LAYOUT_TMP);
		return -1;
	}
	if (mq_io_sync(dir) == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
		    "%s: its directory", name);
	return 0;
}

int
mq_checkpoint_write(int dir, const char *name,
    const struct mq_checkpoint_line *line, size_t count, struct mq_err *err)
{
	struct mq_buf b = { NULL, 0, 0 };
	size_t i;
	int rc;

	rc = mq_buf_printf(&b, "0\n%zu\n", count);
	for (i = 0; i < count && rc == 0; i++)
		rc = mq_buf_printf(&b, "%lld %lld\n", (long long)line[i].first,
		    (long long)line[i].second);
	if (rc == -1)
		rc = mq_fail_memory(err);
	else
		rc = mq_checkpoint_replace(dir, name, b.data, b.len, err);
	mq_buf_free(&b);
	return rc;
}

static int
parse(char *text, struct mq_checkpoint_line *line, size_t max, size_t *count)
{
	long long version, n, first, second;
	int used;
	size_t i;

	if (sscanf(text, "%lld\n%lld\n%n", &version, &n, &used) != 2 ||
	    version != 0 || n < 0 || n > FILE_MAX)
		return -1;
	*count = (size_t)n;
	for (i = 0; i < *count; i++) {
		text += used;
		if (sscanf(text, "%lld %lld\n%n", &first, &second, &used) != 2)
			return -1;
		if (i < max) {
			line[i].first = first;
			line[i].second = second;
		}
	}
	return 0;
}

int
mq_checkpoint_read(int dir, const char *name, struct mq_checkpoint_line *line,
    size_t max, size_t *count, struct mq_err *err)
{
	char *text;
	ssize_t n;
	int fd, rc = 1;

	*count = 0;
	if ((fd = mq_io_open(dir, name, O_RDONLY, 0)) == -1) {
		if (errno == ENOENT)
			return 0;
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "%s", name);
	}
	if ((text = malloc(FILE_MAX + 1)) == NULL)
		rc = mq_fail_memory(err);
	else if ((n = mq_io_pread(fd, text, FILE_MAX, 0)) == -1)
		rc = mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "%s", name);
	else {
		text[n] = '\0';
		if (parse(text, line, max, count) == -1)
			rc = mq_fail(err, MQ_CORRUPT_MESSAGE,
			    "%s: not a checkpoint of version 0", name);
	}
	free(text);
	(void)mq_io_close(fd);
	return rc;
}
