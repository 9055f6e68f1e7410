/* SPDX-License-Identifier: ISC */
/*
 * base/io over system calls that fail, and a disk that loses power: for the
 * one test program that includes this, where it takes the place of base/io.
 *
 * Calls are counted, and the Nth one (or all from the Nth on) fails.  Of files
 * below the root, what was not synced is kept as a list: of writes for a file,
 * of names for a directory.  A failed sync drops its list from the disk, while
 * the page cache goes on to show it, as Linux does.  A power cut leaves what
 * was synced, and a part of the lists.
 */
#ifndef FAULT_IO_H
#define FAULT_IO_H

#include <sys/inotify.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scene.h"

enum {
	FAULT_OPEN = 1,
	FAULT_READ = 2,
	FAULT_WRITE = 4,
	FAULT_TRUNCATE = 8,
	FAULT_SYNC = 16,
	FAULT_NAME = 32, /* rename, unlink, mkdir, rmdir */
	FAULT_LOOK = 64, /* size, stat, token */
	FAULT_LOCK = 128,
	FAULT_ALL = 255
};

static struct fault {
	int calls;  /* the kinds that are counted */
	int nth;    /* the call that fails, from 1; 0 none does */
	int error;  /* errno */
	int to_end; /* boolean: and all behind it */
	int torn;   /* boolean: a write that fails has written half */
	int count;  /* of calls so far */
	int struck; /* of those that failed */
	int dead;   /* boolean: the power is gone with the Nth call */
} fault;

/*
 * Done once before the Nth call, which does not fail then; or NULL.  0: not at
 * this one, but the next.
 */
static int (*fault_instead)(void);

static long fault_fs; /* magic of a file system that all seem to be on, or 0 */

enum disk_keep {
	DISK_NONE, /* of what was not synced */
	DISK_ALL,
	DISK_SOME
};

struct disk_write {
	int cut; /* boolean: the size is set to `at` */
	size_t at, len;
	uint8_t *data;
};

/* A name comes (node) or goes (NULL) in a directory. */
struct disk_name {
	char *name;
	struct disk_node *node;
	int group; /* those of a rename come and go together */
};

struct disk_names {
	struct disk_name *name;
	size_t count;
};

struct disk_node {
	int is_dir;
	uint8_t *data; /* on disk */
	size_t len;
	struct disk_write *late; /* not synced */
	size_t late_count;
	struct disk_names disk, late_names, view;
	struct disk_node *parent; /* of a directory */
	struct disk_node *next;	  /* of all nodes */
};

static struct disk_node *disk_all, *disk_root, *disk_fd[1024];
static char disk_path[SCENE_PATH];
static uint8_t disk_boot;
static int disk_group;
static uint32_t disk_seed;

static uint32_t
disk_random(uint32_t n)
{
	disk_seed = disk_seed * 1664525u + 1013904223u;
	return (disk_seed >> 8) % n;
}

static void *
disk_grow(void *p, size_t count, size_t size)
{
	if ((p = reallocarray(p, count, size)) == NULL)
		abort();
	return p;
}

static struct disk_node *
disk_new(int is_dir)
{
	struct disk_node *n = calloc(1, sizeof(*n));

	if (n == NULL)
		abort();
	n->is_dir = is_dir;
	n->next = disk_all;
	disk_all = n;
	return n;
}

static struct disk_name *
disk_find(const struct disk_names *ns, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < ns->count; i++)
		if (strlen(ns->name[i].name) == len &&
		    memcmp(ns->name[i].name, name, len) == 0)
			return &ns->name[i];
	return NULL;
}

static void
disk_add(struct disk_names *ns, const char *name, struct disk_node *node,
    int group)
{
	struct disk_name *n;

	ns->name = disk_grow(ns->name, ns->count + 1, sizeof(*n));
	n = &ns->name[ns->count++];
	n->name = strdup(name);
	n->node = node;
	n->group = group;
}

/* Makes the change that one name is. */
static void
disk_set(struct disk_names *ns, const char *name, struct disk_node *node)
{
	struct disk_name *n = disk_find(ns, name, strlen(name));

	if (n == NULL && node != NULL)
		disk_add(ns, name, node, 0);
	else if (node != NULL)
		n->node = node;
	else if (n != NULL) {
		free(n->name);
		*n = ns->name[--ns->count];
	}
}

static void
disk_names_clear(struct disk_names *ns)
{
	size_t i;

	for (i = 0; i < ns->count; i++)
		free(ns->name[i].name);
	free(ns->name);
	ns->name = NULL;
	ns->count = 0;
}

static void
disk_late_clear(struct disk_node *n)
{
	size_t i;

	for (i = 0; i < n->late_count; i++)
		free(n->late[i].data);
	free(n->late);
	n->late = NULL;
	n->late_count = 0;
	disk_names_clear(&n->late_names);
}

