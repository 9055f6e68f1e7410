/* SPDX-License-Identifier: ISC */
/*
 * SIGTERM, SIGINT and SIGHUP end a program in two steps: it stops and puts its
 * things in order, and then it dies of that signal, so that a shell's loop
 * around it ends too.  A second signal ends it at once.
 */
#ifndef SIGNALS_H
#define SIGNALS_H

/*
 * From here on these signals only set signals_came and make the descriptor
 * that is returned readable.  Those that are ignored stay so.
 */
int signals_catch(void);
/*
 * The same for a SIGPIPE that somebody sends; a write that nobody reads fails
 * with EPIPE, and no signal comes.
 */
void signals_catch_pipe(void);
/* The signal that came, or 0. */
int signals_came(void);
/* Ends as the signal that came would have ended the program. */
_Noreturn void signals_die(void);

/* Is this program in the foreground of its terminal? */
int signals_foreground(void);

#endif
