/* SPDX-License-Identifier: ISC */
/*
 * A command, as -x takes it, made ready to be started many times.
 *
 * It means what it means to /bin/sh -c.  Where it is plain words without a
 * character that the shell knows, and the first is a program that is found in
 * PATH, it is started without a shell: that takes half the time, and a signal
 * comes to the program itself.  Everything else, and what is not found, is the
 * shell's, which says what is wrong and exits 126 or 127.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include <sys/types.h>

struct command {
	char *text;  /* for the shell */
	char *path;  /* of the program; NULL: by the shell */
	char **argv; /* for the program; in words */
	char *words;
};

/* What a start of it is given. */
struct command_start {
	char *const *env;
	int input; /* its descriptor 0 */
	int about; /* its descriptor 3; it is not 0 here */
	int apart; /* boolean: in a process group of its own */
};

/* Looks in PATH now, and not again.  Ends the program when memory is out. */
void command_init(struct command *, const char *text);
void command_free(struct command *);
/*
 * Starts it without copying this process: 0 and its pid, or an errno.  No
 * signal is blocked in it.  Those that are caught here have their default
 * action, and so have SIGPIPE and SIGXFSZ, which programs of this project may
 * ignore; what nohup(1) ignores stays ignored.  The limit on open files is
 * what it was before cmd_raise_files.  Other descriptors are its own if they
 * are not O_CLOEXEC: those that this program's caller has opened for it.
 */
int command_spawn(const struct command *, const struct command_start *,
    pid_t *);

#endif
