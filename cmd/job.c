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

static struct job_record *
copy(const struct mq_share_record *lease)
{
	const struct mq_record *r = &lease->record;
	struct job_record *to = cmd_alloc(NULL, 1, sizeof(*to) + size_of(r));
	struct mq_header *h = (struct mq_header *)(void *)(to + 1);
	char *room = (char *)(h + r->header_count);
	size_t i, len = strlen(r->topic) + 1;

	to->lease = *lease;
	to->lease_over = 0;
	to->lease.record.headers = h;
	for (i = 0; i < r->header_count; i++) {
		copy_bytes(&h[i].name, &r->headers[i].name, &room);
		copy_bytes(&h[i].value, &r->headers[i].value, &room);
	}
	copy_bytes(&to->lease.record.key, &r->key, &room);
	copy_bytes(&to->lease.record.value, &r->value, &room);
	to->lease.record.topic = memcpy(room, r->topic, len);
	to->next = NULL;
	return to;
}

void
job_extend(struct job *j, const struct mq_share_record *lease)
{
	struct job_record *r = copy(lease);

	if (j->last != NULL)
		j->last->next = r;
	else
		j->first = r;
	j->last = r;
	j->count++;
	j->bytes += size_of(&lease->record);
}

struct job *
job_add(struct job **list, const struct mq_share_record *lease)
{
	struct job *j = cmd_alloc(NULL, 1, sizeof(*j));

	(void)memset(j, 0, sizeof(*j));
	job_extend(j, lease);
	j->next = *list;
	*list = j;
	return j;
}

void
job_remove(struct job **list, struct job *j)
{
	struct job_record *r;

	while (*list != j)
		list = &(*list)->next;
	*list = j->next;
	while ((r = j->first) != NULL) {
		j->first = r->next;
		free(r);
	}
	free(j);
}

struct job *
job_find(struct job *list, const char *topic, int32_t partition, int open)
{
	const struct mq_record *r;

	for (; list != NULL; list = list->next) {
		r = &list->first->lease.record;
		if (r->partition == partition && (list->open || !open) &&
		    strcmp(r->topic, topic) == 0)
			return list;
	}
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
