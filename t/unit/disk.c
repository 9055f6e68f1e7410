/* SPDX-License-Identifier: ISC */
#include "disk.h"

#include <sys/stat.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "disk_names.h"
#include "scene.h"

#define DISK_FDS 1024

struct disk_write {
	int cut; /* boolean: the size is set to `at` */
	size_t at, len;
	uint8_t *data;
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

uint8_t disk_boot;
static struct disk_node *disk_all, *disk_root, *disk_fd[DISK_FDS];
static char disk_path[SCENE_PATH];
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
	disk_names_set(&dir->view, name, node);
	disk_names_add(&dir->late_names, name, node, group);
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

	if (n == NULL)
		return;
	for (i = 0; i < n->late_count; i++)
		disk_apply(&n->data, &n->len, &n->late[i], n->late[i].len);
	for (i = 0; i < n->late_names.count; i++)
		disk_names_set(&n->disk, n->late_names.name[i].name,
		    n->late_names.name[i].node);
	disk_late_clear(n);
}

static struct disk_node *
disk_of(int fd)
{
	return fd >= 0 && fd < DISK_FDS ? disk_fd[fd] : NULL;
}

/* The node of a path as the page cache has it; *dir and *last: its place. */
static struct disk_node *
disk_walk(int fd, const char *path, struct disk_node **dir, const char **last)
{
	struct disk_node *at = disk_of(fd);
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
		n = disk_names_find(&at->view, path, len);
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

void
disk_opened(int fd, int dirfd, const char *path, int flags)
{
	struct disk_node *dir, *n;
	const char *last = NULL;

	n = disk_walk(dirfd, path, &dir, &last);
	if (n == NULL && dir != NULL) {
		n = disk_new(0);
		disk_change(dir, last, n, ++disk_group);
	} else if (n != NULL && (flags & O_TRUNC) != 0)
		disk_write_late(n, 1, 0, NULL, 0);
	if (fd < DISK_FDS)
		disk_fd[fd] = n;
}

void
disk_closed(int fd)
{
	if (fd >= 0 && fd < DISK_FDS)
		disk_fd[fd] = NULL;
}

void
disk_wrote(int fd, int64_t at, const void *data, size_t len)
{
	disk_write_late(disk_of(fd), 0, (size_t)at, data, len);
}

void
disk_cut(int fd, int64_t size)
{
	disk_write_late(disk_of(fd), 1, (size_t)size, NULL, 0);
}

void
disk_synced(int fd)
{
	disk_sync(disk_of(fd));
}

void
disk_sync_failed(int fd)
{
	struct disk_node *n = disk_of(fd);

	if (n != NULL)
		disk_late_clear(n);
}

/* A name goes: its node, or NULL where there is none below the root. */
static struct disk_node *
disk_take(int dirfd, const char *path, struct disk_node **dir)
{
	const char *last = NULL;
	struct disk_node *n = disk_walk(dirfd, path, dir, &last);

	if (n == NULL || *dir == NULL)
		return NULL;
	disk_change(*dir, last, NULL, ++disk_group);
	return n;
}

void
disk_renamed(int dirfd, const char *from, const char *to)
{
	struct disk_node *dir, *n = disk_take(dirfd, from, &dir);

	if (n != NULL)
		disk_change(dir, to, n, disk_group);
}

void
disk_unlinked(int dirfd, const char *path)
{
	struct disk_node *dir;

	(void)disk_take(dirfd, path, &dir);
}

void
disk_made(int dirfd, const char *path)
{
	struct disk_node *dir, *n;
	const char *last = NULL;

	if (disk_walk(dirfd, path, &dir, &last) == NULL && dir != NULL) {
		n = disk_new(1);
		n->parent = dir;
		disk_change(dir, last, n, ++disk_group);
	}
}

/* Reads see the disk again, but for what is still to be written. */
void
disk_refresh(int fd)
{
	struct disk_node *n = disk_of(fd);
	uint8_t *data;
	char self[64];
	size_t i, len;
	int rw;

	if (n == NULL)
		return;
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
}

void
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

void
disk_start(const char *root)
{
	disk_clear();
	(void)snprintf(disk_path, sizeof(disk_path), "%s", root);
	disk_root = disk_new(1);
}

void
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
			disk_names_set(&n->disk, late->name, late->node);
	}
	disk_late_clear(n);
	disk_names_clear(&n->view);
	for (i = 0; i < n->disk.count; i++)
		disk_names_set(&n->view, n->disk.name[i].name,
		    n->disk.name[i].node);
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

void
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
}
