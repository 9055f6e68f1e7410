/* SPDX-License-Identifier: ISC */
/* Locks keep what io.h says of them: two processes meet over a file. */
#include "base/io.h"

#include <sys/wait.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>

#include "other.h"
#include "scene.h"
#include "test.h"

static char root[SCENE_PATH];
static int dir = -1;

static int
lock_file(void)
{
	return mq_io_open(dir, "lock", O_RDWR | O_CREAT, 0600);
}

/* Tries a byte in a process of its own: 0, 1 or -1 as mq_io_trylock. */
static int tried_byte;
static enum mq_io_lock tried_mode;

static void
try_and_say(int in, int out)
{
	int fd = lock_file();

	(void)in;
	other_say(out, (char)('1' + mq_io_trylock(fd, tried_byte, tried_mode)));
}

static int
elsewhere(int byte, enum mq_io_lock mode)
{
	struct other o;
	char c;

	tried_byte = byte;
	tried_mode = mode;
	if (other_start(&o, try_and_say) != 0)
		return -2;
	c = other_hear(o.from);
	(void)other_end(&o);
	return c - '1';
}

static void
hold_until_killed(int in, int out)
{
	int fd = lock_file();

	if (mq_io_lock(fd, 5, MQ_IO_EXCLUSIVE) == 0)
		other_say(out, 'h');
	(void)other_hear(in);
}

static int
locks_exclude(void)
{
	int fd;

	CHECK((fd = lock_file()) != -1);
	CHECK(elsewhere(3, MQ_IO_EXCLUSIVE) == 0);
	CHECK(mq_io_lock(fd, 3, MQ_IO_EXCLUSIVE) == 0);
	CHECK(elsewhere(3, MQ_IO_EXCLUSIVE) == 1);
	CHECK(elsewhere(3, MQ_IO_SHARED) == 1);
	CHECK(elsewhere(2, MQ_IO_EXCLUSIVE) == 0);
	CHECK(elsewhere(4, MQ_IO_EXCLUSIVE) == 0);
	CHECK(mq_io_lock(fd, 3, MQ_IO_SHARED) == 0);
	CHECK(elsewhere(3, MQ_IO_SHARED) == 0);
	CHECK(elsewhere(3, MQ_IO_EXCLUSIVE) == 1);
	CHECK(mq_io_unlock(fd, 3) == 0);
	CHECK(elsewhere(3, MQ_IO_EXCLUSIVE) == 0);
	CHECK(mq_io_close(fd) == 0);
	return 0;
}

/* As fcntl's process-wide locks would be. */
static int
locks_stay(void)
{
	int fd, second;

	CHECK((fd = lock_file()) != -1);
	CHECK(mq_io_lock(fd, 5, MQ_IO_EXCLUSIVE) == 0);
	CHECK(mq_io_trylock(fd, 6, MQ_IO_EXCLUSIVE) == 0);
	CHECK((second = lock_file()) != -1);
	CHECK(mq_io_trylock(second, 5, MQ_IO_SHARED) == 1);
	CHECK(mq_io_trylock(second, 6, MQ_IO_SHARED) == 1);
	CHECK(mq_io_close(second) == 0);
	CHECK(elsewhere(5, MQ_IO_EXCLUSIVE) == 1);
	CHECK(elsewhere(6, MQ_IO_EXCLUSIVE) == 1);
	CHECK(mq_io_close(fd) == 0);
	CHECK(elsewhere(5, MQ_IO_EXCLUSIVE) == 0);
	return 0;
}

static int
locks_die(void)
{
	struct other o;
	int fd, status;

	CHECK((fd = lock_file()) != -1);
	CHECK(other_start(&o, hold_until_killed) == 0);
	CHECK(other_hear(o.from) == 'h');
	CHECK(mq_io_trylock(fd, 5, MQ_IO_EXCLUSIVE) == 1);
	CHECK(kill(o.pid, SIGKILL) == 0);
	/* Waits for the lock, not for the process. */
	CHECK(mq_io_lock(fd, 5, MQ_IO_EXCLUSIVE) == 0);
	status = other_end(&o);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	CHECK(mq_io_close(fd) == 0);
	return 0;
}

static int
lock_needs_access(void)
{
	int fd;

	CHECK((fd = mq_io_open(dir, "lock", O_RDONLY, 0)) != -1);
	CHECK(mq_io_trylock(fd, 5, MQ_IO_SHARED) == 0);
	CHECK(mq_io_trylock(fd, 5, MQ_IO_EXCLUSIVE) == -1 && errno == EBADF);
	CHECK(mq_io_close(fd) == 0);
	CHECK(mq_io_lock(fd, 5, MQ_IO_SHARED) == -1 && errno == EBADF);
	return 0;
}

int
main(void)
{
	if ((dir = scene_dir_open(root)) == -1)
		return 1;
	RUN(locks_exclude, "locks exclude another process, by the byte");
	RUN(locks_stay, "closing another descriptor loses no lock");
	RUN(locks_die, "a killed process holds no lock");
	RUN(lock_needs_access, "a lock needs the access that it guards");
	scene_remove(root);
	return test_done();
}
