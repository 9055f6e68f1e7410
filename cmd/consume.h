/* SPDX-License-Identifier: ISC */
/* What mq-consume's files share. */
#ifndef CONSUME_H
#define CONSUME_H

#include "cmd.h"
#include "out.h"
#include "template.h"

struct consume {
	const char *target;
	struct mq_conf *conf;
	struct mq_subscription sub;
	struct mq_ranges *ranges;
	struct template *format;
	char *delim, *key_delim;
	size_t delim_len, key_delim_len;
	uint64_t count;	 /* at most; 0: all */
	int64_t wait_ms; /* -1: for ever */
	int quiet, verbose, json, batches, unbuffered;
	int nul;		/* ends records */
	int plain;		/* values, each with one byte behind it */
	int warned;		/* of a newline in a value */
	int commit;		/* what was written out */
	const char *command;	/* -x */
	size_t workers;		/* -P */
	int64_t max_deliveries; /* of a record, before it is given up */
	const char *dead_topic; /* --dlq, or NULL */
	struct mq_consumer *consumer;
	uint64_t done;
	struct out out;
};

/* -x; its status. */
int consume_exec(struct consume *, struct mq *);
/* Reads the command line; what is wrong there ends the program. */
void consume_parse(struct consume *, int argc, char **argv);

#endif
