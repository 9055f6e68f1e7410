/* SPDX-License-Identifier: ISC */
/*
 * What the end of a command means for the records that it was run for.  Pure
 * functions; the table is that of "What -x hears" in mq-consume(1).
 */
#ifndef OUTCOME_H
#define OUTCOME_H

#include <stddef.h>
#include <stdint.h>

enum outcome {
	OUTCOME_ACCEPT,		 /* 0 */
	OUTCOME_REJECT,		 /* 65, 100: never again */
	OUTCOME_ACCEPT_AND_STOP, /* 99 */
	OUTCOME_CANNOT_RUN,	 /* 126, 127: it was never started */
	OUTCOME_RETRY		 /* anything else, or a signal */
};

#define OUTCOME_DELAY_MIN_MS 100
#define OUTCOME_DELAY_MAX_MS 10000

/* Of a status as wait(2) gives it. */
enum outcome outcome_of(int status);
/* The same for a message: "exit status 3", "killed by signal 9 (Killed)". */
void outcome_text(int status, char *text, size_t size);
/*
 * How long to wait before a record is tried again that has failed so many
 * times (1 or more): doubling, from OUTCOME_DELAY_MIN_MS to _MAX_MS.
 */
int64_t outcome_delay_ms(int64_t failures);

#endif
