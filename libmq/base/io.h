/* SPDX-License-Identifier: ISC */
/*
 * Every system call of the library, and nowhere else: tests replace these at
 * link time to make the Nth one fail.  All return -1 (or NULL) with errno set;
 * calls that a signal may interrupt are repeated.  Descriptors are opened
 * O_CLOEXEC.  Offsets and sizes are bytes.
 */
#ifndef MQ_IO_H
#define MQ_IO_H

#include <stddef.h>
#include <stdint.h>
#include <poll.h>
#include <sys/types.h>

/*
 * Opens path below the directory dir (AT_FDCWD: the current one).  What is
 * below a directory is no link, and a file is a regular one: others may have put
 * it there.
 */
int mq_io_open(int dir, const char *path, int flags, mode_t mode);
/* Closes; an error is told once and the descriptor is gone either way. */
int mq_io_close(int fd);
/* Reads until len bytes or the end of the file; the count read. */
ssize_t mq_io_pread(int fd, void *, size_t len, int64_t at);
/* Reads once from the current position. */
ssize_t mq_io_read(int fd, void *, size_t len);
/* Writes all of it, or fails with some of it written. */
int mq_io_pwrite(int fd, const void *, size_t len, int64_t at);
int mq_io_truncate(int fd, int64_t size);
/* Data and what is needed to read it back; and with it all metadata. */
int mq_io_datasync(int fd);
int mq_io_sync(int fd);
/* Tells the kernel to start writing a range out; only a hint. */
void mq_io_writeback(int fd, int64_t at, int64_t len);
/* Forgets what the page cache holds of a file, so that reads see the disk. */
void mq_io_forget(int fd);
int mq_io_size(int fd, int64_t *size);
/* Whether the file still has a name, or was unlinked: 1, 0, -1. */
int mq_io_has_name(int fd);
/* Size, and modification time in milliseconds since 1970. */
int mq_io_stat(int dir, const char *path, int64_t *size, int64_t *mtime_ms);
/* Sets the modification time. */
int mq_io_touch(int fd, int64_t mtime_ms);
int mq_io_rename(int dir, const char *from, const char *to);
int mq_io_unlink(int dir, const char *path);
int mq_io_rmdir(int dir, const char *path);
int mq_io_mkdir(int dir, const char *path, mode_t mode);
/* The absolute name of a path; caller frees. */
char *mq_io_realpath(const char *path);

/* The names in a directory, without . and .., in no order. */
struct mq_io_names {
	char **name;
	size_t count;
};
int mq_io_list(int dir, struct mq_io_names *);
void mq_io_names_free(struct mq_io_names *);

/*
 * Open-file-description locks on one byte: they go with the descriptor, so a
 * killed process holds none.  A shared lock needs a descriptor open for
 * reading, an exclusive one for writing.
 */
enum mq_io_lock {
	MQ_IO_SHARED,
	MQ_IO_EXCLUSIVE
};
int mq_io_lock(int fd, int64_t byte, enum mq_io_lock);
/* The same for who can be interrupted: a signal ends it with EINTR. */
int mq_io_lock_patiently(int fd, int64_t byte, enum mq_io_lock);
/* Without waiting: 0 taken, 1 another holds it, -1 error. */
int mq_io_trylock(int fd, int64_t byte, enum mq_io_lock);
int mq_io_unlock(int fd, int64_t byte);
/* Whether somebody else holds it in any mode: 1, 0, -1. */
int mq_io_locked(int fd, int64_t byte);

/*
 * Names this mount in this boot: what the page cache held under another token
 * may be gone.
 */
#define MQ_IO_TOKEN 24
int mq_io_token(int fd, uint8_t token[MQ_IO_TOKEN]);
/* The name of the network file system that fd is on, or NULL. */
const char *mq_io_network_fs(int fd);

/* One inotify descriptor, non-blocking. */
int mq_io_watch_new(void);
/*
 * Told when a file is written; when names come and go in a directory; and with
 * them when a file in it is closed that was open for writing, as a process that
 * dies closes all of its own.
 */
enum mq_io_watch {
	MQ_IO_WRITES,
	MQ_IO_NAMES,
	MQ_IO_CLOSES
};
int mq_io_watch_add(int watch, const char *path, enum mq_io_watch);
int mq_io_watch_remove(int watch, int id);
/* Takes waiting events; calls back with each watch id, -1 some were lost. */
int mq_io_watch_drain(int watch, void (*)(int id, void *arg), void *arg);
/* poll(2); timeout_ms -1 waits for ever.  0 also when a signal came. */
int mq_io_poll(struct pollfd *, size_t, int64_t timeout_ms);
/* Sleeps for about so many microseconds, or until a signal comes. */
void mq_io_pause(int64_t us);

int mq_io_random(void *, size_t);

/* Who this is: the process, and the machine's name (empty where unknown). */
pid_t mq_io_pid(void);
void mq_io_host(char *, size_t);

#endif