static void
disk_change(struct disk_node *dir, const char *name, struct disk_node *node,
    int group)
{
	disk_set(&dir->view, name, node);
	disk_add(&dir->late_names, name, node, group);
}

static void
disk_write_late(struct disk_node *n, int cut, size_t at, const void *data,
    size_t len)
{
	struct disk_write *w;

	if (n == NULL)
		return;
	n->late = disk_grow(n->late, n->late_count + 1, sizeof(*w));
	w = &n->late[n->late_count++];
	w->cut = cut;
	w->at = at;
	w->len = len;
	w->data = malloc(len + 1);
	if (w->data == NULL)
		abort();
	if (len != 0)
		(void)memcpy(w->data, data, len);
}

static void
disk_apply(uint8_t **data, size_t *len, const struct disk_write *w, size_t part)
{
	size_t end = w->at + (w->cut ? 0 : part);

	if (end > *len || w->cut) {
		*data = disk_grow(*data, end + 1, 1);
		if (end > *len)
			(void)memset(*data + *len, 0, end - *len);
		*len = end;
	}
	if (!w->cut && part != 0)
		(void)memcpy(*data + w->at, w->data, part);
}

static void
disk_sync(struct disk_node *n)
{
	size_t i;

	for (i = 0; n != NULL && i < n->late_count; i++)
		disk_apply(&n->data, &n->len, &n->late[i], n->late[i].len);
	for (i = 0; n != NULL && i < n->late_names.count; i++)
		disk_set(&n->disk, n->late_names.name[i].name,
		    n->late_names.name[i].node);
	if (n != NULL)
		disk_late_clear(n);
}

/* The node of a path as the page cache has it; *dir and *last: its place. */
static struct disk_node *
disk_walk(int fd, const char *path, struct disk_node **dir, const char **last)
{
	struct disk_node *at = fd >= 0 && fd < 1024 ? disk_fd[fd] : NULL;
	size_t root = strlen(disk_path), len;
	struct disk_name *n;

	*dir = NULL;
	if (fd == AT_FDCWD && root != 0 &&
	    strncmp(path, disk_path, root) == 0) {
		at = disk_root;
		path += root;
	}
	while (at != NULL) {
		path += strspn(path, "/");
		len = strcspn(path, "/");
		if (len == 0 || strcmp(path, ".") == 0)
			return at;
		*dir = at;
		*last = path;
		n = disk_find(&at->view, path, len);
		if (len == 2 && memcmp(path, "..", 2) == 0)
			at = at->parent;
		else
			at = n != NULL ? n->node : NULL;
		if (at == NULL && path[len] != '\0')
			*dir = NULL;
		path += len;
	}
	return NULL;
}

/* Whether this call is the one. */
static int
fault_strike(int call)
{
	if (fault.dead) {
		errno = EIO;
		return 1;
	}
	if ((fault.calls & call) == 0)
		return 0;
	fault.count++;
	if (fault.nth == 0 ||
	    (fault.to_end ? fault.count < fault.nth : fault.count != fault.nth))
		return 0;
	if (fault_instead != NULL) {
		fault.nth = 0;
		if (fault_instead())
			fault_instead = NULL;
		else
			fault.nth = fault.count + 1;
		return 0;
	}
	fault.struck++;
	errno = fault.error;
	if (fault.error == 0) {
		fault.dead = 1;
		errno = EIO;
	}
	return 1;
}

static int
sys_openat(int dirfd, const char *path, int flags, mode_t mode)
{
	struct disk_node *dir, *n;
	const char *last = NULL;
	int fd;

	if (fault_strike(FAULT_OPEN))
		return -1;
	if ((fd = openat(dirfd, path, flags, mode)) == -1)
		return -1;
	n = disk_walk(dirfd, path, &dir, &last);
	if (n == NULL && dir != NULL) {
		n = disk_new(0);
		disk_change(dir, last, n, ++disk_group);
	} else if (n != NULL && (flags & O_TRUNC) != 0)
		disk_write_late(n, 1, 0, NULL, 0);
	if (fd < 1024)
		disk_fd[fd] = n;
	return fd;
}

static int
sys_close(int fd)
{
	if (fd >= 0 && fd < 1024)
		disk_fd[fd] = NULL;
	return close(fd);
}

static ssize_t
sys_pread(int fd, void *data, size_t len, off_t at)
{
	return fault_strike(FAULT_READ) ? -1 : pread(fd, data, len, at);
}

static ssize_t
sys_read(int fd, void *data, size_t len)
{
	return fault_strike(FAULT_READ) ? -1 : read(fd, data, len);
}

