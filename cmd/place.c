/* SPDX-License-Identifier: ISC */
#include "place.h"

#include <bsd/stdlib.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"

#define PARTITION_MAX 99999

static void
add_partitions(int32_t **list, size_t *count, int64_t from, int64_t to)
{
	int32_t *more;
	int64_t i;

	more =
	    cmd_alloc(*list, *count + (size_t)(to - from) + 1, sizeof(*more));
	for (i = from; i <= to; i++)
		more[(*count)++] = (int32_t)i;
	*list = more;
}

/* One end of a range. */
static int64_t
partition(const char *option, const char *text, const char *item)
{
	const char *why;
	int64_t n = strtonum(item, 0, PARTITION_MAX, &why);

	if (why != NULL)
		cmd_usage("%s %s: '%s' is no partition: a list reads 0,3-5, "
			  "with numbers from 0 to %d",
		    option, text, item, PARTITION_MAX);
	return n;
}

int32_t *
place_partitions(const char *option, const char *text, int32_t *list,
    size_t *count)
{
	char *copy = strdup(text), *rest = copy, *item, *to;
	int64_t first, last;

	while (copy != NULL && (item = strsep(&rest, ",")) != NULL) {
		if ((to = strchr(item, '-')) != NULL)
			*to++ = '\0';
		first = partition(option, text, item);
		last = to != NULL ? partition(option, text, to) : first;
		if (last < first)
			cmd_usage("%s %s: %s comes before %s", option, text, to,
			    item);
		add_partitions(&list, count, first, last);
	}
	free(copy);
	return list;
}

void
place_ranges(struct mq_ranges **ranges, const char *text)
{
	struct mq_err e;

	if (*ranges != NULL)
		cmd_usage("-o can be given once: with a list, like 0=5,1=10");
	if ((*ranges = mq_ranges_parse(text, &e)) == NULL)
		cmd_usage("-o: %s", e.text);
}

void
place_positions(struct mq_ranges **ranges, const char *text)
{
	struct mq_position from, until;
	int32_t p;
	size_t i;

	place_ranges(ranges, text);
	for (i = 0; (p = mq_ranges_partition(*ranges, i)) != -2; i++) {
		if (mq_ranges_get(*ranges, p, &from, &until) == 2)
			cmd_usage("-o %s: a position is wanted, not a range",
			    text);
		if (from.kind == MQ_POSITION_STORED)
			cmd_usage("-o %s: a stored position is for mq-consume "
				  "-g",
			    text);
	}
}
