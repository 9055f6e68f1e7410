/* SPDX-License-Identifier: ISC */
/* mq-group: looks after the groups of a store, and where they have come to. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "group.h"
#include "place.h"
#include "subcommand.h"

static const char usage[] =
    "usage: mq-group list [-jqrv] [-b target] [group ...]\n"
    "       mq-group describe [-jqrv] [-b target] [group ...]\n"
    "       mq-group seek [-jnqv] [-b target] [-o position] [-p list]\n"
    "                [-t topic] [--from file] [--to-group group] group\n"
    "       mq-group commit [-jqv] [-b target] [-p list] [--metadata text]\n"
    "                -o position -t topic group\n"
    "       mq-group delete [-jnqrv] [-b target] group ...\n"
    "       mq-group wait [-jqv] [-b target] [-t topic] [-w time] --lag n\n"
    "                group\n"
    "       mq-group peek [-jqv] [-b target] [-c n] [-p list] [-t topic]\n"
    "                group\n"
    "       mq-group accept [-jqv] [-b target] group id ...\n"
    "       mq-group release [-jqv] [-b target] [--delay time] [--dlq topic]\n"
    "                [--max-deliveries n] group id ...\n"
    "       mq-group reject [-jqv] [-b target] [--dlq topic] group id ...\n"
    "       mq-group redrive [-jnqv] [-b target] [-c n] [-p list] [-t topic]\n"
    "                [--max-redrives n] [--to topic] group\n";

enum { /* no letters of their own */
	DELAY = 'D',
	DLQ = 'Q',
	FROM = 'F',
	LAG = 'L',
	MAX_DELIVERIES = 'A',
	MAX_REDRIVES = 'R',
	METADATA = 'M',
	TO = 'T',
	TO_GROUP = 'G'
};

static const struct option long_options[] = {
	{ "delay", required_argument, NULL, DELAY },
	{ "dlq", required_argument, NULL, DLQ },
	{ "from", required_argument, NULL, FROM },
	{ "lag", required_argument, NULL, LAG },
	{ "max-deliveries", required_argument, NULL, MAX_DELIVERIES },
	{ "max-redrives", required_argument, NULL, MAX_REDRIVES },
	{ "metadata", required_argument, NULL, METADATA },
	{ "to", required_argument, NULL, TO },
	{ "to-group", required_argument, NULL, TO_GROUP },
	{ NULL, 0, NULL, 0 },
};

static const char letters[] = "b:c:hjno:p:qrt:vVw:";

#define WITH_IDS "group, and then an id of it,"

static const struct group_command {
	struct subcommand what;
	int (*run)(const struct group_options *);
} commands[] = {
	{ { "list", "jqrvb", "", "group", 0, -1 }, group_list },
	{ { "describe", "jqrvb", "", "group", 0, -1 }, group_describe },
	{ { "seek", "jnqvboptFG", "", "group", 1, 1 }, group_seek },
	{ { "commit", "jqvboptM", "ot", "group", 1, 1 }, group_commit },
	{ { "delete", "jnqrvb", "", "group", 1, -1 }, group_delete },
	{ { "wait", "jqvbtwL", "L", "group", 1, 1 }, group_wait },
	{ { "peek", "jqvbcpt", "", "group", 1, 1 }, group_peek },
	{ { "accept", "jqvb", "", WITH_IDS, 2, -1 }, group_accept },
	{ { "release", "jqvbDQA", "", WITH_IDS, 2, -1 }, group_release },
	{ { "reject", "jqvbQ", "", WITH_IDS, 2, -1 }, group_reject },
	{ { "redrive", "jnqvbcptRT", "", "group", 1, 1 }, group_redrive },
};

#define COMMANDS     (sizeof(commands) / sizeof(commands[0]))
#define METADATA_MAX 4096 /* Kafka's offset.metadata.max.bytes */

static void
parse_option(struct group_options *o, int letter)
{
	switch (letter) {
	case 'b':
		o->target = optarg;
		break;
	case 'c':
		o->count = cmd_number("-c", optarg, 1, INT64_MAX);
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
	case 't':
		o->topic = optarg;
		break;
	case 'v':
		o->verbose = 1;
		break;
	case 'w':
		o->wait_ms = cmd_duration_ms("-w", optarg);
		break;
	case DELAY:
		o->delay_ms = cmd_duration_ms("--delay", optarg);
		break;
	case DLQ:
		o->dlq = optarg;
		break;
	case FROM:
		o->from = optarg;
		break;
	case LAG:
		o->lag = cmd_number("--lag", optarg, 0, INT64_MAX);
		break;
	case MAX_DELIVERIES:
		(void)cmd_number("--max-deliveries", optarg, 1, INT16_MAX);
		o->max_deliveries = optarg;
		break;
	case MAX_REDRIVES:
		o->max_redrives =
		    cmd_number("--max-redrives", optarg, 1, INT32_MAX);
		break;
	case METADATA:
		o->metadata = optarg;
		if (strlen(optarg) > METADATA_MAX)
			cmd_usage("--metadata: more than %d bytes",
			    METADATA_MAX);
		break;
	case TO:
		o->to = optarg;
		break;
	case TO_GROUP:
		o->to_group = optarg;
		break;
	}
}

static const struct group_command *
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

static void
check_seek(const struct group_options *o)
{
	int ways =
	    (o->ranges != NULL) + (o->from != NULL) + (o->to_group != NULL);

	if (ways == 0)
		cmd_usage("seek: one of -o, --from and --to-group is wanted");
	if (ways > 1)
		cmd_usage("seek: only one of -o, --from and --to-group can be");
	if (o->ranges != NULL && o->topic == NULL)
		cmd_usage("seek: -o goes with -t");
}

static const struct group_command *
parse(struct group_options *o, int argc, char **argv)
{
	const struct group_command *c;
	char given[SUBCOMMAND_LETTERS];
	int letter;

	(void)memset(o, 0, sizeof(*o));
	o->wait_ms = o->count = -1;
	o->max_redrives = 1;
	subcommand_scan(argc, argv, letters, long_options, usage, given);
	c = find(argv[optind]);
	o->operand = argv + optind + 1;
	subcommand_check(&c->what, given, argc - optind - 1, long_options,
	    usage);
	while ((letter = getopt_long(argc, argv, letters, long_options,
		    NULL)) != -1)
		parse_option(o, letter);
	if (c->run == group_seek)
		check_seek(o);
	return c;
}

int
main(int argc, char **argv)
{
	const struct group_command *c;
	struct group_options o;
	int status;

	cmd_start();
	c = parse(&o, argc, argv);
	cmd_raise_files();
	status = c->run(&o);
	mq_ranges_free(o.ranges);
	free(o.partition);
	return status;
}
