/* SPDX-License-Identifier: ISC */
/* Checkpoint files: Kafka's text, written whole; a damaged one is told. */
#include "log/checkpoint.h"

#include <fcntl.h>
#include <unistd.h>

#include "scene.h"
#include "test.h"

static const char text[] = "0\n3\n0 0\n1 500\n7 9223372036854775807\n";
static char path[SCENE_PATH];
static struct mq_err err;
static int dir;

static int
writes(void)
{
	const struct mq_checkpoint_line line[] = { { 0, 0 }, { 1, 500 },
		{ 7, INT64_MAX } };
	struct scene_image image;

	CHECK(mq_checkpoint_write(dir, "epochs", line, 3, &err) == 0);
	CHECK(scene_load(path, &image) == 0);
	CHECK(image.count == 1); /* nothing temporary is left */
	CHECK_TEXT(image.file[0].name, "epochs");
	CHECK_TEXT((char *)image.file[0].data, text);
	scene_free(&image);
	return 0;
}

static int
reads(void)
{
	struct mq_checkpoint_line line[2];
	size_t n;

	CHECK(mq_checkpoint_read(dir, "epochs", line, 2, &n, &err) == 1);
	CHECK(n == 3); /* how many there are, not how many fit */
	CHECK(line[1].first == 1 && line[1].second == 500);
	CHECK(mq_checkpoint_read(dir, "none", line, 2, &n, &err) == 0);
	CHECK(n == 0);
	return 0;
}

/* Cut at every byte it is damaged, but where a last number just got shorter. */
static int
truncated(void)
{
	struct mq_checkpoint_line line[3];
	size_t n, len, number = sizeof(text) - sizeof("9223372036854775807\n");

	for (len = 0; len < sizeof(text) - 1; len++) {
		CHECK(scene_write(path, "cut", text, len) == 0);
		if (mq_checkpoint_read(dir, "cut", line, 3, &n, &err) == 1)
			CHECK(len > number);
		else
			CHECK(err.code == MQ_CORRUPT_MESSAGE &&
			    strstr(err.text, "cut") != NULL);
	}
	return 0;
}

static int
damaged(void)
{
	static const char *const bad[] = { "", "x", "1\n1\n0 0\n", "0\n-1\n",
		"0\n2\n0 0\n", "0\nx\n", "0\n99999999999999999999\n",
		"0\n1\n0\n", "0\n70000\n0 0\n", "\n\n\n" };
	struct mq_checkpoint_line line[2];
	size_t i, n;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK(scene_write(path, "bad", bad[i], strlen(bad[i])) == 0);
		CHECK(mq_checkpoint_read(dir, "bad", line, 2, &n, &err) == -1);
		CHECK(err.code == MQ_CORRUPT_MESSAGE);
	}
	return 0;
}

/* A write that fails leaves the old file. */
static int
replaced(void)
{
	struct mq_checkpoint_line line = { 9, 9 }, got;
	size_t n;
	int gone;

	CHECK(mq_checkpoint_write(dir, "epochs", &line, 1, &err) == 0);
	CHECK(mq_checkpoint_read(dir, "epochs", &got, 1, &n, &err) == 1);
	CHECK(n == 1 && got.first == 9);
	gone = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(mq_checkpoint_write(gone, "epochs", &line, 1, &err) == -1);
	CHECK(err.code == MQ_KAFKA_STORAGE_ERROR && err.sys != 0);
	(void)close(gone);
	return 0;
}

int
main(void)
{
	if ((dir = scene_dir_open(path)) == -1)
		return 1;
	RUN(writes, "a checkpoint is Kafka's text");
	RUN(reads, "and is read, as far as there is room");
	RUN(truncated, "one that is cut off is damaged");
	RUN(damaged, "so is one that says something else");
	RUN(replaced, "a new one takes the place of the old one");
	scene_remove(path);
	return test_done();
}
