/* SPDX-License-Identifier: ISC */
/* The system calls on files and names keep what io.h says of them. */
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "scene.h"
#include "test.h"

static char root[SCENE_PATH];
static int dir = -1;

static int
not_inherited(void)
{
	int fd, flags;

	CHECK((fd = mq_io_open(dir, "file", O_RDWR | O_CREAT, 0600)) != -1);
	CHECK((flags = fcntl(fd, F_GETFD)) != -1 && (flags & FD_CLOEXEC));
	CHECK(mq_io_close(fd) == 0);
	CHECK(mq_io_close(fd) == -1 && errno == EBADF);
	CHECK(mq_io_open(dir, "none", O_RDONLY, 0) == -1 && errno == ENOENT);
	return 0;
}

static int
reads_to_the_end(void)
{
	char b[16];
	int64_t size;
	int fd;

	CHECK((fd = mq_io_open(dir, "data", O_RDWR | O_CREAT, 0600)) != -1);
	CHECK(mq_io_pread(fd, b, sizeof(b), 0) == 0);
	CHECK(mq_io_pwrite(fd, "0123456789", 10, 0) == 0);
	CHECK(mq_io_pread(fd, b, 4, 3) == 4 && memcmp(b, "3456", 4) == 0);
	CHECK(mq_io_pread(fd, b, sizeof(b), 7) == 3);
	CHECK(memcmp(b, "789", 3) == 0);
	CHECK(mq_io_pread(fd, b, sizeof(b), 10) == 0);
	CHECK(mq_io_pread(fd, b, sizeof(b), 1000000) == 0);
	CHECK(mq_io_pread(fd, b, sizeof(b), -1) == -1 && errno == EINVAL);
	CHECK(mq_io_pwrite(fd, "ab", 2, 20) == 0);
	CHECK(mq_io_size(fd, &size) == 0 && size == 22);
	CHECK(mq_io_pread(fd, b, 4, 9) == 4 && memcmp(b, "9\0\0\0", 4) == 0);
	CHECK(mq_io_truncate(fd, 5) == 0);
	CHECK(mq_io_size(fd, &size) == 0 && size == 5);
	CHECK(mq_io_datasync(fd) == 0 && mq_io_sync(fd) == 0);
	mq_io_writeback(fd, 0, 5);
	mq_io_forget(fd);
	CHECK(mq_io_pread(fd, b, sizeof(b), 0) == 5);
	CHECK(memcmp(b, "01234", 5) == 0);
	CHECK(mq_io_close(fd) == 0);
	return 0;
}

static int
writes_fail(void)
{
	int fd;

	CHECK((fd = open("/dev/full", O_WRONLY)) != -1);
	CHECK(mq_io_pwrite(fd, "x", 1, 0) == -1 && errno == ENOSPC);
	CHECK(mq_io_pwrite(fd, "", 0, 0) == 0);
	CHECK(mq_io_close(fd) == 0);
	CHECK((fd = mq_io_open(dir, "data", O_RDONLY, 0)) != -1);
	CHECK(mq_io_pwrite(fd, "x", 1, 0) == -1 && errno == EBADF);
	CHECK(mq_io_close(fd) == 0);
	return 0;
}

static int
has(const struct mq_io_names *names, const char *name)
{
	size_t i, n = 0;

	for (i = 0; i < names->count; i++)
		n += strcmp(names->name[i], name) == 0;
	return n == 1;
}

static int
lists(void)
{
	struct mq_io_names names;
	char name[16];
	int d, fd, i;

	CHECK(mq_io_mkdir(dir, "list", 0700) == 0);
	CHECK((d = mq_io_open(dir, "list", O_RDONLY | O_DIRECTORY, 0)) != -1);
	CHECK(mq_io_list(d, &names) == 0 && names.count == 0);
	mq_io_names_free(&names);
	for (i = 0; i < 37; i++) {
		(void)snprintf(name, sizeof(name), "%s%02d", i == 0 ? "." : "n",
		    i);
		fd = mq_io_open(d, name, O_WRONLY | O_CREAT, 0600);
		CHECK(fd != -1 && mq_io_close(fd) == 0);
	}
	/* The second time too: dir's own position has not moved. */
	for (i = 0; i < 2; i++) {
		CHECK(mq_io_list(d, &names) == 0 && names.count == 37);
		CHECK(has(&names, ".00") && has(&names, "n01"));
		CHECK(has(&names, "n36") && !has(&names, "."));
		mq_io_names_free(&names);
		mq_io_names_free(&names);
	}
	CHECK(mq_io_close(d) == 0);
	CHECK(mq_io_list(d, &names) == -1 && errno == EBADF);
	CHECK(names.count == 0 && names.name == NULL);
	return 0;
}

