/* SPDX-License-Identifier: ISC */
#include "destination.h"

#include <stdlib.h>
#include <string.h>

#include "cmd.h"

size_t
destination_find(struct destinations *ds, const char *topic)
{
	struct mq_topic *t;
	struct destination *to;
	size_t i;

	for (i = 0; i < ds->count; i++)
		if (strcmp(ds->list[i].topic, topic) == 0)
			return i;
	ds->list = cmd_alloc(ds->list, ds->count + 1, sizeof(*to));
	to = &ds->list[ds->count++];
	(void)memset(to, 0, sizeof(*to));
	if ((to->topic = strdup(topic)) == NULL)
		cmd_die(CMD_IO, "out of memory");
	t = mq_topic_get(ds->mq, topic, &to->err);
	to->partitions = t != NULL ? t->partitions : 0;
	mq_topic_free(t);
	return i;
}

struct mq_producer *
destination_producer(struct destinations *ds, size_t i, struct mq_err *err)
{
	struct destination *to = &ds->list[i];

	if (to->producer == NULL)
		to->producer = mq_producer_new(ds->mq, to->topic, NULL, err);
	return to->producer;
}

int
destination_flush(struct destinations *ds, struct mq_err *err)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < ds->count && rc == 0; i++)
		if (ds->list[i].producer != NULL)
			rc = mq_producer_flush(ds->list[i].producer, err);
	return rc;
}

void
destination_free(struct destinations *ds)
{
	while (ds->count != 0) {
		mq_producer_free(ds->list[--ds->count].producer);
		free(ds->list[ds->count].topic);
	}
	free(ds->list);
}
