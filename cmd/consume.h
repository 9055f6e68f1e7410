/* SPDX-License-Identifier: ISC */
/* What mq-consume's files share. */
#ifndef CONSUME_H
#define CONSUME_H

#include "cmd.h"
#include "out.h"
#include "template.h"
#include "written.h"

#define CONSUME_WHY	  256
#define CONSUME_SIGNAL_MS 2000 /* after a signal, for what is to be said */

struct consume {
	const char *target;
	struct mq_conf *conf;
	struct mq_subscription sub;
	const char *share; /* the share group, or NULL */
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
	int hold;		/* --hold */
	int64_t lock_ms;	/* -l; 0: not given */
	int64_t in_flight;	/* -m; 0: not given */
	const char *command;	/* -x */
	size_t workers;		/* -P */
	int64_t max_deliveries; /* of a record, before it is given up */
	const char *dead_topic; /* --dlq, or NULL */
	int64_t batch;		/* --batch: records for one command */
	int64_t batch_ms;     /* and how long the first one waits for others */
	int64_t max_lease_ms; /* --max-lease, or 0 */
	struct mq_consumer *consumer;
	uint64_t printed;
	uint64_t done;
	struct out out;
	struct written written; /* with --commit */
};

/* Reads the command line; what is wrong there ends the program. */
void consume_parse(struct consume *, int argc, char **argv);

/*
 * Prints a record in the framing that was asked for; lease is of a share
 * group's record, else NULL.  0; -1 with errno where out failed, or with a
 * sentence in why, and nothing printed, where the framing cannot hold it.
 */
int consume_print(struct consume *, struct out *, const struct mq_record *,
    const struct mq_share_record *lease, char why[CONSUME_WHY]);
/* Of values that were copied together: one holds a newline. */
void consume_warn_values(struct consume *);
/* Says where the record is that cannot be printed, and why. */
void consume_unprintable(const struct mq_record *, const char *why);
/* Says what standard output's errno is; ends the program. */
_Noreturn void consume_output_failed(void);
/*
 * A descriptor that is readable when a signal came or nobody reads standard
 * output any more, for mq_set_wakeup; and whether that is so.
 */
int consume_wakeup(int signals);
int consume_output_is_gone(void);

/* Each returns the program's status. */
int consume_share(struct consume *, struct mq *);
int consume_exec(struct consume *, struct mq *);
/* Of a run of records without -x, which ended with that enum mq_poll. */
int consume_status(const struct consume *, int rc);

/* Says what becomes of a share group's records that nobody gets again. */
void consume_say_event(const struct consume *, const struct mq_share_event *,
    const char *why);

#endif
