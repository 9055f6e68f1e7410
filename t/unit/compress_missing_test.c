/* SPDX-License-Identifier: ISC */
/*
 * A library that is missing is told when it is used, by name: this program runs
 * itself where a broken one is found first.
 */
#include "record/compress.h"

#include <sys/wait.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "compress_data.h"
#include "compress_scene.h"
#include "test.h"

/* In a process that finds a broken library in the place of the real one. */
static int
without(int codec)
{
	static const char *const soname[] = { "", "libz.so.1", "libsnappy.so.1",
		"liblz4.so.1", "libzstd.so.1" };
	struct mq_buf out = { 0 };
	struct mq_err err;
	int turn;

	CHECK(codec > MQ_CODEC_NONE);
	/* Not only the first time. */
	for (turn = 0; turn < 2; turn++) {
		CHECK(mq_compress((enum mq_codec)codec, "x", 1, &out, &err) ==
		    -1);
		CHECK(err.code == MQ_UNSUPPORTED_COMPRESSION_TYPE);
		CHECK(strstr(err.text, soname[codec]) != NULL);
		CHECK(compress_unpack(codec, gzip_zlib, sizeof(gzip_zlib), &out,
			  &err) == -1);
		CHECK(err.code == MQ_UNSUPPORTED_COMPRESSION_TYPE);
		CHECK(strstr(err.text, soname[codec]) != NULL);
	}
	return 0;
}

static const char *self;

/* Runs this program again, with an empty file by a library's name. */
static int
missing_one(int codec, const char *soname)
{
	char dir[] = "/tmp/mq-compress-test.XXXXXX", path[64];
	int fd, status;
	pid_t pid;

	CHECK(mkdtemp(dir) != NULL);
	(void)snprintf(path, sizeof(path), "%s/%s", dir, soname);
	CHECK((fd = open(path, O_WRONLY | O_CREAT, 0700)) != -1);
	CHECK(close(fd) == 0);
	(void)fflush(stdout);
	CHECK((pid = fork()) != -1);
	if (pid == 0) {
		(void)setenv("LD_LIBRARY_PATH", dir, 1);
		(void)execl(self, self, "missing", mq_codec_name(codec),
		    (char *)NULL);
		_exit(127);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	(void)unlink(path);
	(void)rmdir(dir);
	CHECK(status == 0);
	return 0;
}

static int
missing(void)
{
	CHECK(missing_one(MQ_CODEC_GZIP, "libz.so.1") == 0);
	CHECK(missing_one(MQ_CODEC_SNAPPY, "libsnappy.so.1") == 0);
	CHECK(missing_one(MQ_CODEC_LZ4, "liblz4.so.1") == 0);
	CHECK(missing_one(MQ_CODEC_ZSTD, "libzstd.so.1") == 0);
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "missing") == 0)
		return without(mq_codec_parse(argv[2]));
	self = argv[0];
	RUN(missing, "a library that is missing is named");
	return test_done();
}
