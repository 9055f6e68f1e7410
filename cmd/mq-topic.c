/* SPDX-License-Identifier: ISC */
/* mq-topic: looks after the topics of a store. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "place.h"
#include "subcommand.h"
#include "topic.h"

static const char usage[] =
    "usage: mq-topic create [-qv] [-b target] [-F file] [-X name=value]\n"
    "                [--partitions n] [--queue] topic ...\n"
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
	PARTITIONS = 'P',
	QUEUE = 'Q'
}; /* no letter of its own */

static const struct option long_options[] = {
	{ "partitions", required_argument, NULL, PARTITIONS },
	{ "queue", no_argument, NULL, QUEUE },
	{ NULL, 0, NULL, 0 },
};

static const char letters[] = "b:c:F:hjno:p:qrvVw:X:";

static const struct topic_command {
	struct subcommand what;
	int (*run)(const struct topic_options *);
} commands[] = {
	{ { "create", "qvbFXPQ", "", "topic", 1, -1 }, topic_create },
	{ { "list", "jqrvb", "", "topic", 0, -1 }, topic_list },
	{ { "describe", "jqrvb", "", "topic", 0, -1 }, topic_describe },
	{ { "alter", "qrvbFXP", "", "topic", 1, -1 }, topic_alter },
	{ { "delete", "nqrvb", "", "topic", 1, -1 }, topic_delete },
	{ { "trim", "nqrvbop", "o", "topic", 1, -1 }, topic_trim },
	{ { "offsets", "jqrvbop", "", "topic", 1, -1 }, topic_offsets },
	{ { "dump", "jqv", "", "file", 1, -1 }, topic_dump },
	{ { "verify", "jqrvb", "", "topic", 0, -1 }, topic_verify },
	{ { "clean", "jqrvb", "", "topic", 0, -1 }, topic_clean },
	{ { "wait", "qvbcw", "c", "topic", 1, 1 }, topic_wait },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

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
		place_positions(&o->ranges, optarg);
		break;
	case 'p':
		o->partition = place_partitions("-p", optarg, o->partition,
		    &o->partition_count);
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
	case QUEUE:
		o->queue = 1;
		break;
	}
}

static const struct topic_command *
find(const char *name)
{
	size_t i;

	if (name == NULL)
		cmd_usage("a subcommand is wanted");
	for (i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i].what.name, name) == 0)
			return &commands[i];
	cmd_usage("%s is no subcommand", name);
}

static const struct topic_command *
parse(struct topic_options *o, int argc, char **argv)
{
	const struct topic_command *c;
	char given[SUBCOMMAND_LETTERS];
	int letter;

	(void)memset(o, 0, sizeof(*o));
	o->count = o->wait_ms = -1;
	if ((o->conf = mq_conf_new(MQ_TOPIC_CONF)) == NULL)
		cmd_die(CMD_IO, "out of memory");
	subcommand_scan(argc, argv, letters, long_options, usage, given);
	c = find(argv[optind]);
	o->operand = argv + optind + 1;
	subcommand_check(&c->what, given, argc - optind - 1, long_options,
	    usage);
	while ((letter = getopt_long(argc, argv, letters, long_options,
		    NULL)) != -1)
		parse_option(o, letter);
	if (o->unset != NULL && c->run == topic_create)
		cmd_usage("-X %s: it reads name=value", o->unset[0]);
	return c;
}

int
main(int argc, char **argv)
{
	const struct topic_command *c;
	struct topic_options o;
	int status;

	cmd_start();
	c = parse(&o, argc, argv);
	cmd_raise_files();
	status = c->run(&o);
	mq_conf_free(o.conf);
	mq_ranges_free(o.ranges);
	free(o.partition);
	free(o.unset);
	return status;
}