static ssize_t
sys_pwrite(int fd, const void *data, size_t len, off_t at)
{
	ssize_t n;

	if (fault_strike(FAULT_WRITE)) {
		if (fault.dead || !fault.torn || len < 2)
			return -1;
		/* Half now; the rest fails when it is asked for. */
		fault.nth = fault.to_end ? fault.nth : fault.count + 1;
		fault.torn = 0;
		len /= 2;
	}
	n = pwrite(fd, data, len, at);
	if (n > 0)
		disk_write_late(disk_fd[fd], 0, (size_t)at, data, (size_t)n);
	return n;
}

static int
sys_ftruncate(int fd, off_t size)
{
	if (fault_strike(FAULT_TRUNCATE))
		return -1;
	disk_write_late(disk_fd[fd], 1, (size_t)size, NULL, 0);
	return ftruncate(fd, size);
}

static int
sys_fsync(int fd)
{
	if (fault_strike(FAULT_SYNC)) {
		if (!fault.dead && disk_fd[fd] != NULL)
			disk_late_clear(disk_fd[fd]);
		return -1;
	}
	disk_sync(disk_fd[fd]);
	return 0;
}

/* Reads see the disk again, but for what is still to be written. */
static int
sys_forget(int fd)
{
	struct disk_node *n = disk_fd[fd];
	uint8_t *data;
	char self[64];
	size_t i, len;
	int rw;

	if (n == NULL || fault.dead)
		return 0;
	len = n->len;
	data = disk_grow(NULL, len + 1, 1);
	if (len != 0)
		(void)memcpy(data, n->data, len);
	for (i = 0; i < n->late_count; i++)
		disk_apply(&data, &len, &n->late[i], n->late[i].len);
	(void)snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	rw = open(self, O_RDWR | O_TRUNC | O_CLOEXEC);
	if (rw == -1 || pwrite(rw, data, len, 0) != (ssize_t)len)
		abort();
	(void)close(rw);
	free(data);
	return 0;
}

static int
sys_fstat(int fd, struct stat *st)
{
	return fault_strike(FAULT_LOOK) ? -1 : fstat(fd, st);
}

static int
sys_fstatat(int dir, const char *path, struct stat *st, int flags)
{
	return fault_strike(FAULT_LOOK) ? -1 : fstatat(dir, path, st, flags);
}

static int
sys_fstatfs(int fd, struct statfs *st)
{
	int rc = fstatfs(fd, st);

	if (rc == 0 && fault_fs != 0)
		st->f_type = fault_fs;
	return rc;
}

static int
sys_renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	struct disk_node *dir, *n;
	const char *last = NULL;

	if (fault_strike(FAULT_NAME) ||
	    renameat(from_dir, from, to_dir, to) == -1)
		return -1;
	n = disk_walk(from_dir, from, &dir, &last);
	if (n != NULL && dir != NULL) {
		disk_change(dir, last, NULL, ++disk_group);
		disk_change(dir, to, n, disk_group);
	}
	return 0;
}

static int
sys_unlinkat(int dirfd, const char *path, int flags)
{
	struct disk_node *dir, *n;
	const char *last = NULL;

	if (fault_strike(FAULT_NAME) || unlinkat(dirfd, path, flags) == -1)
		return -1;
	n = disk_walk(dirfd, path, &dir, &last);
	if (n != NULL && dir != NULL)
		disk_change(dir, last, NULL, ++disk_group);
	return 0;
}

static int
sys_mkdirat(int dirfd, const char *path, mode_t mode)
{
	struct disk_node *dir, *n;
	const char *last = NULL;

	if (fault_strike(FAULT_NAME) || mkdirat(dirfd, path, mode) == -1)
		return -1;
	if (disk_walk(dirfd, path, &dir, &last) == NULL && dir != NULL) {
		n = disk_new(1);
		n->parent = dir;
		disk_change(dir, last, n, ++disk_group);
	}
	return 0;
}

static int
sys_lock(int fd, int op, struct flock *fl)
{
	if (fl->l_type != F_UNLCK && fault_strike(FAULT_LOCK))
		return -1;
	return fcntl(fd, op, fl);
}

static int
sys_statx(int fd, const char *path, int flags, unsigned mask, struct statx *st)
{
	if (fault_strike(FAULT_LOOK) || statx(fd, path, flags, mask, st) == -1)
		return -1;
	st->stx_mnt_id ^= (uint64_t)disk_boot << 32;
	return 0;
}

