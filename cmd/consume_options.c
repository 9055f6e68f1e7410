/* SPDX-License-Identifier: ISC */
/* mq-consume's options. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "consume.h"
#include "place.h"

static const char usage[] =
    "usage: mq-consume [-0ejqruv] [-b target] [-c n] [-d delim] [-f format]\n"
    "                  [-F file] [-g group] [-K delim] [-l time] [-m n]\n"
    "                  [-o position] [-p list] [-P workers] [-s group]\n"
    "                  [-w time] [-x command] [-X name=value] [--batch n,time]\n"
    "                  [--batches] [--commit] [--dlq topic] [--hold]\n"
    "                  [--max-deliveries n] [--max-lease time] [topic ...]\n";

enum {
	BATCH = 256,
	BATCHES,
	COMMIT,
	DLQ,
	HOLD,
	MAX_DELIVERIES,
	MAX_LEASE
};

static const struct option long_options[] = {
	{ "batch", required_argument, NULL, BATCH },
	{ "batches", no_argument, NULL, BATCHES },
	{ "commit", no_argument, NULL, COMMIT },
	{ "dlq", required_argument, NULL, DLQ },
	{ "hold", no_argument, NULL, HOLD },
	{ "max-deliveries", required_argument, NULL, MAX_DELIVERIES },
	{ "max-lease", required_argument, NULL, MAX_LEASE },
	{ NULL, 0, NULL, 0 },
};

static const char letters[] = "0b:c:d:ef:F:g:hjK:l:m:o:p:P:qrs:uvVw:x:X:";

#define BATCH_MAX    1000000 /* records for one command */
#define POLL_RECORDS 500     /* the default of max.poll.records */
/* group.share.partition.max.record.locks: the default, and the most. */
#define MAX_LOCKS     2000
#define MAX_LOCKS_MAX (1 << 20)

/* N,DUR */
static void
parse_batch(struct consume *c, const char *text)
{
	const char *comma = strchr(text, ',');
	char *number;

	if (comma == NULL)
		cmd_usage("--batch: '%s' is not like 100,5s: so many records, "
			  "and how long the first one waits for others",
		    text);
	if ((number = strndup(text, (size_t)(comma - text))) == NULL)
		cmd_die(CMD_IO, "out of memory");
	c->batch = cmd_number("--batch", number, 1, BATCH_MAX);
	c->batch_ms = cmd_duration_ms("--batch", comma + 1);
	free(number);
}

/* How records are printed: 1, 0 it is another option. */
static int
parse_form(struct consume *c, int letter)
{
	char why[256];

	switch (letter) {
	case '0':
		c->nul = 1;
		break;
	case 'd':
		free(c->delim);
		c->delim = cmd_bytes("-d", optarg, &c->delim_len);
		break;
	case 'f':
		template_free(c->format);
		c->format = template_parse(optarg, why, sizeof(why));
		if (c->format == NULL)
			cmd_usage("-f: %s", why);
		break;
	case 'j':
		c->json = 1;
		break;
	case 'K':
		free(c->key_delim);
		c->key_delim = cmd_bytes("-K", optarg, &c->key_delim_len);
		break;
	case 'u':
		c->unbuffered = 1;
		break;
	case BATCHES:
		c->batches = 1;
		break;
	default:
		return 0;
	}
	return 1;
}

/* What is read, and how far. */
static int
parse_reading(struct consume *c, int letter)
{
	int32_t *list;

	switch (letter) {
	case 'c':
		c->count = (uint64_t)cmd_number("-c", optarg, 1, INT64_MAX);
		break;
	case 'e':
		c->sub.stop_at_end = 1;
		break;
	case 'o':
		place_ranges(&c->ranges, optarg);
		c->sub.ranges = c->ranges;
		break;
	case 'p':
		list = (int32_t *)(uintptr_t)c->sub.partition;
		c->sub.partition = place_partitions("-p", optarg, list,
		    &c->sub.partition_count);
		break;
	case 'r':
		c->sub.patterns = 1;
		break;
	case 'w':
		c->wait_ms = cmd_duration_ms("-w", optarg);
		break;
	default:
		return 0;
	}
	return 1;
}

