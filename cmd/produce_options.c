/* SPDX-License-Identifier: ISC */
/* mq-produce's options. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "produce.h"

static const char usage[] =
    "usage: mq-produce [-0jqvWZ] [-b target] [-d delim] [-f format] [-F file]\n"
    "                  [-H name=value] [-k key] [-K delim] [-p partition]\n"
    "                  [-x command] [-X name=value] [-z codec]\n"
    "                  [--acks 0|1|all] [--batches] [--create] [--delay time]\n"
    "                  [--partitioner name] [--partitions n] [--progress]\n"
    "                  topic [file ...]\n";

enum {
	ACKS = 256,
	BATCHES,
	CREATE,
	DELAY,
	PARTITIONER,
	PARTITIONS,
	PROGRESS
};

static const struct option long_options[] = {
	{ "acks", required_argument, NULL, ACKS },
	{ "batches", no_argument, NULL, BATCHES },
	{ "create", no_argument, NULL, CREATE },
	{ "delay", required_argument, NULL, DELAY },
	{ "partitioner", required_argument, NULL, PARTITIONER },
	{ "partitions", required_argument, NULL, PARTITIONS },
	{ "progress", no_argument, NULL, PROGRESS },
	{ NULL, 0, NULL, 0 },
};

static void
add_header(struct produce *p, char *text)
{
	char *value = strchr(text, '=');
	struct mq_header *h;

	if (value != NULL)
		*value++ = '\0';
	p->header =
	    cmd_alloc(p->header, p->header_count + 1, sizeof(*p->header));
	h = &p->header[p->header_count++];
	h->name.data = text;
	h->name.len = strlen(text);
	h->value.data = value;
	h->value.len = value != NULL ? strlen(value) : 0;
}

static void
set_kind(struct produce *p, enum frame_kind kind, const char *option)
{
	if (p->frame.kind != FRAME_DELIMITED && p->frame.kind != kind)
		cmd_usage("%s: only one of -f, -j, -W and --batches can be",
		    option);
	p->frame.kind = kind;
}

static void
set(struct produce *p, const char *option, const char *name, const char *value)
{
	struct mq_err e;

	if (mq_conf_set(p->conf, name, value, &e) == -1)
		cmd_usage("%s: %s", option, e.text);
}

static void
set_template(struct produce *p, const char *text)
{
	char why[256];

	set_kind(p, FRAME_TEMPLATE, "-f");
	template_free(p->frame.template);
	p->frame.template = template_parse(text, why, sizeof(why));
	if (p->frame.template == NULL ||
	    template_for_input(p->frame.template, why, sizeof(why)) == -1)
		cmd_usage("-f: %s", why);
}

static void
parse_long(struct produce *p, int letter)
{
	switch (letter) {
	case ACKS:
		set(p, "--acks", "acks", optarg);
		break;
	case BATCHES:
		set_kind(p, FRAME_BATCHES, "--batches");
		break;
	case CREATE:
		p->create = 1;
		break;
	case DELAY:
		p->delay_ms = cmd_duration_ms("--delay", optarg);
		break;
	case PARTITIONER:
		set(p, "--partitioner", "partitioner", optarg);
		break;
	case PARTITIONS:
		p->partitions =
		    (int32_t)cmd_number("--partitions", optarg, 1, 100000);
		break;
	case PROGRESS:
		p->progress = 1;
		break;
	case 'h':
		cmd_help(usage);
	case 'V':
		cmd_version();
	default:
		/* getopt has said what is wrong. */
		(void)fputs("mq-produce -h tells how it is called\n", stderr);
		exit(CMD_USAGE);
	}
}

