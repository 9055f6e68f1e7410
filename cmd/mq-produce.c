/* SPDX-License-Identifier: ISC */
/*
 * mq-produce: records from standard input, files or a command into a topic.
 * It exits 0 only when every record is confirmed, and otherwise says how many
 * were and where the first stands that was not.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "produce.h"
#include "signals.h"
#include "spool.h"

#define BATCH_MAX  ((size_t)100 << 20) /* bytes; none is larger */
#define PLACE_BITS 48 /* of a tag; above them is the file's number */

static void
check_partition(const struct produce *p)
{
	struct mq_topic *t;
	struct mq_err e;
	int32_t partitions;

	if ((t = mq_topic_get(p->mq, p->topic, &e)) == NULL)
		cmd_fail(&e);
	partitions = t->partitions;
	mq_topic_free(t);
	if (p->partition >= partitions)
		cmd_die(CMD_UNAVAILABLE,
		    "-p: topic %s has no partition %d: it has %d, from 0",
		    p->topic, (int)p->partition, (int)partitions);
}

static void
open_topic(struct produce *p)
{
	struct mq_err e;

	p->mq = cmd_open(p->target, p->create ? MQ_OPEN_CREATE : 0);
	if (p->create &&
	    mq_topic_create(p->mq, p->topic,
		p->partitions != 0 ? p->partitions : 1, NULL, &e) == -1 &&
	    e.code != MQ_TOPIC_ALREADY_EXISTS)
		cmd_fail(&e);
	if (p->partition != -1)
		check_partition(p);
	p->producer = mq_producer_new(p->mq, p->topic, p->conf, &e);
	if (p->producer == NULL)
		cmd_fail(&e);
}

static const char *
setting(const struct mq_topic *t, const char *name)
{
	size_t i;

	for (i = 0; i < t->setting_count; i++)
		if (strcmp(t->setting[i].name, name) == 0)
			return t->setting[i].value;
	return "";
}

/* What no batch of the topic can hold, unless it is compressed. */
static size_t
batch_max(struct produce *p)
{
	const char *codec, *most;
	struct mq_topic *t;
	struct mq_err e;
	size_t bytes = BATCH_MAX;

	if ((t = mq_topic_get(p->mq, p->topic, &e)) == NULL)
		return bytes; /* who appends is told */
	codec = setting(t, "compression.type");
	most = setting(t, "max.message.bytes");
	if (strcmp(codec, "producer") == 0)
		codec = mq_conf_get(p->conf, "compression.type");
	if (codec == NULL || strcmp(codec, "none") == 0 ||
	    strcmp(codec, "uncompressed") == 0)
		bytes = (size_t)strtoull(most, NULL, 10);
	mq_topic_free(t);
	return bytes;
}

/*
 * Whether the record that the input begins with is too long to be one, though
 * its end was not read.
 */
static int
too_long(struct produce *p)
{
	size_t have = p->in.len - p->in.start;
	size_t delims = p->frame.delim_len + p->frame.key_delim_len;

	if (have <= p->longest + delims)
		return 0;
	/* The topic may have been altered. */
	if (p->frame.kind == FRAME_TEMPLATE || p->frame.kind == FRAME_BATCHES)
		p->longest = BATCH_MAX;
	else
		p->longest = batch_max(p);
	/* A header of four bytes is [{"b64":"/w=="},{"b64":"/w=="}], here. */
	if (p->frame.kind == FRAME_JSON)
		p->longest = p->longest * 8 + 65536;
	return have > p->longest + delims;
}

static const char *
plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

/* Where a record stands: the file, and the byte in it. */
static uint64_t
tag_of(const struct produce *p)
{
	return p->file_number << PLACE_BITS | (uint64_t)p->in.at;
}

static const char *
file_of(const struct produce *p, uint64_t tag)
{
	if (p->command != NULL)
		return p->source;
	if (*p->file == NULL || strcmp(p->file[tag >> PLACE_BITS], "-") == 0)
		return "standard input";
	return p->file[tag >> PLACE_BITS];
}

