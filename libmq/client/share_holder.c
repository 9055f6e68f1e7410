/* SPDX-License-Identifier: ISC */
#include "client/share_holder.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/io.h"
#include "client/group_dir.h"
#include "client/registry.h"

#define PREFIX MQ_SHARE_HOLDER_FILE
#define NAME   40 /* room for a file's name */

static int
number(uint64_t *n, uint64_t bit, struct mq_err *err)
{
	do {
		if (mq_io_random(n, sizeof(*n)) == -1)
			return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
			    "a random number");
		*n &= MQ_SHARE_HOLDER_UNBOUND - 1;
	} while (*n == 0);
	*n |= bit;
	return 0;
}

int
mq_share_holder_unbound(uint64_t *n, struct mq_err *err)
{
	return number(n, MQ_SHARE_HOLDER_UNBOUND, err);
}

/* Reads what a holder's file says: 1, 0 there is none, -1. */
static int
look(int dir, const char *name, struct mq_share_holder_info *info,
    struct mq_err *err)
{
	char text[128];
	ssize_t n = 0;
	int fd, rc;

	(void)memset(info, 0, sizeof(*info));
	if ((fd = mq_io_open(dir, name, O_RDONLY, 0)) == -1)
		return errno == ENOENT ?
		    0 :
		    mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "%s", name);
	if ((rc = mq_io_locked(fd, 0)) == -1 ||
	    (n = mq_io_pread(fd, text, sizeof(text) - 1, 0)) == -1)
		rc = mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "%s", name);
	(void)mq_io_close(fd);
	if (rc == -1)
		return -1;
	info->alive = rc;
	text[n] = '\0';
	if (sscanf(text, "%" SCNd64 " %64s", &info->pid, info->host) < 1)
		info->pid = 0;
	return 1;
}

int
mq_share_holder_look(int dir, uint64_t n, struct mq_share_holder_info *info,
    struct mq_err *err)
{
	char name[NAME];

	if ((n & MQ_SHARE_HOLDER_UNBOUND) != 0) {
		(void)memset(info, 0, sizeof(*info));
		info->alive = 1;
		return 0;
	}
	(void)snprintf(name, sizeof(name), PREFIX "%" PRIu64, n);
	return look(dir, name, info, err) == -1 ? -1 : 0;
}

/* Whether one is alive; with `sweep` takes away the files of the dead. */
static int
any(int dir, int sweep, struct mq_err *err)
{
	struct mq_share_holder_info info;
	struct mq_io_names names;
	size_t i;
	int rc = 0, found = 0;

	if (mq_io_list(dir, &names) == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
		    "the group's directory");
	for (i = 0; i < names.count && rc != -1; i++) {
		if (mq_group_is_member(names.name[i]) ||
		    strcmp(names.name[i], MQ_REGISTRY_ASSIGNMENT) == 0)
			rc = mq_fail(err, MQ_INCONSISTENT_GROUP_PROTOCOL,
			    "it is a consumer group");
		if (!mq_group_is_holder(names.name[i]))
			continue;
		rc = look(dir, names.name[i], &info, err);
		found |= rc == 1 && info.alive;
		if (sweep && rc == 1 && !info.alive)
			(void)mq_io_unlink(dir, names.name[i]);
	}
	mq_io_names_free(&names);
	return rc == -1 ? -1 : found;
}

int
mq_share_holder_any(int dir, struct mq_err *err)
{
	return any(dir, 0, err);
}

int
mq_share_holder_sweep(int dir, struct mq_err *err)
{
	return any(dir, 1, err);
}

int
mq_share_holder_list(int dir, struct mq_share_holder_info **list, size_t *count,
    struct mq_err *err)
{
	struct mq_share_holder_info *l = NULL;
	struct mq_io_names names;
	size_t i, n = 0;
	int rc = 0;

	if (mq_io_list(dir, &names) == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
		    "the group's directory");
	l = calloc(names.count + 1, sizeof(*l));
	if (l == NULL)
		rc = mq_fail_memory(err);
	for (i = 0; i < names.count && rc != -1; i++) {
		if (!mq_group_is_holder(names.name[i]))
			continue;
		rc = look(dir, names.name[i], &l[n], err);
		if (rc == 1 && l[n].alive &&
		    sscanf(names.name[i], PREFIX "%" SCNu64, &l[n].number) == 1)
			n++;
	}
	mq_io_names_free(&names);
	if (rc == -1) {
		free(l);
		return -1;
	}
	*list = l;
	*count = n;
	return 0;
}

/* Makes the file and takes its lock, before anybody may sweep it away. */
static int
make(struct mq_share_holder *h, struct mq_err *err)
{
	char name[NAME], host[MQ_SHARE_HOLDER_HOST], text[128];
	int n;

	mq_io_host(host, sizeof(host));
	n = snprintf(text, sizeof(text), "%" PRId64 " %s\n",
	    (int64_t)mq_io_pid(), host);
	(void)snprintf(name, sizeof(name), PREFIX "%" PRIu64, h->number);
	h->fd = mq_io_open(h->dir, name, O_RDWR | O_CREAT | O_EXCL, 0666);
	if (h->fd != -1 && mq_io_trylock(h->fd, 0, MQ_IO_EXCLUSIVE) == 0 &&
	    mq_io_pwrite(h->fd, text, (size_t)n, 0) == 0)
		return 0;
	(void)mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "%s", name);
	mq_share_holder_leave(h);
	return -1;
}

int
mq_share_holder_take(struct mq_share_holder *h, int dir, int64_t until_ms,
    struct mq_err *err)
{
	int lock, rc = -1;

	h->dir = dir;
	h->fd = -1;
	if (number(&h->number, 0, err) == 0 &&
	    (lock = mq_group_dir_lock_open(dir, err)) != -1) {
		rc = mq_group_dir_lock_until(lock, until_ms, err);
		if (rc == 0 && (rc = any(dir, 1, err)) != -1)
			rc = make(h, err);
		(void)mq_io_close(lock);
	}
	if (rc == -1)
		h->number = 0;
	return rc;
}

void
mq_share_holder_leave(struct mq_share_holder *h)
{
	char name[NAME];

	if (h->fd == -1)
		return;
	(void)snprintf(name, sizeof(name), PREFIX "%" PRIu64, h->number);
	(void)mq_io_unlink(h->dir, name);
	(void)mq_io_close(h->fd);
	h->fd = -1;
}
