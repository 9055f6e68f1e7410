/* SPDX-License-Identifier: ISC */
/*
 * mq-consume: records of topics to standard output.  A loop of the consumer's
 * poll; what is gathered goes out when the buffer is full and whenever there
 * is nothing left to fetch.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "consume.h"
#include "signals.h"

#define COMMIT_MS 5000 /* between commits while there is no end to it */

/* What was written out before it failed is committed. */
static _Noreturn void
output_failed(struct consume *c)
{
	int saved = errno;

	if (c->commit)
		written_commit(&c->written, c->consumer, c->out.written);
	errno = saved;
	consume_output_failed();
}

/* Writes out what is gathered, and commits that it is out. */
static void
deliver(struct consume *c)
{
	struct mq_err e;

	if (out_flush(&c->out) == -1)
		output_failed(c);
	if (!c->commit)
		return;
	if (mq_consumer_commit(c->consumer, &e) == -1)
		cmd_fail(&e);
	written_clear(&c->written);
}

static void
revoked(const char *topic, int32_t partition, void *arg)
{
	struct consume *c = arg;

	(void)topic;
	(void)partition;
	deliver(c);
}

static void
print(struct consume *c, const struct mq_record *r)
{
	char why[CONSUME_WHY];
	struct mq_err e;

	if (out_is_full(&c->out) && out_flush_pages(&c->out) == -1)
		output_failed(c);
	if (consume_print(c, &c->out, r, NULL, why) == -1) {
		/* What came before it is good. */
		if (*why == '\0' || out_flush(&c->out) == -1)
			output_failed(c);
		consume_unprintable(r, why);
		if (c->commit &&
		    mq_consumer_commit_offset(c->consumer, r->topic,
			r->partition, r->offset, &e) == -1)
			cmd_fail(&e);
		exit(CMD_DATA);
	}
	if (c->commit)
		written_add(&c->written, r, out_end(&c->out), c->out.written);
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

/* Where the library may put what goes out next: most of the output's buffer. */
static char *
lend(struct consume *c)
{
	struct out *o = &c->out;
	char *p;

	if ((out_is_full(o) && out_flush_pages(o) == -1) ||
	    (p = out_reserve(o, OUT_SIZE / 2)) == NULL)
		output_failed(c);
	return p;
}

/* What it put there goes out. */
static const char *
take(struct out *o, char *p, size_t len)
{
	/* A partition that was given up meanwhile had the buffer flushed. */
	if (p != o->data + o->len)
		p = memmove(o->data + o->len, p, len);
	o->len += len;
	return p;
}

/* Plain values go from the batch to the output in one copy. */
static int
step_values(struct consume *c, struct mq_consumer *mc, int64_t wait_ms,
    struct mq_err *e)
{
	char *p = lend(c);
	const char *values;
	uint64_t n;
	size_t len;
	int rc;

	rc = mq_consumer_poll_values(mc, p, OUT_SIZE / 2, c->delim[0],
	    records_left(c), &len, &n, wait_ms, e);
	if (rc != MQ_POLL_RECORD)
		return rc;
	if (n == 0)
		return step_record(c, mc, 0, e);
	values = take(&c->out, p, len);
	c->done += n;
	if (!c->warned && c->delim[0] == '\n' && !lines_only(values, len, n))
		consume_warn_values(c);
	return rc;
}

static int
step_batches(struct consume *c, struct mq_consumer *mc, int64_t wait_ms,
    struct mq_err *e)
{
	struct out *o = &c->out;
	char *p = lend(c);
	struct mq_batches b;
	int rc;

	rc = mq_consumer_poll_batches(mc, p, o->cap - o->len, records_left(c),
	    &b, wait_ms, e);
	if (rc != MQ_POLL_RECORD)
		return rc;
	if (!o->file && b.fd != -1)
		rc = out_copy(o, b.fd, b.position, b.len);
	else if (b.data == p)
		(void)take(o, p, b.len);
	else
		rc = out_write(o, b.data, b.len);
	if (rc == -1)
		output_failed(c);
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
			if (rc == MQ_POLL_IDLE && consume_output_is_gone()) {
				errno = EPIPE;
				output_failed(c);
			}
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

int
consume_status(const struct consume *c, int rc)
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

	mq_set_wakeup(mq, consume_wakeup(signals_catch()));
	if (c->commit) /* there is something to do before it ends by that */
		signals_catch_pipe();
	if ((c->consumer = mq_consumer_new(mq, c->conf, &c->sub, &e)) == NULL) {
		if (e.code == MQ_REQUEST_TIMED_OUT && signals_came() != 0)
			signals_die();
		cmd_fail(&e);
	}
	mq_consumer_on_revoke(c->consumer, revoked, c);
	rc = run(c, c->consumer);
	mq_consumer_free(c->consumer);
	written_free(&c->written);
	return consume_status(c, rc);
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
	/* What a pipe holds counts as read then. */
	c.out.narrow = c.commit || c.share != NULL;
	mq = cmd_open(c.target, 0);
	if (c.command != NULL)
		rc = consume_exec(&c, mq);
	else if (c.share != NULL)
		rc = consume_share(&c, mq);
	else
		rc = consume(&c, mq);
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
