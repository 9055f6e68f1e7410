/* SPDX-License-Identifier: ISC */
/* A record that is given up goes on as a dead letter, with KIP-1191's headers. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "client/producer.h"

#define HEADERS 6

static struct mq_bytes
text(const char *s)
{
	struct mq_bytes b = { s, strlen(s) };

	return b;
}

int
mq_produce_dead(struct mq_producer *p, const struct mq_record *r,
    const char *group, int64_t delivery_count, const char *message,
    struct mq_err *err)
{
	char partition[16], offset[24], count[24];
	const char *const said[HEADERS][2] = {
		{ "__dlq.errors.topic", r->topic },
		{ "__dlq.errors.partition", partition },
		{ "__dlq.errors.offset", offset },
		{ "__dlq.errors.group", group },
		{ "__dlq.errors.delivery.count", count },
		{ "__dlq.errors.message", message },
	};
	struct mq_record dead = *r;
	size_t i, n = r->header_count;
	struct mq_header *h;
	int rc;

	(void)snprintf(partition, sizeof(partition), "%" PRId32, r->partition);
	(void)snprintf(offset, sizeof(offset), "%" PRId64, r->offset);
	(void)snprintf(count, sizeof(count), "%" PRId64, delivery_count);
	if ((h = calloc(n + HEADERS, sizeof(*h))) == NULL)
		return mq_fail_memory(err);
	if (n != 0)
		(void)memcpy(h, r->headers, n * sizeof(*h));
	for (i = 0; i < HEADERS; i++) {
		h[n + i].name = text(said[i][0]);
		h[n + i].value = text(said[i][1]);
	}
	dead.headers = h;
	dead.header_count = n + HEADERS;
	dead.partition = r->partition % p->topic.partitions;
	rc = mq_produce(p, &dead, 0, err);
	free(h);
	/* Kafka would go on with the headers alone; here no record is lost. */
	if (rc == -1 && err->code == MQ_MESSAGE_TOO_LARGE)
		return mq_fail(err, MQ_MESSAGE_TOO_LARGE,
		    "topic %s, partition %s, offset %s is too large for "
		    "the dead-letter topic: its max.message.bytes, %" PRId64
		    ", has to be raised",
		    r->topic, partition, offset,
		    p->topic.config.max_message_bytes);
	return rc;
}
