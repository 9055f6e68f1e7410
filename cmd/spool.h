/* SPDX-License-Identifier: ISC */
/* mq-produce -x: a command's output, kept until it is known to be good. */
#ifndef SPOOL_H
#define SPOOL_H

/*
 * Runs the command by /bin/sh -c with its output into a file without a name,
 * and returns the file at its start.  Exits where the command fails, as
 * mq-produce(1) says: nothing is published then.  A signal (wakeup becomes
 * readable) ends the command and the program.
 */
int spool_command(const char *command, int wakeup);

#endif
