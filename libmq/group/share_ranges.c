/* SPDX-License-Identifier: ISC */
#include "group/share_ranges.h"

#include <stdlib.h>
#include <string.h>

#define CAP_MIN 16

int
mq_share_ranges_reserve(struct mq_share_ranges *r, size_t more)
{
	size_t skip = (size_t)(r->at - r->room), cap;
	struct mq_share_range *room;

	if (more <= r->cap - skip - r->count)
		return 0;
	/* As many as are moved were dropped before: that is paid for. */
	if (skip >= r->count && more <= r->cap - r->count) {
		(void)memmove(r->room, r->at, r->count * sizeof(*r->at));
		r->at = r->room;
		return 0;
	}
	if (more > SIZE_MAX / 2 / sizeof(*room) - r->count)
		return -1;
	cap = (r->count + more) * 2;
	if (cap < CAP_MIN)
		cap = CAP_MIN;
	if ((room = reallocarray(NULL, cap, sizeof(*room))) == NULL)
		return -1;
	if (r->count != 0)
		(void)memcpy(room, r->at, r->count * sizeof(*room));
	free(r->room);
	r->at = r->room = room;
	r->cap = cap;
	return 0;
}

void
mq_share_ranges_push(struct mq_share_ranges *r, const struct mq_share_range *x)
{
	r->at[r->count++] = *x;
}

size_t
mq_share_ranges_find(const struct mq_share_ranges *r, int64_t offset)
{
	size_t low = 0, high = r->count, mid;

	/* The oldest are asked for most. */
	if (high != 0 && offset <= r->at[0].last)
		return 0;
	while (low < high) {
		mid = low + (high - low) / 2;
		if (r->at[mid].last < offset)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

void
mq_share_ranges_split(struct mq_share_ranges *r, size_t i, int64_t offset)
{
	if (r->at > r->room && i < r->count / 2) {
		(void)memmove(r->at - 1, r->at, (i + 1) * sizeof(*r->at));
		r->at--;
	} else {
		(void)memmove(r->at + i + 1, r->at + i,
		    (r->count - i) * sizeof(*r->at));
		r->at[i] = r->at[i + 1];
	}
	r->count++;
	r->at[i + 1] = r->at[i];
	r->at[i].last = offset - 1;
	r->at[i + 1].first = offset;
}

int
mq_share_ranges_same(const struct mq_share_range *a,
    const struct mq_share_range *b)
{
	return a->state == b->state && a->delivery_count == b->delivery_count &&
	    a->holder == b->holder && a->until_ms == b->until_ms;
}

/* Takes the runs from..to-1 out. */
static void
take_out(struct mq_share_ranges *r, size_t from, size_t to)
{
	size_t behind = r->count - to;

	if (from < behind) {
		(void)memmove(r->at + (to - from), r->at,
		    from * sizeof(*r->at));
		r->at += to - from;
	} else if (behind != 0) {
		(void)memmove(r->at + from, r->at + to,
		    behind * sizeof(*r->at));
	}
	r->count -= to - from;
}

void
mq_share_ranges_merge(struct mq_share_ranges *r, size_t from, size_t to)
{
	size_t kept, i, end = to + 2 < r->count ? to + 2 : r->count;

	if (from != 0)
		from--;
	if (from >= end)
		return;
	for (kept = from, i = from + 1; i < end; i++) {
		if (mq_share_ranges_same(&r->at[kept], &r->at[i]))
			r->at[kept].last = r->at[i].last;
		else if (++kept != i)
			r->at[kept] = r->at[i];
	}
	if (kept + 1 != end)
		take_out(r, kept + 1, end);
}

void
mq_share_ranges_drop(struct mq_share_ranges *r, size_t n)
{
	if (n == 0) /* NULL, it may be, to which C adds nothing */
		return;
	r->at += n;
	r->count -= n;
	if (r->count == 0)
		r->at = r->room;
}

void
mq_share_ranges_clear(struct mq_share_ranges *r)
{
	r->at = r->room;
	r->count = 0;
}

void
mq_share_ranges_free(struct mq_share_ranges *r)
{
	free(r->room);
	(void)memset(r, 0, sizeof(*r));
}
