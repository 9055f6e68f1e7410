/* SPDX-License-Identifier: ISC */
#include "written.h"

#include <stdlib.h>
#include <string.h>

#include "cmd.h"

#define MARKS 4096 /* at first; more where the output's buffer holds more */

struct written_mark {
	uint64_t end;
	size_t place;
	int64_t next; /* offset behind the record */
};

struct written_place {
	char *topic;
	int32_t partition;
	int64_t next; /* offset behind what is written; -1 nothing is */
};

/* The place of a partition: mostly that of the record before. */
static size_t
place_of(struct written *w, const struct mq_record *r, size_t guess)
{
	size_t i, n = w->places;
	struct written_place *p;

	for (i = 0; i < n; i++) {
		p = &w->place[(guess + i) % n];
		if (p->partition == r->partition &&
		    strcmp(p->topic, r->topic) == 0)
			return (guess + i) % n;
	}
	w->place = cmd_alloc(w->place, n + 1, sizeof(*w->place));
	p = &w->place[n];
	if ((p->topic = strdup(r->topic)) == NULL)
		cmd_die(CMD_IO, "out of memory");
	p->partition = r->partition;
	p->next = -1;
	w->places++;
	return n;
}

/* Marks of what is written become places. */
static void
fold(struct written *w, uint64_t out)
{
	size_t i;

	for (i = 0; i < w->count && w->mark[i].end <= out; i++)
		w->place[w->mark[i].place].next = w->mark[i].next;
	w->count -= i;
	if (i != 0 && w->count != 0)
		(void)memmove(w->mark, w->mark + i,
		    w->count * sizeof(*w->mark));
}

void
written_add(struct written *w, const struct mq_record *r, uint64_t end,
    uint64_t out)
{
	struct written_mark *m;
	size_t guess = 0;

	if (w->count == w->cap) {
		fold(w, out);
		if (w->count > w->cap / 2 || w->cap == 0) {
			w->cap = w->cap == 0 ? MARKS : w->cap * 2;
			w->mark = cmd_alloc(w->mark, w->cap, sizeof(*w->mark));
		}
	}
	if (w->count != 0)
		guess = w->mark[w->count - 1].place;
	m = &w->mark[w->count];
	m->place = place_of(w, r, guess);
	m->end = end;
	m->next = r->offset + 1;
	w->count++;
}

void
written_commit(struct written *w, struct mq_consumer *consumer, uint64_t out)
{
	const struct written_place *p;
	struct mq_err ignored;
	size_t i;

	fold(w, out);
	for (i = 0; i < w->places; i++) {
		p = &w->place[i];
		if (p->next != -1)
			(void)mq_consumer_commit_offset(consumer, p->topic,
			    p->partition, p->next, &ignored);
	}
}

void
written_clear(struct written *w)
{
	size_t i;

	w->count = 0;
	for (i = 0; i < w->places; i++)
		w->place[i].next = -1;
}

void
written_free(struct written *w)
{
	size_t i;

	for (i = 0; i < w->places; i++)
		free(w->place[i].topic);
	free(w->place);
	free(w->mark);
	(void)memset(w, 0, sizeof(*w));
}