/* Who else reads it. */
static int
parse_group(struct consume *c, int letter)
{
	switch (letter) {
	case 'g':
		c->sub.group = optarg;
		break;
	case 'l':
		if ((c->lock_ms = cmd_duration_ms("-l", optarg)) == 0)
			cmd_usage("-l: no time at all is too short");
		break;
	case 'm':
		c->in_flight = cmd_number("-m", optarg, 1, 1 << 20);
		break;
	case 's':
		c->share = optarg;
		break;
	case COMMIT:
		c->commit = 1;
		break;
	case HOLD:
		c->hold = 1;
		break;
	default:
		return 0;
	}
	return 1;
}

/* What is done with it. */
static int
parse_command(struct consume *c, int letter)
{
	switch (letter) {
	case 'P':
		c->workers = (size_t)cmd_number("-P", optarg, 1, 1000);
		break;
	case 'x':
		c->command = optarg;
		break;
	case BATCH:
		parse_batch(c, optarg);
		break;
	case DLQ:
		c->dead_topic = optarg;
		break;
	case MAX_DELIVERIES:
		c->max_deliveries =
		    cmd_number("--max-deliveries", optarg, 1, 10000);
		break;
	case MAX_LEASE:
		if ((c->max_lease_ms =
			    cmd_duration_ms("--max-lease", optarg)) == 0)
			cmd_usage("--max-lease: no time at all is too short");
		break;
	default:
		return 0;
	}
	return 1;
}