#define openat(d, p, f, m)	    sys_openat(d, p, f, m)
#define close(f)		    sys_close(f)
#define pread(f, d, l, a)	    sys_pread(f, d, l, a)
#define read(f, d, l)		    sys_read(f, d, l)
#define pwrite(f, d, l, a)	    sys_pwrite(f, d, l, a)
#define ftruncate(f, s)		    sys_ftruncate(f, s)
#define fdatasync(f)		    sys_fsync(f)
#define fsync(f)		    sys_fsync(f)
#define sync_file_range(f, a, l, w) ((void)(f), (void)(a), (void)(l))
#define posix_fadvise(f, a, l, w)   sys_forget(f)
#define fstat(f, s)		    sys_fstat(f, s)
#define fstatat(d, p, s, f)	    sys_fstatat(d, p, s, f)
#define fstatfs(f, s)		    sys_fstatfs(f, s)
#define renameat(d, a, e, b)	    sys_renameat(d, a, e, b)
#define unlinkat(d, p, f)	    sys_unlinkat(d, p, f)
#define mkdirat(d, p, m)	    sys_mkdirat(d, p, m)
#define fcntl(f, o, l)		    sys_lock(f, o, l)
#define statx(f, p, g, m, s)	    sys_statx(f, p, g, m, s)
#include "../../libmq/base/io.c"
#include "../../libmq/base/io_lock.c"
#include "../../libmq/base/io_system.c"
#undef openat
#undef close
#undef pread
#undef read
#undef pwrite
#undef ftruncate
#undef fdatasync
#undef fsync
#undef sync_file_range
#undef posix_fadvise
#undef fstat
#undef fstatat
#undef fstatfs
#undef renameat
#undef unlinkat
#undef mkdirat
#undef fcntl
#undef statx

static void
disk_clear(void)
{
	struct disk_node *n;

	while ((n = disk_all) != NULL) {
		disk_all = n->next;
		disk_late_clear(n);
		disk_names_clear(&n->disk);
		disk_names_clear(&n->view);
		free(n->data);
		free(n);
	}
	(void)memset(disk_fd, 0, sizeof(disk_fd));
	disk_root = NULL;
}

/* The disk below root is empty and synced. */
static inline void
disk_start(const char *root)
{
	disk_clear();
	(void)snprintf(disk_path, sizeof(disk_path), "%s", root);
	disk_root = disk_new(1);
}

static inline void
disk_sync_all(void)
{
	struct disk_node *n;

	for (n = disk_all; n != NULL; n = n->next)
		disk_sync(n);
}

static void
disk_settle(struct disk_node *n, enum disk_keep keep)
{
	size_t i, part;
	int take = 0, group = -1, whole;

	for (i = 0; i < n->late_count; i++) {
		part = n->late[i].len;
		/* Over what is there, within a sector: all or nothing. */
		whole = n->late[i].at + part <= n->len &&
		    n->late[i].at / 512 == (n->late[i].at + part) / 512;
		if (keep == DISK_SOME && disk_random(2) == 0)
			continue;
		if (keep == DISK_SOME && !whole && part > 1 &&
		    disk_random(4) == 0)
			part = disk_random((uint32_t)part);
		if (keep != DISK_NONE)
			disk_apply(&n->data, &n->len, &n->late[i], part);
	}
	for (i = 0; i < n->late_names.count; i++) {
		struct disk_name *late = &n->late_names.name[i];

		if (late->group != group)
			take = keep == DISK_ALL ||
			    (keep == DISK_SOME && disk_random(2) == 0);
		group = late->group;
		if (take)
			disk_set(&n->disk, late->name, late->node);
	}
	disk_late_clear(n);
	disk_names_clear(&n->view);
	for (i = 0; i < n->disk.count; i++)
		disk_set(&n->view, n->disk.name[i].name, n->disk.name[i].node);
}

static void
disk_lay_out(const struct disk_node *dir, const char *path)
{
	const struct disk_name *n;
	char name[SCENE_PATH * 2];
	size_t i;

	for (i = 0; i < dir->view.count; i++) {
		n = &dir->view.name[i];
		(void)snprintf(name, sizeof(name), "%s/%s", path, n->name);
		if (n->node->is_dir) {
			if (mkdir(name, 0777) == -1)
				abort();
			disk_lay_out(n->node, name);
		} else if (scene_write(path, n->name,
			       n->node->len != 0 ? n->node->data :
						   (const uint8_t *)"",
			       n->node->len) == -1)
			abort();
	}
}

/* Power cut and boot: the files are what the disk holds. */
static inline void
disk_crash(enum disk_keep keep, uint32_t seed)
{
	struct disk_node *n;

	disk_seed = seed;
	for (n = disk_all; n != NULL; n = n->next)
		disk_settle(n, keep);
	disk_boot++;
	scene_remove(disk_path);
	if (mkdir(disk_path, 0777) == -1)
		abort();
	disk_lay_out(disk_root, disk_path);
	(void)memset(&fault, 0, sizeof(fault));
}

#endif