static int
names_change(void)
{
	int64_t size, mtime;
	char *path;
	int fd;

	fd = mq_io_open(dir, "a", O_WRONLY | O_CREAT | O_EXCL, 0600);
	CHECK(fd != -1 && mq_io_pwrite(fd, "abc", 3, 0) == 0);
	CHECK(mq_io_rename(dir, "a", "b") == 0);
	CHECK(mq_io_has_name(fd) == 1);
	CHECK(mq_io_stat(dir, "a", &size, &mtime) == -1 && errno == ENOENT);
	CHECK(mq_io_stat(dir, "b", &size, &mtime) == 0 && size == 3);
	CHECK(mtime > INT64_C(1500000000000));
	CHECK(mq_io_unlink(dir, "b") == 0);
	CHECK(mq_io_has_name(fd) == 0 && mq_io_close(fd) == 0);
	CHECK(mq_io_has_name(-1) == -1);
	CHECK(mq_io_unlink(dir, "b") == -1 && errno == ENOENT);
	CHECK(mq_io_mkdir(dir, "d", 0700) == 0);
	CHECK(mq_io_mkdir(dir, "d", 0700) == -1 && errno == EEXIST);
	CHECK(mq_io_rmdir(dir, "d") == 0);
	CHECK((path = mq_io_realpath("/dev/../dev/null")) != NULL);
	CHECK_TEXT(path, "/dev/null");
	free(path);
	CHECK(mq_io_realpath("/dev/none") == NULL && errno == ENOENT);
	return 0;
}

static int
tokens(void)
{
	uint8_t a[MQ_IO_TOKEN], b[MQ_IO_TOKEN], zero[MQ_IO_TOKEN] = { 0 };
	int fd;

	CHECK((fd = mq_io_open(dir, "file", O_RDWR | O_CREAT, 0600)) != -1);
	CHECK(mq_io_token(dir, a) == 0 && mq_io_token(fd, b) == 0);
	CHECK(memcmp(a, b, sizeof(a)) == 0);
	CHECK(memcmp(a, zero, 16) != 0 && memcmp(a + 16, zero, 8) != 0);
	CHECK(mq_io_close(fd) == 0);
	CHECK((fd = mq_io_open(AT_FDCWD, "/proc", O_RDONLY, 0)) != -1);
	CHECK(mq_io_token(fd, b) == 0);
	CHECK(memcmp(a, b, 16) == 0 && memcmp(a + 16, b + 16, 8) != 0);
	CHECK(mq_io_network_fs(fd) == NULL);
	CHECK(mq_io_close(fd) == 0);
	CHECK(mq_io_token(fd, b) == -1);
	return 0;
}

static int
random_bytes(void)
{
	uint8_t seen[1000] = { 0 }, b[1000];
	size_t i, zeros = 0;
	int turn;

	for (turn = 0; turn < 8; turn++) {
		CHECK(mq_io_random(b, sizeof(b)) == 0);
		for (i = 0; i < sizeof(b); i++)
			seen[i] |= b[i];
	}
	for (i = 0; i < sizeof(seen); i++)
		zeros += seen[i] == 0;
	CHECK(zeros == 0);
	return 0;
}

int
main(void)
{
	if ((dir = scene_dir_open(root)) == -1)
		return 1;
	RUN(not_inherited, "descriptors are not inherited over exec");
	RUN(reads_to_the_end, "reads stop at the end of the file");
	RUN(writes_fail, "a write that does not fit is an error");
	RUN(lists, "a directory is listed, as often as one likes");
	RUN(names_change, "names are made, moved and removed");
	RUN(tokens, "a token names the mount");
	RUN(random_bytes, "random bytes fill all of the buffer");
	scene_remove(root);
	return test_done();
}
