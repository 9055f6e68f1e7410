/* SPDX-License-Identifier: ISC */
/*
 * Programs with subcommands.  Their options are read twice, for what a value
 * may be hangs on the subcommand, which may come last: once for the letters
 * alone, which are held against what the subcommand takes, and then by the
 * program, from the front.
 */
#ifndef SUBCOMMAND_H
#define SUBCOMMAND_H

#include <getopt.h>

struct subcommand {
	const char *name;
	const char *takes;   /* letters; a long option has one of its own */
	const char *needs;   /* options without which it cannot be, or "" */
	const char *operand; /* what its operands are */
	int min, max;	     /* of operands; max -1: any number */
};

#define SUBCOMMAND_LETTERS 64

/*
 * Puts the letters of the options that there are into `given`; optind is then
 * at the subcommand.  Ends the program at an option that is none, at -V, and
 * at -h where there is no subcommand.
 */
void subcommand_scan(int argc, char **argv, const char *letters,
    const struct option *, const char *usage, char given[SUBCOMMAND_LETTERS]);
/*
 * Holds what was given against what the subcommand takes, and sets optind back
 * to the front.  Ends the program where it cannot be, and at -h.
 */
void subcommand_check(const struct subcommand *, const char *given,
    int operands, const struct option *, const char *usage);

#endif
