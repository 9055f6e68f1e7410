/* SPDX-License-Identifier: ISC */
/*
 * commit: reads a topic to its end as a member of a group, and commits after
 * each record, without waiting for the disk.
 */
#include <err.h>
#include <stdio.h>

#include "mq.h"

static struct mq_consumer *
consumer(struct mq *mq, const char *topic, const char *group)
{
	struct mq_subscription sub = { .group = group,
		.topic = &topic,
		.topic_count = 1,
		.stop_at_end = 1 };
	struct mq_consumer *consumer;
	struct mq_conf *conf;
	struct mq_err e;

	if ((conf = mq_conf_new(MQ_CONSUMER_CONF)) == NULL)
		err(1, NULL);
	if (mq_conf_set(conf, "acks", "1", &e) == -1 ||
	    (consumer = mq_consumer_new(mq, conf, &sub, &e)) == NULL)
		errx(1, "%s", e.text);
	mq_conf_free(conf);
	return consumer;
}

int
main(int argc, char *argv[])
{
	struct mq_consumer *c;
	struct mq_record r;
	struct mq_err e;
	struct mq *mq;
	int rc;

	if (argc != 4) {
		fputs("usage: commit store topic group\n", stderr);
		return 2;
	}
	if ((mq = mq_open(argv[1], 0, &e)) == NULL)
		errx(1, "%s", e.text);
	c = consumer(mq, argv[2], argv[3]);
	while ((rc = mq_consumer_poll(c, &r, -1, &e)) == MQ_POLL_RECORD)
		if (mq_consumer_commit(c, &e) == -1)
			break;
	if (rc != MQ_POLL_END)
		errx(1, "%s", e.text);
	mq_consumer_free(c);
	mq_close(mq);
	return 0;
}
