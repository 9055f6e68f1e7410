/* SPDX-License-Identifier: ISC */
#include "client/group_dir.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/io.h"
#include "client/lock.h"
#include "client/registry.h"
#include "client/share_holder.h"

#define GROUPS "groups"
#define OWNER  ".owner"

/* What stands behind the prefix, or NULL: it has another, or nothing there. */
static const char *
behind(const char *name, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(name, prefix, len) == 0 && name[len] != '\0' ?
	    name + len :
	    NULL;
}

int
mq_group_is_member(const char *name)
{
	const char *id = behind(name, MQ_REGISTRY_MEMBER);

	/* An id has no dot; what is named after a topic ends in one. */
	return id != NULL && strchr(id, '.') == NULL;
}

int
mq_group_is_holder(const char *name)
{
	const char *number = behind(name, MQ_SHARE_HOLDER_FILE);

	return number != NULL && number[strspn(number, "0123456789")] == '\0';
}

int
mq_group_is_owner(const char *name)
{
	static const char suffix[] = OWNER;
	size_t len = strlen(name);

	return len >= sizeof(suffix) &&
	    strcmp(name + len - (sizeof(suffix) - 1), suffix) == 0;
}

void
mq_group_owner_name(char name[MQ_GROUP_OWNER], const char *topic,
    int32_t partition)
{
	(void)snprintf(name, MQ_GROUP_OWNER, MQ_LAYOUT_PARTITION OWNER, topic,
	    partition);
}

int
mq_group_name_check(const char *group, struct mq_err *err)
{
	size_t len = strlen(group);

	if (len >= 1 && len <= MQ_GROUP_MAX)
		return 0;
	return mq_fail(err, MQ_INVALID_GROUP_ID,
	    "a group's name has 1 to %d bytes, not %zu", MQ_GROUP_MAX, len);
}

static int
plain(const char *group, size_t i)
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

	/* A dot that is first would make it ., .. or hidden. */
	return strchr(safe, group[i]) != NULL || (group[i] == '.' && i != 0);
}

static void
escape(const char *group, char name[MQ_GROUP_NAME])
{
	char *to = name;
	size_t i;

	for (i = 0; group[i] != '\0'; i++)
		if (plain(group, i))
			*to++ = group[i];
		else
			to += sprintf(to, "%%%02X", (unsigned char)group[i]);
	*to = '\0';
}

/* What the two digits behind a % stand for; 0: they are none. */
static unsigned
escaped(const char *digits)
{
	unsigned value = 0;

	if (isxdigit((unsigned char)digits[0]) &&
	    isxdigit((unsigned char)digits[1]))
		(void)sscanf(digits, "%2X", &value);
	return value;
}

/* The group's name again, or NULL: it is no directory of a group. */
static char *
unescape(const char *name)
{
	char *group = malloc(strlen(name) + 1), *to = group;
	unsigned value;

	for (; to != NULL && *name != '\0'; name++) {
		if (*name != '%')
			*to++ = *name;
		else if ((value = escaped(name + 1)) != 0) {
			*to++ = (char)value;
			name += 2;
		} else {
			free(group);
			return NULL;
		}
	}
	if (to == NULL)
		return NULL;
	*to = '\0';
	if (strlen(group) <= MQ_GROUP_MAX)
		return group;
	free(group);
	return NULL;
}

/* Makes one directory below another, and sees to it that its name stays. */
static int
make(int parent, const char *name, struct mq_err *err)
{
	if (mq_io_mkdir(parent, name, 0777) == -1)
		return errno == EEXIST ?
		    0 :
		    mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "making %s",
			name);
	if (mq_io_sync(parent) == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "making %s",
		    name);
	return 0;
}

int
mq_group_dir_open(struct mq *mq, const char *group, int create, int *dir,
    struct mq_err *err)
{
	char path[sizeof(GROUPS) + MQ_GROUP_NAME + 1];
	char name[MQ_GROUP_NAME];
	int tries = 0;

	*dir = -1;
	if (mq_group_name_check(group, err) == -1)
		return -1;
	escape(group, name);
	(void)snprintf(path, sizeof(path), GROUPS "/%s", name);
	/* It may be deleted at any moment: then it is made anew. */
	do {
		if (create &&
		    (make(mq->store.dir, GROUPS, err) == -1 ||
			make(mq->store.dir, path, err) == -1))
			return mq_fail_context(err, "group %s", group);
		*dir =
		    mq_io_open(mq->store.dir, path, O_RDONLY | O_DIRECTORY, 0);
	} while (*dir == -1 && errno == ENOENT && create &&
	    ++tries < MQ_GROUP_TRIES);
	if (*dir != -1)
		return 1;
	if (errno == ENOENT && !create)
		return 0;
	(void)mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "%s", path);
	return mq_fail_context(err, "group %s", group);
}

