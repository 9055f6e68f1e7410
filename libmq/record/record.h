/* SPDX-License-Identifier: ISC */
/*
 * One record, as every layer hands it on: a view of bytes that somebody else
 * owns.  Who owns them, and for how long, is said where a record is given.
 */
#ifndef MQ_RECORD_H
#define MQ_RECORD_H

#include <stddef.h>
#include <stdint.h>

/* The timestamp of a record that is to have the time when it is produced. */
#define MQ_NOW INT64_MIN

/* A run of bytes.  data NULL is Kafka's null; len 0 with data is empty. */
struct mq_bytes {
	const void *data;
	size_t len;
};

struct mq_header {
	struct mq_bytes name; /* never null */
	struct mq_bytes value;
};

struct mq_record {
	const char *topic; /* NUL-terminated; NULL below the client */
	int32_t partition;
	int32_t leader_epoch; /* of the batch; -1 unknown */
	int64_t offset;	      /* -1 before it was appended */
	int64_t timestamp;    /* ms since 1970; -1 none; MQ_NOW */
	struct mq_bytes key;
	struct mq_bytes value;
	const struct mq_header *headers;
	size_t header_count;
};

#endif