/*
 * The end of a run that did not go well: what was read whole is delivered
 * where that is still possible, and the rest is told.
 */
static _Noreturn void
stop(struct produce *p, int status)
{
	struct mq_delivery d;
	struct mq_err e;

	if (mq_producer_flush(p->producer, &e) == -1)
		cmd_say("%s", e.text);
	mq_producer_delivery(p->producer, &d);
	progress_end(&p->shown, p->records, p->in.base + p->in.at, -1);
	if (d.confirmed < d.handed)
		cmd_say("%llu of %llu records confirmed; the first that was "
			"not is record %llu, at byte %llu of %s",
		    (unsigned long long)d.confirmed,
		    (unsigned long long)d.handed,
		    (unsigned long long)d.unconfirmed + 1,
		    (unsigned long long)d.unconfirmed_tag &
			((1ULL << PLACE_BITS) - 1),
		    file_of(p, d.unconfirmed_tag));
	else
		cmd_say("%llu record%s before that confirmed",
		    (unsigned long long)d.confirmed, plural(d.confirmed));
	exit(status);
}

static _Noreturn void
bad_input(struct produce *p, int64_t at, const char *why)
{
	cmd_say("%s: record %llu, byte %lld: %s", p->in.name,
	    (unsigned long long)p->records + 1, (long long)at, why);
	stop(p, CMD_DATA);
}

/* The producer refused: the record, or all that would come. */
static _Noreturn void
refused(struct produce *p, int64_t at, const struct mq_err *e)
{
	switch (e->code) {
	case MQ_MESSAGE_TOO_LARGE:
	case MQ_INVALID_RECORD:
		bad_input(p, at, e->text);
	case MQ_CORRUPT_MESSAGE:
	case MQ_UNSUPPORTED_COMPRESSION_TYPE:
		if (p->frame.kind == FRAME_BATCHES)
			bad_input(p, at, e->text);
	}
	/* It says so itself, from the flush. */
	stop(p, cmd_status(e));
}

static void
hand_over(struct produce *p, struct mq_record *r)
{
	int64_t at = p->in.at;
	uint64_t tag = tag_of(p);
	struct mq_delivery d;
	struct mq_err e;
	int rc;

	if (p->partition != -1)
		r->partition = p->partition;
	if (p->frame.kind == FRAME_BATCHES) {
		rc = mq_produce_batch(p->producer, r->value.data, r->value.len,
		    p->partition, tag, &e);
		mq_producer_delivery(p->producer, &d);
		p->records = d.handed;
	} else {
		if (p->key.data != NULL && r->key.data == NULL)
			r->key = p->key;
		produce_headers(p, r);
		if (p->empty_is_null && r->value.len == 0)
			r->value.data = NULL;
		rc = mq_produce(p->producer, r, tag, &e);
		p->records += rc == 0;
	}
	if (rc == -1)
		refused(p, at, &e);
}

/*
 * Lines without keys, headers and other wishes are handed over in runs: a
 * record takes a few nanoseconds then.
 */
static int
in_runs(const struct produce *p)
{
	return p->frame.kind == FRAME_DELIMITED && p->frame.delim_len == 1 &&
	    p->key_delim == NULL && p->key.data == NULL &&
	    p->header_count == 0 && p->delay_ms <= 0 && !p->empty_is_null;
}

static void
hand_over_run(struct produce *p)
{
	struct input *in = &p->in;
	struct mq_delivery d;
	struct mq_err e;
	size_t used;
	int rc;

	if (p->frame.taken != 0 || in->start + p->frame.searched >= in->len ||
	    memchr(in->buf + in->start + p->frame.searched, p->delim[0],
		in->len - in->start - p->frame.searched) == NULL)
		return;
	p->frame.searched = 0;
	rc = mq_produce_run(p->producer, in->buf + in->start,
	    in->len - in->start, p->delim[0], p->partition, in->now_ms,
	    tag_of(p), &used, &e);
	mq_producer_delivery(p->producer, &d);
	p->records = d.handed;
	input_skip(in, used);
	if (rc == -1)
		refused(p, in->at, &e);
}

