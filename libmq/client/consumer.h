/* SPDX-License-Identifier: ISC */
/* What the consumer's files share. */
#ifndef MQ_CONSUMER_H
#define MQ_CONSUMER_H

#include "client/group_reader.h"
#include "client/source.h"

#define MQ_CONSUMER_RECORDS 64 /* decoded together */

struct mq_consumer {
	struct mq *mq;
	struct mq_sources sources;
	size_t turn;		   /* the source that is read next */
	struct mq_source *current; /* whose batch is given out, or NULL */
	struct mq_source *giver;   /* of the records that are decoded */
	int taken;		   /* batches of that turn */
	struct mq_batch batch;
	int opened; /* boolean: iter is in the batch */
	struct mq_batch_iter iter;
	struct mq_record
	    record[MQ_CONSUMER_RECORDS]; /* decoded; at is given out next */
	int at, decoded;
	struct mq_batch_builder cut; /* a batch of which a part is wanted */
	int failed;		     /* boolean: after what was given out */
	struct mq_err why;
	struct mq_group_reader *group; /* NULL: it reads for itself */
	char reset;		       /* 'n'one, 'e'arliest, 'l'atest */
};

/* The offset behind what was given out of a source. */
int64_t mq_consumer_position(const struct mq_consumer *,
    const struct mq_source *);
/* Forgets what is in hand of a source that is let go. */
void mq_consumer_drop(struct mq_consumer *, const struct mq_source *);

#endif
