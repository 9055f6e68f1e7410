/* SPDX-License-Identifier: ISC */
/* What mq-produce's files share. */
#ifndef PRODUCE_H
#define PRODUCE_H

#include "cmd.h"
#include "frame.h"
#include "input.h"
#include "progress.h"

struct produce {
	const char *target, *topic, *command;
	char *source; /* what messages call the command's output */
	struct mq_conf *conf;
	struct frame frame;
	struct mq_bytes key;
	struct mq_header *header; /* -H */
	size_t header_count;
	int64_t delay_ms;	/* --delay, -1: not given */
	struct mq_header *both; /* a record's own, and those */
	char until[24];		/* the value of --delay's */
	int32_t partition, partitions;
	char *delim, *key_delim;
	int quiet, verbose, create, empty_is_null, progress;
	int codec; /* -z was given */
	int nul;   /* -0 */
	int text;  /* -0, -d or -K was given */
	char **file;
	uint64_t file_number; /* that is read now, from 0 */
	struct mq *mq;
	struct mq_producer *producer;
	struct input in;
	size_t longest; /* bytes of a record, as the input has it */
	struct progress shown;
	uint64_t records; /* read */
	int wakeup;
};

/* Reads the command line; what is wrong there ends the program. */
void produce_parse(struct produce *, int argc, char **argv);

/* ---- produce_headers.c */
/* Gives the record what -H and --delay ask for, until the next one. */
void produce_headers(struct produce *, struct mq_record *);
/* -1 where -H has the header that is --delay's. */
int produce_headers_check(const struct produce *);

#endif
