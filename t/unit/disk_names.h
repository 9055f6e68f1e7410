/* SPDX-License-Identifier: ISC */
/* The names of a directory on a disk, or changes of them. */
#ifndef DISK_NAMES_H
#define DISK_NAMES_H

#include <stddef.h>

struct disk_node;

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

/* The name of that many bytes, or NULL. */
struct disk_name *disk_names_find(const struct disk_names *, const char *,
    size_t len);
/* Puts one at the end. */
void disk_names_add(struct disk_names *, const char *, struct disk_node *,
    int group);
/* Makes the change that one name is. */
void disk_names_set(struct disk_names *, const char *, struct disk_node *);
void disk_names_clear(struct disk_names *);

#endif
