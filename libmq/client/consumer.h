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
	int by_header; /* boolean: the next batch need not be read yet */
	int header;    /* boolean: it was not, and its data is not there */
	int opened;    /* boolean: iter is in the batch */
	struct mq_batch_iter iter;
	struct mq_record
	    record[MQ_CONSUMER_RECORDS]; /* decoded; at is given out next */
	int at, decoded;
	struct mq_batch_builder cut;   /* a batch of which a part is wanted */
	struct mq_group_reader *group; /* NULL: it reads for itself */
	char reset;		       /* 'n'one, 'e'arliest, 'l'atest */
};

/* A batch of the next source that has one, after waiting: enum mq_poll, -1. */
int mq_consumer_fetch(struct mq_consumer *, int64_t wait_ms, struct mq_err *);
/* A batch of one source: 1, 0 it has nothing now, -1. */
int mq_consumer_fetch_source(struct mq_consumer *, struct mq_source *,
    struct mq_err *);
/* Reads the batch in hand, of that source, where that was put off: 0, -1. */
int mq_consumer_read_batch(struct mq_consumer *, struct mq_source *,
    struct mq_err *);
/* The offset behind what was given out of a source. */
int64_t mq_consumer_position(const struct mq_consumer *,
    const struct mq_source *);
/* Forgets what is in hand of a source that is let go. */
void mq_consumer_drop(struct mq_consumer *, const struct mq_source *);

#endif