static void
parse_option(struct consume *c, int letter)
{
	if (parse_form(c, letter) || parse_reading(c, letter) ||
	    parse_group(c, letter) || parse_command(c, letter))
		return;
	switch (letter) {
	case 'b':
		c->target = optarg;
		break;
	case 'F':
		cmd_load(c->conf, optarg);
		break;
	case 'q':
		c->quiet = 1;
		break;
	case 'v':
		c->verbose = 1;
		break;
	case 'X':
		cmd_set(c->conf, "-X", optarg);
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
check_forms(const struct consume *c)
{
	int text = c->nul || c->delim != NULL || c->key_delim != NULL;
	int forms = (c->format != NULL) + c->json + c->batches;

	if (forms > 1)
		cmd_usage("only one of -f, -j and --batches can be");
	if (text && forms != 0)
		cmd_usage("-0, -d and -K do not go with -f, -j or --batches");
	if (c->nul && c->delim != NULL)
		cmd_usage("only one of -0 and -d can be");
	if (c->command != NULL && c->batch == 0 && (text || forms != 0))
		cmd_usage("-x hands over a value; a framing is for --batch");
	if (c->command != NULL && c->batches)
		cmd_usage("--batches does not go with -x");
}

static void
check_groups(const struct consume *c)
{
	if (c->share != NULL && c->sub.group != NULL)
		cmd_usage("only one of -g and -s can be");
	if (c->commit && c->sub.group == NULL)
		cmd_usage("--commit is for a group, which -g names");
	if (c->sub.group != NULL && c->sub.partition != NULL)
		cmd_usage("-p does not go with -g: the group says who reads "
			  "which partition");
	if (c->share == NULL &&
	    (c->lock_ms != 0 || c->in_flight != 0 || c->hold ||
		c->max_lease_ms != 0))
		cmd_usage("-l, -m, --hold and --max-lease are for a share "
			  "group, which -s names");
	if (c->share != NULL && (c->ranges != NULL || c->batches))
		cmd_usage("-o and --batches do not go with -s");
}

static void
check_command(const struct consume *c)
{
	if (c->command != NULL && *c->command == '\0')
		cmd_usage("-x: a command is wanted");
	if (c->command != NULL && c->sub.group == NULL && c->share == NULL)
		cmd_usage("-x is for a group, which -g or -s names");
	if (c->command != NULL && (c->commit || c->hold))
		cmd_usage("-x commits by itself: without --commit and --hold");
	if (c->command == NULL &&
	    (c->workers != 0 || c->batch != 0 || c->max_lease_ms != 0))
		cmd_usage("-P, --batch and --max-lease are for -x");
	if (c->command == NULL && c->share == NULL &&
	    (c->dead_topic != NULL || c->max_deliveries != 0))
		cmd_usage("--dlq and --max-deliveries are for -x or -s");
}

/* An id that is not printed could not be named. */
static void
check_hold(struct consume *c)
{
	char why[CONSUME_WHY];

	if (!c->hold || c->json)
		return;
	if (c->format == NULL)
		cmd_usage(
		    "--hold: the id is to be printed: -j, or -f with %%i");
	if (template_for_ids(c->format, why, sizeof(why)) == -1)
		cmd_usage("--hold: -f: %s", why);
}

/* Properties that have a letter. */
static void
set(struct consume *c, const char *option, const char *name, const char *value)
{
	struct mq_err e;

	if (value != NULL && mq_conf_set(c->conf, name, value, &e) == -1)
		cmd_usage("%s: %s", option, e.text);
}

static void
set_number(struct consume *c, const char *option, const char *name,
    int64_t value)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%lld", (long long)value);
	if (value != 0)
		set(c, option, name, text);
}

/* No more are acquired than are wanted: others could have them. */
static void
set_share(struct consume *c)
{
	int64_t records = c->in_flight;

	set_number(c, "-l", "group.share.record.lock.duration.ms", c->lock_ms);
	set_number(c, "--max-deliveries", "group.share.delivery.count.limit",
	    c->max_deliveries);
	if (c->batch > MAX_LOCKS / (int64_t)c->workers)
		set_number(c, "--batch",
		    "group.share.partition.max.record.locks",
		    c->batch > MAX_LOCKS_MAX / (int64_t)c->workers ?
			MAX_LOCKS_MAX :
			c->batch * (int64_t)c->workers);
	set(c, "--dlq", "errors.deadletterqueue.topic.name", c->dead_topic);
	if (records == 0)
		records = POLL_RECORDS;
	if (c->count != 0 && (uint64_t)records > c->count)
		records = (int64_t)c->count;
	if (mq_conf_get(c->conf, "max.poll.records") == NULL)
		set_number(c, "-m", "max.poll.records", records);
}

/* Which properties there are goes by whether -s is among the options. */
static void
scan_share(struct consume *c, int argc, char **argv)
{
	enum mq_scope scope = MQ_CONSUMER_CONF;
	int letter;

	opterr = 0;
	while ((letter = getopt_long(argc, argv, letters, long_options,
		    NULL)) != -1)
		if (letter == 's')
			scope = MQ_SHARE_CONF;
	opterr = 1;
	optind = 0;
	if ((c->conf = mq_conf_new(scope)) == NULL)
		cmd_die(CMD_IO, "out of memory");
}

static void
set_defaults(struct consume *c)
{
	if (c->workers == 0)
		c->workers = 1;
	if (c->share == NULL && c->max_deliveries == 0)
		c->max_deliveries = 5;
	if (c->delim == NULL) {
		c->delim = cmd_alloc(NULL, 1, 1);
		c->delim[0] = c->nul ? '\0' : '\n';
		c->delim_len = 1;
	}
	/* To commit it has to be known where each of them ends. */
	c->plain = c->format == NULL && !c->json && !c->unbuffered &&
	    !c->commit && c->key_delim == NULL && c->delim_len == 1;
}

void
consume_parse(struct consume *c, int argc, char **argv)
{
	int letter;

	(void)memset(c, 0, sizeof(*c));
	c->wait_ms = -1;
	scan_share(c, argc, argv);
	while ((letter = getopt_long(argc, argv, letters, long_options,
		    NULL)) != -1)
		parse_option(c, letter);
	c->sub.topic = (const char *const *)(void *)(argv + optind);
	c->sub.topic_count = (size_t)(argc - optind);
	check_forms(c);
	check_groups(c);
	check_command(c);
	check_hold(c);
	if (c->sub.topic_count == 0 && c->share != NULL) {
		c->sub.topic = &c->share;
		c->sub.topic_count = 1;
	}
	if (c->sub.topic_count == 0)
		cmd_usage("a topic is wanted");
	set_defaults(c);
	if (c->share != NULL)
		set_share(c);
}
