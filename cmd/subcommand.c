/* SPDX-License-Identifier: ISC */
#include "subcommand.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"

void
subcommand_scan(int argc, char **argv, const char *letters,
    const struct option *long_options, const char *usage,
    char given[SUBCOMMAND_LETTERS])
{
	size_t n = 0;
	int letter;

	given[0] = '\0';
	while ((letter = getopt_long(argc, argv, letters, long_options,
		    NULL)) != -1) {
		if (letter == 'V')
			cmd_version();
		if (letter == '?') {
			/* getopt has said what is wrong. */
			(void)fprintf(stderr, "%s -h tells how it is called\n",
			    program_invocation_short_name);
			exit(CMD_USAGE);
		}
		if (n + 1 < SUBCOMMAND_LETTERS &&
		    strchr(given, letter) == NULL) {
			given[n++] = (char)letter;
			given[n] = '\0';
		}
	}
	if (strchr(given, 'h') != NULL && optind == argc)
		cmd_help(usage);
}

/* As it is typed: -o, or --partitions. */
static const char *
typed(const struct option *long_options, char letter)
{
	static char text[64];

	for (; long_options->name != NULL; long_options++)
		if (long_options->val == letter)
			break;
	if (long_options->name != NULL)
		(void)snprintf(text, sizeof(text), "--%s", long_options->name);
	else
		(void)snprintf(text, sizeof(text), "-%c", letter);
	return text;
}

void
subcommand_check(const struct subcommand *s, const char *given, int operands,
    const struct option *long_options, const char *usage)
{
	const char *g;

	for (g = given; *g != '\0'; g++)
		if (*g != 'h' && strchr(s->takes, *g) == NULL)
			cmd_usage("%s takes no %s", s->name,
			    typed(long_options, *g));
	if (strchr(given, 'h') != NULL)
		cmd_help(usage);
	if (operands < s->min)
		cmd_usage("%s: a %s is wanted", s->name, s->operand);
	if (s->max != -1 && operands > s->max)
		cmd_usage("%s takes one %s", s->name, s->operand);
	for (g = s->needs; *g != '\0'; g++)
		if (strchr(given, *g) == NULL)
			cmd_usage("%s: %s is wanted", s->name,
			    typed(long_options, *g));
	optind = 0;
}
