/* SPDX-License-Identifier: ISC */
/* Locks on one byte of a file, which belong to a descriptor. */
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static struct flock
one_byte(int64_t byte, enum mq_io_lock mode)
{
	struct flock fl;

	(void)memset(&fl, 0, sizeof(fl));
	fl.l_type = mode == MQ_IO_SHARED ? F_RDLCK : F_WRLCK;
	fl.l_whence = SEEK_SET;
	fl.l_start = byte;
	fl.l_len = 1;
	return fl;
}

static int
lock_op(int fd, int op, struct flock *fl)
{
	int rc;

	do
		rc = fcntl(fd, op, fl);
	while (rc == -1 && errno == EINTR);
	return rc;
}

int
mq_io_lock_patiently(int fd, int64_t byte, enum mq_io_lock mode)
{
	struct flock fl = one_byte(byte, mode);

	return fcntl(fd, F_OFD_SETLKW, &fl);
}

int
mq_io_lock(int fd, int64_t byte, enum mq_io_lock mode)
{
	struct flock fl = one_byte(byte, mode);

	return lock_op(fd, F_OFD_SETLKW, &fl);
}

int
mq_io_trylock(int fd, int64_t byte, enum mq_io_lock mode)
{
	struct flock fl = one_byte(byte, mode);

	if (lock_op(fd, F_OFD_SETLK, &fl) == 0)
		return 0;
	return errno == EAGAIN || errno == EACCES ? 1 : -1;
}

int
mq_io_locked(int fd, int64_t byte)
{
	struct flock fl = one_byte(byte, MQ_IO_EXCLUSIVE);

	if (fcntl(fd, F_OFD_GETLK, &fl) == -1)
		return -1;
	return fl.l_type != F_UNLCK;
}

int
mq_io_unlock(int fd, int64_t byte)
{
	struct flock fl = one_byte(byte, MQ_IO_EXCLUSIVE);

	fl.l_type = F_UNLCK;
	return lock_op(fd, F_OFD_SETLK, &fl);
}
