/* SPDX-License-Identifier: ISC */
/* What a share-partition tells of itself; nothing here changes it. */
#include <stdlib.h>

#include "base/fail.h"
#include "group/share_partition.h"

const char *
mq_share_state_name(int state)
{
	switch (state) {
	case MQ_SHARE_AVAILABLE:
		return "Available";
	case MQ_SHARE_ACQUIRED:
		return "Acquired";
	case MQ_SHARE_ACKNOWLEDGED:
		return "Acknowledged";
	case MQ_SHARE_ARCHIVED:
		return "Archived";
	default:
		return NULL;
	}
}

int64_t
mq_share_partition_next_deadline(const struct mq_share_partition *p)
{
	const struct mq_share_ranges *f = &p->in_flight;
	int64_t until, next = -1;
	size_t i;

	/* Finished runs have until_ms 0, as those that are Available now. */
	for (i = 0; i < f->count; i++) {
		until = f->at[i].until_ms;
		if (until != 0 && (next == -1 || until < next))
			next = until;
	}
	return next;
}

static int
by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

int
mq_share_partition_holders(const struct mq_share_partition *p, uint64_t **ids,
    size_t *count, struct mq_err *err)
{
	const struct mq_share_ranges *f = &p->in_flight;
	size_t i, n = 0, distinct = 0;
	uint64_t *id, last = 0;

	*ids = NULL;
	*count = 0;
	if (p->records[MQ_SHARE_ACQUIRED] == 0)
		return 0;
	if ((id = reallocarray(NULL, f->count, sizeof(*id))) == NULL)
		return mq_fail_memory(err);
	/* Mostly one holder's runs follow each other. */
	for (i = 0; i < f->count; i++)
		if (f->at[i].holder != 0 && f->at[i].holder != last)
			id[n++] = last = f->at[i].holder;
	qsort(id, n, sizeof(*id), by_number);
	for (i = 0; i < n; i++)
		if (i == 0 || id[i] != id[i - 1])
			id[distinct++] = id[i];
	*ids = id;
	*count = distinct;
	return 0;
}

const struct mq_share_range *
mq_share_partition_find(const struct mq_share_partition *p, int64_t offset)
{
	if (offset < p->start_offset || offset >= p->end_offset)
		return NULL;
	return &p->in_flight.at[mq_share_ranges_find(&p->in_flight, offset)];
}

int64_t
mq_share_partition_lag(const struct mq_share_partition *p, int64_t log_end)
{
	int64_t unread = log_end > p->end_offset ? log_end - p->end_offset : 0;

	return unread + p->records[MQ_SHARE_AVAILABLE] +
	    p->records[MQ_SHARE_ACQUIRED];
}