int
mq_group_dir_lock_open(int dir, struct mq_err *err)
{
	int fd = mq_io_open(dir, MQ_GROUP_LOCK, O_RDWR | O_CREAT, 0666);

	if (fd == -1)
		(void)mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, MQ_GROUP_LOCK);
	return fd;
}

void
mq_group_dir_unlock(int lock)
{
	/* A lock that is held can be let go. */
	(void)mq_io_unlock(lock, 0);
}

/* Lets it go again where it is not the group's lock any more. */
static int
still_named(int lock, struct mq_err *err)
{
	int named = mq_io_has_name(lock);

	if (named == 1)
		return 0;
	/* Who held it has deleted the group. */
	if (named == 0)
		errno = ENOENT;
	(void)mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, MQ_GROUP_LOCK);
	mq_group_dir_unlock(lock);
	return -1;
}

int
mq_group_dir_lock(int lock, int wakeup, struct mq_err *err)
{
	struct pollfd woken = { wakeup, POLLIN, 0 };

	while (mq_io_lock_patiently(lock, 0, MQ_IO_EXCLUSIVE) == -1) {
		if (errno != EINTR)
			return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
			    MQ_GROUP_LOCK);
		if (wakeup != -1 && mq_io_poll(&woken, 1, 0) == 1)
			return mq_fail(err, MQ_REQUEST_TIMED_OUT,
			    "another member holds " MQ_GROUP_LOCK);
	}
	return still_named(lock, err);
}

int
mq_group_dir_lock_until(int lock, int64_t until_ms, struct mq_err *err)
{
	if (mq_lock_until(lock, until_ms, err) == -1)
		return mq_fail_context(err, MQ_GROUP_LOCK);
	return still_named(lock, err);
}

int
mq_group_dir_own(int dir, const char *topic, int32_t partition,
    struct mq_err *err)
{
	char name[MQ_GROUP_OWNER];
	int fd, rc, named;

	mq_group_owner_name(name, topic, partition);
	do {
		named = 1;
		fd = mq_io_open(dir, name, O_RDWR | O_CREAT, 0666);
		rc = fd == -1 ? -1 : mq_io_trylock(fd, 0, MQ_IO_EXCLUSIVE);
		if (rc == 0 && (named = mq_io_has_name(fd)) == 1)
			return fd;
		if (rc == -1 || named == -1)
			rc = mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "%s",
			    name);
		if (fd != -1)
			(void)mq_io_close(fd);
		/* One that was deleted meanwhile is nobody's. */
	} while (named == 0);
	return rc == -1 ? -1 : MQ_GROUP_OWNED;
}

char *
mq_group_dir_path(struct mq *mq, const char *group)
{
	size_t len =
	    strlen(mq->store.path) + sizeof(GROUPS) + MQ_GROUP_NAME + 2;
	char name[MQ_GROUP_NAME], *path = malloc(len);

	escape(group, name);
	if (path != NULL)
		(void)snprintf(path, len, "%s/" GROUPS "/%s", mq->store.path,
		    name);
	return path;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char **
mq_group_dir_list(struct mq *mq, struct mq_err *err)
{
	struct mq_io_names names = { NULL, 0 };
	char **list;
	size_t i, n = 0;
	int dir;

	dir = mq_io_open(mq->store.dir, GROUPS, O_RDONLY | O_DIRECTORY, 0);
	if ((dir == -1 && errno != ENOENT) ||
	    (dir != -1 && mq_io_list(dir, &names) == -1)) {
		(void)mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, GROUPS);
		if (dir != -1)
			(void)mq_io_close(dir);
		return NULL;
	}
	if (dir != -1)
		(void)mq_io_close(dir);
	list = calloc(names.count + 1, sizeof(*list));
	for (i = 0; i < names.count && list != NULL; i++)
		if ((list[n] = unescape(names.name[i])) != NULL)
			n++;
	mq_io_names_free(&names);
	if (list == NULL)
		(void)mq_fail_memory(err);
	else
		qsort(list, n, sizeof(*list), compare);
	return list;
}
