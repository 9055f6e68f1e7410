/* SPDX-License-Identifier: ISC */
/*
 * The system calls keep what io.h says of them, the locks above all: two
 * processes meet over a file, and speak through pipes, never by sleeping.
 */
#include "base/io.h"

#include <sys/wait.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "test.h"

#define PATIENCE 30000 /* ms, for what should be told at once */

static char root[] = "/tmp/mq-io-test.XXXXXX";
static int dir = -1;

/* A second process and a pipe each way. */
struct other {
	pid_t pid;
	int to;
	int from;
};

/* Runs act in a child; it ends when act returns. */
static int
other_start(struct other *o, void (*act)(int in, int out))
{
	int down[2], up[2];

	(void)fflush(stdout);
	CHECK(pipe(down) == 0 && pipe(up) == 0);
	CHECK((o->pid = fork()) != -1);
	if (o->pid == 0) {
		(void)close(down[1]);
		(void)close(up[0]);
		act(down[0], up[1]);
		_exit(0);
	}
	(void)close(down[0]);
	(void)close(up[1]);
	o->to = down[1];
	o->from = up[0];
	return 0;
}

static int
other_end(struct other *o)
{
	int status;

	(void)close(o->to);
	(void)close(o->from);
	return waitpid(o->pid, &status, 0) == o->pid ? status : -1;
}

static void
say(int fd, char c)
{
	if (write(fd, &c, 1) != 1)
		_exit(1);
}

/* What the other said, or 0 at its end. */
static char
hear(int fd)
{
	char c = 0;

	return read(fd, &c, 1) == 1 ? c : 0;
}

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
	say(out, (char)('1' + mq_io_trylock(fd, tried_byte, tried_mode)));
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
	c = hear(o.from);
	(void)other_end(&o);
	return c - '1';
}

static void
hold_until_killed(int in, int out)
{
	int fd = lock_file();

	if (mq_io_lock(fd, 5, MQ_IO_EXCLUSIVE) == 0)
		say(out, 'h');
	(void)hear(in);
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
	CHECK(hear(o.from) == 'h');
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

static int
not_inherited(void)
{
	int fd, flags;

	CHECK((fd = lock_file()) != -1);
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

/* These keep the file open: it is the write that wakes, not the close. */
static void
append_when_told(int in, int out)
{
	int fd = mq_io_open(dir, "data", O_WRONLY, 0);

	(void)out;
	if (hear(in) != 'w' || mq_io_pwrite(fd, "more", 4, 5) == -1)
		_exit(1);
	(void)hear(in);
}

static void
create_when_told(int in, int out)
{
	(void)out;
	if (hear(in) != 'w' ||
	    mq_io_open(dir, "new", O_WRONLY | O_CREAT, 0600) == -1)
		_exit(1);
	(void)hear(in);
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
	say(o.to, 'w');
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

static int
tokens(void)
{
	uint8_t a[MQ_IO_TOKEN], b[MQ_IO_TOKEN], zero[MQ_IO_TOKEN] = { 0 };
	int fd;

	CHECK((fd = lock_file()) != -1);
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

static void
clear(int d)
{
	struct mq_io_names names;
	size_t i;
	int sub;

	if (mq_io_list(d, &names) == -1)
		return;
	for (i = 0; i < names.count; i++) {
		if (mq_io_unlink(d, names.name[i]) == 0)
			continue;
		sub = mq_io_open(d, names.name[i], O_RDONLY | O_DIRECTORY, 0);
		if (sub != -1) {
			clear(sub);
			(void)mq_io_close(sub);
		}
		(void)mq_io_rmdir(d, names.name[i]);
	}
	mq_io_names_free(&names);
}

int
main(void)
{
	if (mkdtemp(root) == NULL ||
	    (dir = mq_io_open(AT_FDCWD, root, O_RDONLY | O_DIRECTORY, 0)) == -1)
		return 1;
	RUN(not_inherited, "descriptors are not inherited over exec");
	RUN(reads_to_the_end, "reads stop at the end of the file");
	RUN(writes_fail, "a write that does not fit is an error");
	RUN(lists, "a directory is listed, as often as one likes");
	RUN(names_change, "names are made, moved and removed");
	RUN(locks_exclude, "locks exclude another process, by the byte");
	RUN(locks_stay, "closing another descriptor loses no lock");
	RUN(locks_die, "a killed process holds no lock");
	RUN(lock_needs_access, "a lock needs the access that it guards");
	RUN(watch_wakes, "a watch is woken by another process");
	RUN(watch_fails, "a watch on nothing is an error");
	RUN(tokens, "a token names the mount");
	RUN(random_bytes, "random bytes fill all of the buffer");
	clear(dir);
	(void)mq_io_rmdir(AT_FDCWD, root);
	return test_done();
}