static void
parse_framing(struct produce *p, int letter)
{
	size_t len;

	switch (letter) {
	case '0':
		p->text = p->nul = 1;
		break;
	case 'd':
		p->text = 1;
		free(p->delim);
		p->delim = cmd_bytes("-d", optarg, &p->frame.delim_len);
		break;
	case 'f':
		set_template(p, optarg);
		break;
	case 'j':
		set_kind(p, FRAME_JSON, "-j");
		break;
	case 'K':
		p->text = 1;
		free(p->key_delim);
		p->key_delim = cmd_bytes("-K", optarg, &len);
		p->frame.key_delim_len = len;
		break;
	case 'W':
		set_kind(p, FRAME_WHOLE, "-W");
		break;
	}
}

static void
parse_option(struct produce *p, int letter)
{
	switch (letter) {
	case '0':
	case 'd':
	case 'f':
	case 'j':
	case 'K':
	case 'W':
		parse_framing(p, letter);
		break;
	case 'b':
		p->target = optarg;
		break;
	case 'F':
		cmd_load(p->conf, optarg);
		break;
	case 'H':
		add_header(p, optarg);
		break;
	case 'k':
		p->key.data = optarg;
		p->key.len = strlen(optarg);
		break;
	case 'p':
		p->partition = (int32_t)cmd_number("-p", optarg, 0, 99999);
		break;
	case 'q':
		p->quiet = 1;
		break;
	case 'v':
		p->verbose = 1;
		break;
	case 'x':
		p->command = optarg;
		break;
	case 'X':
		cmd_set(p->conf, "-X", optarg);
		break;
	case 'z':
		p->codec = 1;
		set(p, "-z", "compression.type", optarg);
		break;
	case 'Z':
		p->empty_is_null = 1;
		break;
	default:
		parse_long(p, letter);
	}
}

static void
check_options(struct produce *p)
{
	int structured = p->frame.kind == FRAME_TEMPLATE ||
	    p->frame.kind == FRAME_JSON || p->frame.kind == FRAME_BATCHES;

	if (p->text && p->frame.kind != FRAME_DELIMITED)
		cmd_usage("-0, -d and -K do not go with -f, -j, -W or "
			  "--batches");
	if (p->key_delim != NULL && p->key.data != NULL)
		cmd_usage("only one of -k and -K can be");
	if (p->nul && p->delim != NULL)
		cmd_usage("only one of -0 and -d can be");
	if (p->frame.kind == FRAME_BATCHES &&
	    (p->key.data != NULL || p->header_count != 0 || p->empty_is_null ||
		p->codec || p->delay_ms != -1))
		cmd_usage("--batches takes records as they are: without -H, "
			  "-k, -z, -Z and --delay");
	if (p->delay_ms != -1 && produce_headers_check(p) == -1)
		cmd_usage(
		    "only one of --delay and -H " MQ_DELAY_HEADER " can be");
	if (p->command != NULL && *p->file != NULL)
		cmd_usage("-x takes the records from its command, not from %s",
		    *p->file);
	if (p->partitions != 0 && !p->create)
		cmd_usage("--partitions is for --create");
	if (structured && p->empty_is_null)
		cmd_usage("-Z is for text: the framing says what is null");
}

void
produce_parse(struct produce *p, int argc, char **argv)
{
	int letter;

	(void)memset(p, 0, sizeof(*p));
	p->partition = -1;
	p->delay_ms = -1;
	p->in.fd = -1;
	if ((p->conf = mq_conf_new(MQ_PRODUCER_CONF)) == NULL)
		cmd_die(CMD_IO, "out of memory");
	while (
	    (letter = getopt_long(argc, argv, "0b:d:f:F:hH:jk:K:p:qvVWx:X:z:Z",
		 long_options, NULL)) != -1)
		parse_option(p, letter);
	if (optind == argc)
		cmd_usage("a topic is wanted");
	p->topic = argv[optind];
	p->file = argv + optind + 1;
	check_options(p);
	if (p->delim == NULL) {
		p->delim = cmd_alloc(NULL, 1, 1);
		p->delim[0] = p->nul ? '\0' : '\n';
		p->frame.delim_len = 1;
	}
	p->frame.delim = p->delim;
	p->frame.key_delim = p->key_delim;
}