/* More of the input; meanwhile what lingers is sent when it is due. */
static void
read_more(struct produce *p)
{
	int64_t next_ms = 0;
	struct mq_err e;

	while (!input_ready(&p->in, p->wakeup, next_ms)) {
		if (signals_came() != 0)
			return;
		if (mq_producer_poll(p->producer, &next_ms, &e) == -1)
			stop(p, cmd_status(&e));
	}
	if (input_read(&p->in) == -1) {
		cmd_say("%s: %s", p->in.name, strerror(errno));
		stop(p, CMD_IO);
	}
	progress_step(&p->shown, p->records, p->in.base + p->in.at,
	    p->in.size == -1 ? -1 : p->in.base + p->in.size);
}

static void
run_input(struct produce *p)
{
	struct mq_record r;
	char why[256];
	int64_t bad_at;
	int rc, runs = in_runs(p);

	for (;;) {
		if (runs)
			hand_over_run(p);
		rc = frame_next(&p->frame, &p->in, &r, &bad_at, why,
		    sizeof(why));
		if (signals_came() != 0)
			return;
		if (rc == 1)
			hand_over(p, &r);
		else if (rc == -1)
			bad_input(p, bad_at, why);
		else if (p->in.eof)
			break;
		else if (too_long(p)) {
			(void)snprintf(why, sizeof(why),
			    "a record of over %zu bytes", p->longest);
			bad_input(p, p->in.at, why);
		} else
			read_more(p);
	}
	p->frame.searched = 0;
	p->frame.ended = 0;
	input_close(&p->in);
}

/* As the command line has it. */
static char *
source_of(const char *command)
{
	size_t size = strlen("-x ") + strlen(command) + 1;
	char *text = cmd_alloc(NULL, size, 1);

	(void)snprintf(text, size, "-x %s", command);
	return text;
}

static void
run(struct produce *p)
{
	static char standard_input[] = "-";
	char *none[] = { standard_input, NULL };
	char **file = *p->file != NULL ? p->file : none;
	int denied, fd;

	if (p->command != NULL) {
		if ((fd = spool_command(p->command, p->wakeup)) == -1)
			return;
		p->source = source_of(p->command);
		input_take(&p->in, fd, p->source);
		run_input(p);
		return;
	}
	for (; *file != NULL && signals_came() == 0; file++, p->file_number++) {
		if (input_open(&p->in, *file) == -1) {
			denied = errno == EACCES;
			cmd_say("%s: %s", *file, strerror(errno));
			stop(p, denied ? CMD_DENIED : CMD_IO);
		}
		run_input(p);
	}
}

int
main(int argc, char **argv)
{
	struct mq_delivery d;
	struct produce p;
	struct mq_err e;

	cmd_start();
	produce_parse(&p, argc, argv);
	cmd_raise_files();
	p.wakeup = signals_catch();
	open_topic(&p);
	progress_start(&p.shown, p.progress, p.quiet);
	run(&p);
	if (mq_producer_flush(p.producer, &e) == -1)
		stop(&p, cmd_status(&e));
	mq_producer_delivery(p.producer, &d);
	progress_end(&p.shown, p.records, p.in.base + p.in.at, -1);
	if (signals_came() != 0 && !p.quiet)
		cmd_say("ended by signal %d; %llu record%s confirmed",
		    signals_came(), (unsigned long long)d.confirmed,
		    plural(d.confirmed));
	else if (p.verbose)
		cmd_say("%llu record%s confirmed",
		    (unsigned long long)d.confirmed, plural(d.confirmed));
	mq_producer_free(p.producer);
	mq_close(p.mq);
	if (signals_came() != 0)
		signals_die();
	frame_free(&p.frame);
	input_free(&p.in);
	mq_conf_free(p.conf);
	free(p.source);
	free(p.header);
	free(p.both);
	free(p.delim);
	free(p.key_delim);
	return CMD_OK;
}
