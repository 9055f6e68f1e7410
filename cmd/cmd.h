/* SPDX-License-Identifier: ISC */
/*
 * What the programs have in common: how values are read, how they fail, and
 * how they end.  A bad value names its option and the reason, and is exit 2.
 */
#ifndef CMD_H
#define CMD_H

#include <stddef.h>
#include <stdint.h>

#include "mq.h"

/* Exit statuses, as in the manuals; most are sysexits(3)'s. */
enum cmd_exit {
	CMD_OK = 0,
	CMD_PARTLY = 1, /* some records were not delivered */
	CMD_USAGE = 2,
	CMD_NOTHING = 3,      /* nothing came in time */
	CMD_DATA = 65,	      /* a bad input record */
	CMD_UNAVAILABLE = 69, /* no such topic, or the target cannot */
	CMD_IO = 74,
	CMD_TRY_AGAIN = 75,
	CMD_DENIED = 77,
	CMD_CONFIG = 78
};

/*
 * Called first in each program.  Standard descriptors that are closed get what
 * fails as they would, so that no file is opened in their place, and SIGXFSZ
 * is ignored.
 */
void cmd_start(void);

/* Prints to standard error behind the program's name; ends the program. */
_Noreturn void cmd_usage(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));
_Noreturn void cmd_fail(const struct mq_err *);
_Noreturn void cmd_die(int status, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* The same without ending. */
void cmd_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The status that an error ends with. */
int cmd_status(const struct mq_err *);

/* Prints the usage text to standard output, checked, and exits 0; or -V's. */
_Noreturn void cmd_help(const char *usage);
_Noreturn void cmd_version(void);

/* -b's value, or where the store is without it; caller frees. */
char *cmd_target(const char *option);
struct mq *cmd_open(const char *target, int flags);

/* Values of the option that is named; they exit 2 where they cannot be. */
int64_t cmd_number(const char *option, const char *text, int64_t min,
    int64_t max);
int64_t cmd_duration_ms(const char *option, const char *text);
char *cmd_bytes(const char *option, const char *text, size_t *len);
void cmd_set(struct mq_conf *, const char *option, const char *text);
void cmd_load(struct mq_conf *, const char *path);

/*
 * The operands, or with patterns the topics that match them; without operands
 * all topics.  NULL-ended, mq_names_free.
 */
char **cmd_topics(struct mq *, char *const *operand, int patterns);
/* The same of consumer groups. */
char **cmd_groups(struct mq *, char *const *operand, int patterns);

/* As many open files as the system lets a process have. */
void cmd_raise_files(void);
/*
 * As many as before that, for a program that is started; 1 where there was
 * something to undo.
 */
int cmd_lower_files(void);
/* Milliseconds of a clock that only goes forward. */
int64_t cmd_now_ms(void);
/* Milliseconds since 1970. */
int64_t cmd_wall_ms(void);
/* Or exits with the memory's error. */
void *cmd_alloc(void *old, size_t count, size_t size);

#endif
