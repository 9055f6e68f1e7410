/* SPDX-License-Identifier: ISC */
/* mq-topic: looks after the topics of a store. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "topic.h"

static const char usage[] =
    "usage: mq-topic create [-qv] [-b target] [-F file] [-X name=value]\n"
    "                [--partitions n] topic ...\n"
    "       mq-topic list [-jqrv] [-b target] [topic ...]\n"
    "       mq-topic describe [-jqrv] [-b target] [topic ...]\n"
    "       mq-topic alter [-qrv] [-b target] [-F file] [-X name[=value]]\n"
    "                [--partitions n] topic ...\n"
    "       mq-topic delete [-nqrv] [-b target] topic ...\n"
    "       mq-topic trim [-nqrv] [-b target] -o position [-p list] topic ...\n"
    "       mq-topic offsets [-jqrv] [-b target] [-o position] [-p list]\n"
    "                topic ...\n"
    "       mq-topic dump [-jqv] file ...\n"
    "       mq-topic verify [-jqrv] [-b target] [topic ...]\n"
    "       mq-topic clean [-jqrv] [-b target] [topic ...]\n"
    "       mq-topic wait [-qv] [-b target] [-w time] -c n topic\n";

enum {
	PARTITIONS = 'P'
}; /* no letter of its own */

static const struct option long_options[] = {
	{ "partitions", required_argument, NULL, PARTITIONS },
	{ NULL, 0, NULL, 0 },
};

/* What a subcommand takes: its letters, and how many operands. */
static const struct subcommand {
	const char *name;
	const char *takes;
	const char *needs; /* an option without which it cannot be */
	int min, max;	   /* operands; max -1: any number */
	int (*run)(const struct topic_options *);
} subcommands[] = {
	{ "create", "qvbFXP", "", 1, -1, topic_create },
	{ "list", "jqrvb", "", 0, -1, topic_list },
	{ "describe", "jqrvb", "", 0, -1, topic_describe },
	{ "alter", "qrvbFXP", "", 1, -1, topic_alter },
	{ "delete", "nqrvb", "", 1, -1, topic_delete },
	{ "trim", "nqrvbop", "o", 1, -1, topic_trim },
	{ "offsets", "jqrvbop", "", 1, -1, topic_offsets },
	{ "dump", "jqv", "", 1, -1, topic_dump },
	{ "verify", "jqrvb", "", 0, -1, topic_verify },
	{ "clean", "jqrvb", "", 0, -1, topic_clean },
	{ "wait", "qvbcw", "c", 1, 1, topic_wait },
};

#define SUBCOMMANDS (sizeof(subcommands) / sizeof(subcommands[0]))

/* getopt has said what is wrong. */
static _Noreturn void
bad_option(void)
{
	(void)fputs("mq-topic -h tells how it is called\n", stderr);
	exit(CMD_USAGE);
}

static void
unset(struct topic_options *o, char *name)
{
	const struct mq_conf_key *key = mq_conf_keys(MQ_TOPIC_CONF);
	struct mq_err e;

	while (key->name != NULL && strcmp(key->name, name) != 0)
		key++;
	/* The error names those that are known. */
	if (key->name == NULL && mq_conf_set(o->conf, name, "", &e) == -1)
		cmd_usage("-X: %s", e.text);
	o->unset = cmd_alloc(o->unset, o->unset_count + 2, sizeof(*o->unset));
	o->unset[o->unset_count++] = name;
	o->unset[o->unset_count] = NULL;
}

