/* SPDX-License-Identifier: ISC */
/* Anything as a checkpoint and as a topic's file. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "log/checkpoint.h"
#include "log/topic.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static int
put(const char *dir, const char *name, const uint8_t *data, size_t len)
{
	char path[128];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd == -1 || write(fd, data, len) != (ssize_t)len)
		abort();
	return close(fd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static char path[] = "/dev/shm/mq-fuzz.XXXXXX";
	static int dir = -1;
	struct mq_checkpoint_line line[4];
	struct mq_topic_file topic;
	struct mq_err err;
	size_t n;

	if (dir == -1 &&
	    (mkdtemp(path) == NULL ||
		(dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1))
		abort();
	(void)put(path, "c", data, len);
	(void)put(path, "t.json", data, len);
	(void)mq_checkpoint_read(dir, "c", line, 4, &n, &err);
	/* What is taken can be written, and read again. */
	if (mq_topic_file_read(dir, "t", &topic, &err) == 0 &&
	    (mq_topic_file_write(dir, &topic, &err) == -1 ||
		mq_topic_file_read(dir, "t", &topic, &err) == -1))
		abort();
	return 0;
}
