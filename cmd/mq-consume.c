/* SPDX-License-Identifier: ISC */
/*
 * mq-consume: records of topics to standard output.  A loop of the consumer's
 * poll; what is gathered goes out when the buffer is full and whenever there
 * is nothing left to fetch.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "consume.h"
#include "json.h"
#include "signals.h"

#define COMMIT_MS 5000 /* between commits while there is no end to it */

static _Noreturn void
output_failed(void)
{
	if (errno == EPIPE) /* as the signal would, where it is ignored */
		exit(128 + SIGPIPE);
	if (errno == EINTR) /* a signal, and nobody takes the rest */
		signals_die();
	cmd_die(CMD_IO, "standard output: %s", strerror(errno));
}

/* Writes out what is gathered, and commits that it is out. */
static void
deliver(struct consume *c)
{
	struct mq_err e;

	if (out_flush(&c->out) == -1)
		output_failed();
	if (c->commit && mq_consumer_commit(c->consumer, &e) == -1)
		cmd_fail(&e);
}

static void
revoked(const char *topic, int32_t partition, void *arg)
{
	struct consume *c = arg;

	(void)topic;
	(void)partition;
	deliver(c);
}

/*
 * Once, where a record that holds the delimiter cannot be told from two.  Of
 * values that were copied together it is not known which (r is NULL).
 */
static void
warn_of_newline(struct consume *c, const struct mq_record *r, const char *what)
{
	static const char cure[] = "-0, -j or -f keep records apart";

	c->warned = 1;
	if (c->quiet)
		return;
	if (r == NULL)
		cmd_say("%s holds a newline; %s", what, cure);
	else
		cmd_say("topic %s, partition %d, offset %lld: "
			"%s holds a newline; %s",
		    r->topic, (int)r->partition, (long long)r->offset, what,
		    cure);
}

static int
has_newline(const struct mq_bytes *b)
{
	return b->len != 0 && memchr(b->data, '\n', b->len) != NULL;
}

static void
look_for_newline(struct consume *c, const struct mq_record *r)
{
	if (c->warned || c->delim[0] != '\n' || c->delim_len != 1)
		return;
	if (c->key_delim != NULL && has_newline(&r->key))
		warn_of_newline(c, r, "the key");
	else if (has_newline(&r->value))
		warn_of_newline(c, r, "the value");
}

static int
print_plain(struct consume *c, const struct mq_record *r)
{
	struct out *o = &c->out;

	look_for_newline(c, r);
	if (c->key_delim != NULL &&
	    (out_write(o, r->key.data, r->key.len) == -1 ||
		out_write(o, c->key_delim, c->key_delim_len) == -1))
		return -1;
	if (out_write(o, r->value.data, r->value.len) == -1)
		return -1;
	if (c->delim_len == 1)
		return out_putc(o, c->delim[0]);
	return out_write(o, c->delim, c->delim_len);
}

static int
print_format(struct consume *c, const struct mq_record *r)
{
	char why[256] = "";

	if (template_print(c->format, r, c->done + 1, &c->out, why,
		sizeof(why)) == 0)
		return 0;
	if (*why == '\0')
		return -1;
	/* What came before it is good. */
	if (out_flush(&c->out) == -1)
		return -1;
	cmd_die(CMD_DATA, "topic %s, partition %d, offset %lld: %s", r->topic,
	    (int)r->partition, (long long)r->offset, why);
}

static void
print(struct consume *c, const struct mq_record *r)
{
	int rc;

	if (c->format != NULL)
		rc = print_format(c, r);
	else if (c->json)
		rc = json_put_record(&c->out, r);
	else
		rc = print_plain(c, r);
	if (rc == -1)
		output_failed();
	if (c->unbuffered)
		deliver(c);
	c->done++;
}

static uint64_t
records_left(const struct consume *c)
{
	return c->count != 0 ? c->count - c->done : UINT64_MAX;
}

static int
step_record(struct consume *c, struct mq_consumer *mc, int64_t wait_ms,
    struct mq_err *e)
{
	struct mq_record r;
	int rc = mq_consumer_poll(mc, &r, wait_ms, e);

	if (rc == MQ_POLL_RECORD)
		print(c, &r);
	return rc;
}

/*
 * As many newlines as records: each value is a line.  Counted in a byte, at
 * most 255 of them, so that the compiler makes vectors of it.
 */
static int
lines_only(const char *data, size_t len, uint64_t records)
{
	uint64_t lines = 0;
	uint8_t some;
	size_t i, n;

	for (; len != 0; data += n, len -= n) {
		n = len < 255 ? len : 255;
		for (some = 0, i = 0; i < n; i++)
			some = (uint8_t)(some + (data[i] == '\n'));
		lines += some;
	}
	return lines == records;
}

/* Plain values go from the batch to the output in one copy. */
static int
step_values(struct consume *c, struct mq_consumer *mc, int64_t wait_ms,
    struct mq_err *e)
{
	struct out *o = &c->out;
	uint64_t n;
	size_t len;
	char *p;
	int rc;

