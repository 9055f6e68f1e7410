/* SPDX-License-Identifier: ISC */
#include "client/client.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"

struct mq *
mq_open(const char *target, int flags, struct mq_err *err)
{
	struct mq *mq;

	if (strchr(target, '/') == NULL) {
		(void)mq_fail(err, MQ_UNSUPPORTED_VERSION,
		    "target %s names brokers, and this version serves "
		    "directories: a directory's name holds a slash (./%s)",
		    target, target);
		return NULL;
	}
	if ((mq = calloc(1, sizeof(*mq))) == NULL) {
		(void)mq_fail_memory(err);
		return NULL;
	}
	mq->wakeup = -1;
	if (mq_store_open(&mq->store, target, (flags & MQ_OPEN_CREATE) != 0,
		err) == -1) {
		free(mq);
		return NULL;
	}
	return mq;
}

void
mq_close(struct mq *mq)
{
	if (mq == NULL)
		return;
	mq_store_close(&mq->store);
	free(mq);
}

void
mq_set_wakeup(struct mq *mq, int fd)
{
	mq->wakeup = fd;
}

int
mq_client_partition(struct mq *mq, const char *topic, int32_t partition,
    struct mq_partition *p, struct mq_err *err)
{
	struct mq_topic_file file;

	if (mq_topic_file_read(mq->store.dir, topic, &file, err) == -1)
		return -1;
	if (partition < 0 || partition >= file.partitions)
		return mq_fail(err, MQ_UNKNOWN_TOPIC_OR_PARTITION,
		    "topic %s has no partition %d: it has %d, from 0", topic,
		    (int)partition, (int)file.partitions);
	return mq_partition_open(p, &mq->store, &file, partition, err);
}
