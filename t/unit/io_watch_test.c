/* SPDX-License-Identifier: ISC */
/* A watch wakes when another process does what is watched. */
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "other.h"
#include "scene.h"
#include "test.h"

#define PATIENCE 30000 /* ms, for what should be told at once */

static char root[SCENE_PATH];
static int dir = -1;

/* These keep the file open: it is the write that wakes, not the close. */
static void
append_when_told(int in, int out)
{
	int fd = mq_io_open(dir, "data", O_WRONLY, 0);

	(void)out;
	if (other_hear(in) != 'w' || mq_io_pwrite(fd, "more", 4, 5) == -1)
		_exit(1);
	(void)other_hear(in);
}

static void
create_when_told(int in, int out)
{
	(void)out;
	if (other_hear(in) != 'w' ||
	    mq_io_open(dir, "new", O_WRONLY | O_CREAT, 0600) == -1)
		_exit(1);
	(void)other_hear(in);
}

struct heard {
	int id;
	int times;
};

static void
count_id(int id, void *arg)
{
	struct heard *h = arg;

	h->times += id == h->id;
}

static int
wakes(const char *name, int of_dir, void (*act)(int, int))
{
	struct heard h = { -1, 0 };
	struct other o;
	struct pollfd p;
	char path[sizeof(root) + 16];

	(void)snprintf(path, sizeof(path), "%s%s", root, name);
	CHECK((p.fd = mq_io_watch_new()) != -1);
	p.events = POLLIN;
	CHECK((h.id = mq_io_watch_add(p.fd, path,
		   of_dir ? MQ_IO_NAMES : MQ_IO_WRITES)) != -1);
	CHECK(mq_io_poll(&p, 1, 0) == 0);
	CHECK(mq_io_watch_drain(p.fd, count_id, &h) == 0 && h.times == 0);
	CHECK(other_start(&o, act) == 0);
	other_say(o.to, 'w');
	CHECK(mq_io_poll(&p, 1, PATIENCE) == 1);
	CHECK(other_end(&o) == 0);
	CHECK(mq_io_watch_drain(p.fd, count_id, &h) == 0 && h.times > 0);
	CHECK(mq_io_poll(&p, 1, 0) == 0);
	CHECK(mq_io_watch_remove(p.fd, h.id) == 0);
	CHECK(mq_io_watch_remove(p.fd, h.id) == -1);
	CHECK(mq_io_close(p.fd) == 0);
	return 0;
}

static int
watch_wakes(void)
{
	CHECK(scene_write(root, "data", "some", 4) == 0);
	CHECK(wakes("/data", 0, append_when_told) == 0);
	CHECK(wakes("", 1, create_when_told) == 0);
	return 0;
}

static int
watch_fails(void)
{
	struct heard h = { 0, 0 };
	int fd;

	CHECK((fd = mq_io_watch_new()) != -1);
	CHECK(mq_io_watch_add(fd, "/nowhere", MQ_IO_WRITES) == -1 &&
	    errno == ENOENT);
	CHECK(mq_io_close(fd) == 0);
	CHECK(mq_io_watch_drain(fd, count_id, &h) == -1 && errno == EBADF);
	return 0;
}

int
main(void)
{
	if ((dir = scene_dir_open(root)) == -1)
		return 1;
	RUN(watch_wakes, "a watch is woken by another process");
	RUN(watch_fails, "a watch on nothing is an error");
	scene_remove(root);
	return test_done();
}
