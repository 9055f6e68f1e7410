/* SPDX-License-Identifier: ISC */
#include "disk_names.h"

#include <stdlib.h>
#include <string.h>

struct disk_name *
disk_names_find(const struct disk_names *ns, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < ns->count; i++)
		if (strlen(ns->name[i].name) == len &&
		    memcmp(ns->name[i].name, name, len) == 0)
			return &ns->name[i];
	return NULL;
}

void
disk_names_add(struct disk_names *ns, const char *name, struct disk_node *node,
    int group)
{
	struct disk_name *n;

	ns->name = reallocarray(ns->name, ns->count + 1, sizeof(*n));
	if (ns->name == NULL)
		abort();
	n = &ns->name[ns->count++];
	n->name = strdup(name);
	n->node = node;
	n->group = group;
}

void
disk_names_set(struct disk_names *ns, const char *name, struct disk_node *node)
{
	struct disk_name *n = disk_names_find(ns, name, strlen(name));

	if (n == NULL && node != NULL)
		disk_names_add(ns, name, node, 0);
	else if (node != NULL)
		n->node = node;
	else if (n != NULL) {
		free(n->name);
		*n = ns->name[--ns->count];
	}
}

void
disk_names_clear(struct disk_names *ns)
{
	size_t i;

	for (i = 0; i < ns->count; i++)
		free(ns->name[i].name);
	free(ns->name);
	ns->name = NULL;
	ns->count = 0;
}
