/* SPDX-License-Identifier: ISC */
#include "job.h"

#include <stdlib.h>
#include <string.h>

#include "cmd.h"

static size_t
size_of(const struct mq_record *r)
{
	size_t size = strlen(r->topic) + 1 + r->key.len + r->value.len, i;

	for (i = 0; i < r->header_count; i++)
		size += r->headers[i].name.len + r->headers[i].value.len;
	return size + r->header_count * sizeof(*r->headers);
}

static void
copy_bytes(struct mq_bytes *to, const struct mq_bytes *from, char **room)
{
	*to = *from;
	if (from->data == NULL)
		return;
	if (from->len != 0)
		(void)memcpy(*room, from->data, from->len);
	to->data = *room;
	*room += from->len;
}

struct job *
job_add(struct job **list, const struct mq_record *r)
{
	struct job *j = cmd_alloc(NULL, 1, sizeof(*j) + size_of(r));
	struct mq_header *h = (struct mq_header *)(void *)(j + 1);
	char *room = (char *)(h + r->header_count);
	size_t i, len = strlen(r->topic) + 1;

	(void)memset(j, 0, sizeof(*j));
	j->record = *r;
	j->record.headers = h;
	for (i = 0; i < r->header_count; i++) {
		copy_bytes(&h[i].name, &r->headers[i].name, &room);
		copy_bytes(&h[i].value, &r->headers[i].value, &room);
	}
	copy_bytes(&j->record.key, &r->key, &room);
	copy_bytes(&j->record.value, &r->value, &room);
	j->record.topic = memcpy(room, r->topic, len);
	j->next = *list;
	*list = j;
	return j;
}

void
job_remove(struct job **list, struct job *j)
{
	while (*list != j)
		list = &(*list)->next;
	*list = j->next;
	free(j);
}

struct job *
job_find(struct job *list, const char *topic, int32_t partition)
{
	for (; list != NULL; list = list->next)
		if (list->record.partition == partition &&
		    strcmp(list->record.topic, topic) == 0)
			return list;
	return NULL;
}

struct job *
job_first(struct job *list)
{
	struct job *first = NULL;

	for (; list != NULL; list = list->next)
		if (!list->running &&
		    (first == NULL || list->due_ms < first->due_ms))
			first = list;
	return first;
}
