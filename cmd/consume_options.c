/* SPDX-License-Identifier: ISC */
/* mq-consume's options. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "consume.h"

static const char usage[] =
    "usage: mq-consume [-0ejqruv] [-b target] [-c n] [-d delim] [-f format]\n"
    "                  [-F file] [-g group] [-K delim] [-o position] [-p list]\n"
    "                  [-P workers] [-w time] [-x command] [-X name=value]\n"
    "                  [--batches] [--commit] [--dlq topic]\n"
    "                  [--max-deliveries n] topic ...\n";

enum {
	BATCHES = 256,
	COMMIT,
	DLQ,
	MAX_DELIVERIES
};

static const struct option long_options[] = {
	{ "batches", no_argument, NULL, BATCHES },
	{ "commit", no_argument, NULL, COMMIT },
	{ "dlq", required_argument, NULL, DLQ },
	{ "max-deliveries", required_argument, NULL, MAX_DELIVERIES },
	{ NULL, 0, NULL, 0 },
};

static void
parse_option(struct consume *c, int letter)
{
	struct mq_err e;
	char why[256];
	int32_t *list;

	switch (letter) {
	case '0':
		c->nul = 1;
		break;
	case 'b':
		c->target = optarg;
		break;
	case 'c':
		c->count = (uint64_t)cmd_number("-c", optarg, 1, INT64_MAX);
		break;
	case 'd':
		free(c->delim);
		c->delim = cmd_bytes("-d", optarg, &c->delim_len);
		break;
	case 'e':
		c->sub.stop_at_end = 1;
		break;
	case 'f':
		template_free(c->format);
		c->format = template_parse(optarg, why, sizeof(why));
		if (c->format == NULL)
			cmd_usage("-f: %s", why);
		break;
	case 'F':
		cmd_load(c->conf, optarg);
		break;
	case 'g':
		c->sub.group = optarg;
		break;
	case 'j':
		c->json = 1;
		break;
	case 'K':
		free(c->key_delim);
		c->key_delim = cmd_bytes("-K", optarg, &c->key_delim_len);
		break;
	case 'o':
		mq_ranges_free(c->ranges);
		if ((c->ranges = mq_ranges_parse(optarg, &e)) == NULL)
			cmd_usage("-o: %s", e.text);
		c->sub.ranges = c->ranges;
		break;
	case 'p':
		free((void *)(uintptr_t)c->sub.partition);
		list = cmd_partitions("-p", optarg, &c->sub.partition_count);
		c->sub.partition = list;
		break;
	case 'P':
		c->workers = (size_t)cmd_number("-P", optarg, 1, 1000);
		break;
	case 'q':
		c->quiet = 1;
		break;
	case 'r':
		c->sub.patterns = 1;
		break;
	case 'u':
		c->unbuffered = 1;
		break;
	case 'v':
		c->verbose = 1;
		break;
	case 'w':
		c->wait_ms = cmd_duration_ms("-w", optarg);
		break;
	case 'x':
		c->command = optarg;
		break;
	case 'X':
		cmd_set(c->conf, "-X", optarg);
		break;
	case BATCHES:
		c->batches = 1;
		break;
	case COMMIT:
		c->commit = 1;
		break;
	case DLQ:
		c->dead_topic = optarg;
		break;
	case MAX_DELIVERIES:
		c->max_deliveries =
		    cmd_number("--max-deliveries", optarg, 1, 10000);
		break;
	case 'h':
		cmd_help(usage);
	case 'V':
		cmd_version();
	default:
		/* getopt has said what is wrong. */
		(void)fputs("mq-consume -h tells how it is called\n", stderr);
		exit(CMD_USAGE);
	}
}

static void
check_options(const struct consume *c)
{
	int text = c->nul || c->delim != NULL || c->key_delim != NULL;
	int forms = (c->format != NULL) + c->json + c->batches;

	if (forms > 1)
		cmd_usage("only one of -f, -j and --batches can be");
	if (text && forms != 0)
		cmd_usage("-0, -d and -K do not go with -f, -j or --batches");
	if (c->nul && c->delim != NULL)
		cmd_usage("only one of -0 and -d can be");
	if (c->commit && c->sub.group == NULL)
		cmd_usage("--commit is for a group, which -g names");
	if (c->sub.group != NULL && c->sub.partition != NULL)
		cmd_usage("-p does not go with -g: the group says who reads "
			  "which partition");
	if (c->command != NULL && c->sub.group == NULL)
		cmd_usage("-x is for a group, which -g names");
	if (c->command != NULL && (text || forms != 0 || c->commit))
		cmd_usage("-x hands over values: without --commit, which it "
			  "does, and a framing");
	if (c->command == NULL &&
	    (c->workers != 0 || c->dead_topic != NULL ||
		c->max_deliveries != 0))
		cmd_usage("-P, --dlq and --max-deliveries are for -x");
	if (c->sub.topic_count == 0)
		cmd_usage("a topic is wanted");
}

void
consume_parse(struct consume *c, int argc, char **argv)
{
	int letter;

	(void)memset(c, 0, sizeof(*c));
	c->wait_ms = -1;
	if ((c->conf = mq_conf_new(MQ_CONSUMER_CONF)) == NULL)
		cmd_die(CMD_IO, "out of memory");
	while ((letter = getopt_long(argc, argv,
		    "0b:c:d:ef:F:g:hjK:o:p:P:qruvVw:x:X:", long_options,
		    NULL)) != -1)
		parse_option(c, letter);
	c->sub.topic = (const char *const *)(void *)(argv + optind);
	c->sub.topic_count = (size_t)(argc - optind);
	check_options(c);
	if (c->workers == 0)
		c->workers = 1;
	if (c->max_deliveries == 0)
		c->max_deliveries = 5;
	if (c->delim == NULL) {
		c->delim = cmd_alloc(NULL, 1, 1);
		c->delim[0] = c->nul ? '\0' : '\n';
		c->delim_len = 1;
	}
	c->plain = c->format == NULL && !c->json && !c->unbuffered &&
	    c->key_delim == NULL && c->delim_len == 1;
}
