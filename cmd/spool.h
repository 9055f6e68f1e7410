/* SPDX-License-Identifier: ISC */
/* mq-produce -x: a command's output, kept until it is known to be good. */
#ifndef SPOOL_H
#define SPOOL_H

/*
 * Runs the command by /bin/sh -c with its output into a file without a name,
 * and returns the file at its start.  Exits where the command fails, as
 * mq-produce(1) says: nothing is published then.  -1 where a signal came (wakeup
 * becomes readable): it is passed on to the command, which is waited for.
 */
int spool_command(const char *command, int wakeup);

#endif
