/* SPDX-License-Identifier: ISC */
#include "log/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/io.h"
#include "log/checkpoint.h"
#include "log/session.h"

#define META_VERSION "version=0\n"

/* Makes one directory, and sees to it that its name stays. */
static int
make_directory(const char *path, struct mq_err *err)
{
	char *parent;
	int fd, rc = 0;

	if (mq_io_mkdir(AT_FDCWD, path, 0777) == -1)
		return errno == EEXIST ?
		    0 :
		    mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "making %s",
			path);
	if ((parent = malloc(strlen(path) + 4)) == NULL)
		return mq_fail_memory(err);
	(void)sprintf(parent, "%s/..", path);
	fd = mq_io_open(AT_FDCWD, parent, O_RDONLY | O_DIRECTORY, 0);
	free(parent);
	if (fd == -1 || mq_io_sync(fd) == -1) {
		rc = mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
		    "making %s: its parent", path);
		/* A name that may not stay: the next try makes it anew. */
		(void)mq_io_rmdir(AT_FDCWD, path);
	}
	if (fd != -1)
		(void)mq_io_close(fd);
	return rc;
}

/* With its parents. */
static int
make_directories(const char *path, struct mq_err *err)
{
	char *copy, *p, c;
	int rc = 0;

	if ((copy = strdup(path)) == NULL)
		return mq_fail_memory(err);
	for (p = copy + 1; rc == 0; p++) {
		if (*p != '/' && *p != '\0')
			continue;
		c = *p;
		*p = '\0';
		rc = make_directory(copy, err);
		if ((*p = c) == '\0')
			break;
	}
	free(copy);
	return rc;
}

static int
write_meta(const struct mq_store *s, struct mq_err *err)
{
	char id[MQ_UUID_TEXT], text[128];
	int n;

	if (mq_uuid_random(id) == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "random id");
	n = snprintf(text, sizeof(text),
	    "cluster.id=%s\n" META_VERSION "broker.id=0\n", id);
	return mq_checkpoint_replace(s->dir, MQ_LAYOUT_META, text, (size_t)n,
	    err);
}

int
mq_store_check_meta(const struct mq_store *s, struct mq_err *err)
{
	char text[4097];
	ssize_t n;
	int fd;

	fd = mq_io_open(s->dir, MQ_LAYOUT_META, O_RDONLY, 0);
	if (fd == -1) {
		if (errno == ENOENT)
			return 0;
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
		    MQ_LAYOUT_META);
	}
	n = mq_io_pread(fd, text, sizeof(text) - 1, 0);
	if (n == -1)
		(void)mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
		    MQ_LAYOUT_META);
	(void)mq_io_close(fd);
	if (n == -1)
		return -1;
	text[n] = '\0';
	if (strstr(text, META_VERSION) == NULL)
		return mq_fail(err, MQ_UNSUPPORTED_VERSION,
		    MQ_LAYOUT_META ": it has no line %.9s", META_VERSION);
	if (strstr(text, "cluster.id=") == NULL)
		return mq_fail(err, MQ_INVALID_CONFIG,
		    MQ_LAYOUT_META ": it has no line cluster.id=");
	return 1;
}

static int
open_lock(struct mq_store *s, struct mq_err *err)
{
	int rc;

	s->lock =
	    mq_io_open(s->dir, MQ_LAYOUT_STORE_LOCK, O_RDWR | O_CREAT, 0666);
	if (s->lock == -1 && (errno == EACCES || errno == EROFS)) {
		s->denied = errno;
		s->lock = mq_io_open(s->dir, MQ_LAYOUT_STORE_LOCK, O_RDONLY, 0);
	}
	if (s->lock == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
		    MQ_LAYOUT_STORE_LOCK);
	rc = mq_io_trylock(s->lock, MQ_LAYOUT_SERVE, MQ_IO_SHARED);
	if (rc == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
		    MQ_LAYOUT_STORE_LOCK);
	if (rc == 1)
		return mq_fail(err, MQ_COORDINATOR_NOT_AVAILABLE,
		    "a broker holds the store");
	return mq_session_join(s->lock, s->token, err);
}