static void
parse_option(struct topic_options *o, int letter)
{
	struct mq_err e;

	switch (letter) {
	case 'b':
		o->target = optarg;
		break;
	case 'c':
		o->count = cmd_number("-c", optarg, 0, INT64_MAX);
		break;
	case 'F':
		cmd_load(o->conf, optarg);
		break;
	case 'j':
		o->json = 1;
		break;
	case 'n':
		o->dry_run = 1;
		break;
	case 'o':
		mq_ranges_free(o->ranges);
		if ((o->ranges = mq_ranges_parse(optarg, &e)) == NULL)
			cmd_usage("-o: %s", e.text);
		break;
	case 'p':
		free(o->partition);
		o->partition =
		    cmd_partitions("-p", optarg, &o->partition_count);
		break;
	case 'q':
		o->quiet = 1;
		break;
	case 'r':
		o->patterns = 1;
		break;
	case 'v':
		o->verbose = 1;
		break;
	case 'w':
		o->wait_ms = cmd_duration_ms("-w", optarg);
		break;
	case 'X':
		if (strchr(optarg, '=') == NULL)
			unset(o, optarg);
		else
			cmd_set(o->conf, "-X", optarg);
		break;
	case PARTITIONS:
		o->partitions =
		    (int32_t)cmd_number("--partitions", optarg, 1, 100000);
		break;
	}
}

static const struct subcommand *
find(const char *name)
{
	size_t i;

	if (name == NULL)
		cmd_usage("a subcommand is wanted");
	for (i = 0; i < SUBCOMMANDS; i++)
		if (strcmp(subcommands[i].name, name) == 0)
			return &subcommands[i];
	cmd_usage("%s is no subcommand", name);
}

/* Holds what was given against what the subcommand takes. */
static void
check_options(const struct subcommand *s, const char *given)
{
	for (; *given != '\0'; given++)
		if (*given != 'h' && strchr(s->takes, *given) == NULL)
			cmd_usage("%s takes no %s%.*s", s->name,
			    *given == PARTITIONS ? "--partitions" : "-",
			    *given == PARTITIONS ? 0 : 1, given);
}

static void
check_operands(const struct subcommand *s, int operands)
{
	if (operands < s->min)
		cmd_usage("%s: a %s is wanted", s->name,
		    s->run == topic_dump ? "file" : "topic");
	if (s->max != -1 && operands > s->max)
		cmd_usage("%s takes one topic", s->name);
}

static int
next_option(int argc, char **argv)
{
	return getopt_long(argc, argv, "b:c:F:hjno:p:qrvVw:X:", long_options,
	    NULL);
}

/* The options without their values; optind is at the subcommand then. */
static void
scan(int argc, char **argv, char *given, size_t size)
{
	size_t n = 0;
	int letter;

	while ((letter = next_option(argc, argv)) != -1) {
		if (letter == 'V')
			cmd_version();
		if (letter == '?')
			bad_option();
		if (n + 1 < size && strchr(given, letter) == NULL) {
			given[n++] = (char)letter;
			given[n] = '\0';
		}
	}
}

/* Twice: what a value may be hangs on the subcommand, which may come last. */
static const struct subcommand *
parse(struct topic_options *o, int argc, char **argv)
{
	const struct subcommand *s;
	char given[64] = "";
	int letter;

	(void)memset(o, 0, sizeof(*o));
	o->count = o->wait_ms = -1;
	if ((o->conf = mq_conf_new(MQ_TOPIC_CONF)) == NULL)
		cmd_die(CMD_IO, "out of memory");
	scan(argc, argv, given, sizeof(given));
	if (strchr(given, 'h') != NULL && optind == argc)
		cmd_help(usage);
	s = find(argv[optind]);
	check_options(s, given);
	if (strchr(given, 'h') != NULL)
		cmd_help(usage);
	o->operand = argv + optind + 1;
	check_operands(s, argc - optind - 1);
	if (*s->needs != '\0' && strchr(given, *s->needs) == NULL)
		cmd_usage("%s: -%s is wanted", s->name, s->needs);
	optind = 0; /* from the front */
	while ((letter = next_option(argc, argv)) != -1)
		parse_option(o, letter);
	if (o->unset != NULL && s->run == topic_create)
		cmd_usage("-X %s: it reads name=value", o->unset[0]);
	return s;
}

int
main(int argc, char **argv)
{
	const struct subcommand *s;
	struct topic_options o;
	int status;

	cmd_start();
	s = parse(&o, argc, argv);
	cmd_raise_files();
	status = s->run(&o);
	mq_conf_free(o.conf);
	mq_ranges_free(o.ranges);
	free(o.partition);
	free(o.unset);
	return status;
}