	if ((o->len > OUT_SIZE / 2 && out_flush_pages(o) == -1) ||
	    (p = out_reserve(o, OUT_SIZE / 2)) == NULL)
		output_failed();
	rc = mq_consumer_poll_values(mc, p, OUT_SIZE / 2, c->delim[0],
	    records_left(c), &len, &n, wait_ms, e);
	if (rc != MQ_POLL_RECORD)
		return rc;
	if (n == 0)
		return step_record(c, mc, 0, e);
	o->len += len;
	c->done += n;
	if (!c->warned && c->delim[0] == '\n' && !lines_only(p, len, n))
		warn_of_newline(c, NULL, "a value");
	return rc;
}

static int
step_batches(struct consume *c, struct mq_consumer *mc, int64_t wait_ms,
    struct mq_err *e)
{
	struct mq_batches b;
	int rc;

	rc = mq_consumer_poll_batches(mc, records_left(c), &b, wait_ms, e);
	if (rc != MQ_POLL_RECORD)
		return rc;
	if (b.data != NULL)
		rc = out_write(&c->out, b.data, b.len);
	else
		rc = out_copy(&c->out, b.fd, b.position, b.len);
	if (rc == -1)
		output_failed();
	if (c->unbuffered)
		deliver(c);
	c->done += b.records;
	return MQ_POLL_RECORD;
}

/* Some records to the output: what the poll says. */
static int
step(struct consume *c, struct mq_consumer *mc, int64_t wait_ms)
{
	struct mq_err e;
	int rc;

	if (c->batches)
		rc = step_batches(c, mc, wait_ms, &e);
	else if (c->plain)
		rc = step_values(c, mc, wait_ms, &e);
	else
		rc = step_record(c, mc, wait_ms, &e);
	if (rc != -1)
		return rc;
	/* A signal while another member held the group's lock. */
	if (e.code == MQ_REQUEST_TIMED_OUT && signals_came() != 0)
		return MQ_POLL_IDLE;
	/* What came before it is good. */
	deliver(c);
	cmd_fail(&e);
}

static int
run(struct consume *c, struct mq_consumer *mc)
{
	int64_t next_ms = cmd_now_ms() + COMMIT_MS;
	int rc;

	for (;;) {
		/* First without waiting: then the output is flushed. */
		rc = step(c, mc, 0);
		if (c->commit && rc == MQ_POLL_RECORD &&
		    cmd_now_ms() >= next_ms) {
			deliver(c);
			next_ms = cmd_now_ms() + COMMIT_MS;
		}
		if (rc == MQ_POLL_IDLE) {
			deliver(c);
			rc = step(c, mc, c->wait_ms);
			if (rc == MQ_POLL_IDLE || signals_came() != 0)
				break;
		}
		if (rc == MQ_POLL_END || signals_came() != 0 ||
		    (c->count != 0 && c->done == c->count))
			break;
	}
	deliver(c);
	return rc;
}

static int
status(const struct consume *c, int rc)
{
	if (c->count != 0 && c->done == c->count)
		return CMD_OK;
	if (rc == MQ_POLL_IDLE && (c->count != 0 || c->done == 0))
		return CMD_NOTHING;
	if (c->wait_ms != -1 && c->done == 0)
		return CMD_NOTHING;
	return CMD_OK;
}

static int
consume(struct consume *c, struct mq *mq)
{
	struct mq_err e;
	int rc;

	mq_set_wakeup(mq, signals_catch());
	if ((c->consumer = mq_consumer_new(mq, c->conf, &c->sub, &e)) == NULL) {
		if (e.code == MQ_REQUEST_TIMED_OUT && signals_came() != 0)
			signals_die();
		cmd_fail(&e);
	}
	mq_consumer_on_revoke(c->consumer, revoked, c);
	rc = run(c, c->consumer);
	mq_consumer_free(c->consumer);
	return status(c, rc);
}

int
main(int argc, char **argv)
{
	struct consume c;
	struct mq *mq;
	int rc;

	cmd_start();
	consume_parse(&c, argc, argv);
	cmd_raise_files();
	out_init(&c.out, 1);
	mq = cmd_open(c.target, 0);
	rc = c.command != NULL ? consume_exec(&c, mq) : consume(&c, mq);
	if (c.verbose)
		cmd_say("%llu record%s", (unsigned long long)c.done,
		    c.done == 1 ? "" : "s");
	mq_close(mq);
	mq_conf_free(c.conf);
	mq_ranges_free(c.ranges);
	template_free(c.format);
	free((void *)(uintptr_t)c.sub.partition);
	free(c.delim);
	free(c.key_delim);
	out_free(&c.out);
	if (signals_came() != 0 && !(c.count != 0 && c.done == c.count))
		signals_die();
	return rc;
}