/* Makes what is missing of a store in the directory that is open. */
static int
establish(struct mq_store *s, int create, struct mq_err *err)
{
	int rc = mq_store_check_meta(s, err);

	if (rc == -1)
		return -1;
	if (rc == 1)
		return open_lock(s, err);
	if (!create)
		return mq_fail(err, MQ_UNKNOWN_TOPIC_OR_PARTITION,
		    "no store is there: it has no " MQ_LAYOUT_META);
	/* Several may be at it: the one with the lock writes it. */
	if (open_lock(s, err) == -1 || mq_store_admin_lock(s, err) == -1)
		return -1;
	rc = mq_store_check_meta(s, err);
	if (rc == 0)
		rc = write_meta(s, err);
	mq_store_admin_unlock(s);
	return rc == -1 ? -1 : 0;
}

int
mq_store_open(struct mq_store *s, const char *path, int create,
    struct mq_err *err)
{
	const char *fs;

	s->path = NULL;
	s->dir = s->lock = -1;
	s->denied = 0;
	if (create && make_directories(path, err) == -1)
		return -1;
	s->dir = mq_io_open(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0);
	if (s->dir == -1)
		return errno == ENOENT ?
		    mq_fail(err, MQ_UNKNOWN_TOPIC_OR_PARTITION,
			"no store is at %s", path) :
		    mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "store %s",
			path);
	if ((fs = mq_io_network_fs(s->dir)) != NULL)
		(void)mq_fail(err, MQ_UNSUPPORTED_VERSION,
		    "it is on a network file system (%s), where locks and "
		    "shared memory do not hold",
		    fs);
	else if ((s->path = mq_io_realpath(path)) == NULL)
		(void)mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "its name");
	else if (establish(s, create, err) == 0)
		return 0;
	(void)mq_fail_context(err, "store %s", path);
	mq_store_close(s);
	return -1;
}

void
mq_store_close(struct mq_store *s)
{
	if (s->lock != -1)
		(void)mq_io_close(s->lock);
	if (s->dir != -1)
		(void)mq_io_close(s->dir);
	s->lock = s->dir = -1;
	free(s->path);
	s->path = NULL;
}

int
mq_store_admin_lock(const struct mq_store *s, struct mq_err *err)
{
	if (mq_io_lock(s->lock, MQ_LAYOUT_ADMIN, MQ_IO_EXCLUSIVE) == -1) {
		if (errno == EBADF) {
			errno = s->denied;
			return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
			    "store %s can only be read", s->path);
		}
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
		    MQ_LAYOUT_STORE_LOCK);
	}
	return 0;
}

void
mq_store_admin_unlock(const struct mq_store *s)
{
	/* A lock that is held can be let go. */
	(void)mq_io_unlock(s->lock, MQ_LAYOUT_ADMIN);
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char **
mq_store_topics(const struct mq_store *s, struct mq_err *err)
{
	static const char suffix[] = ".json";
	struct mq_io_names names;
	struct mq_err ignored;
	char **list, *name;
	size_t i, len, n = 0;

	if (mq_io_list(s->dir, &names) == -1) {
		(void)mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "listing");
		return NULL;
	}
	list = calloc(names.count + 1, sizeof(*list));
	for (i = 0; i < names.count && list != NULL; i++) {
		name = names.name[i];
		len = strlen(name);
		if (len < sizeof(suffix) ||
		    strcmp(name + len - (sizeof(suffix) - 1), suffix) != 0)
			continue;
		name[len - (sizeof(suffix) - 1)] = '\0';
		if (mq_topic_name_check(name, &ignored) == -1)
			continue;
		list[n++] = name;
		names.name[i] = NULL; /* it is the list's now */
	}
	mq_io_names_free(&names);
	if (list == NULL)
		(void)mq_fail_memory(err);
	else
		qsort(list, n, sizeof(*list), compare);
	return list;
}
