/* SPDX-License-Identifier: ISC */
/*
 * mq-consume -s without -x: what a share group hands out, into a pipe.  A record
 * is accepted once all of it was written; one that its reader is gone before is
 * given back as if it had not been delivered.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "consume.h"
#include "signals.h"

#define FLUSH ((size_t)64 * 1024) /* bytes that are written out together */

/* A record that is printed, and not yet written out. */
struct printed {
	struct mq_share_record record; /* its bytes are gone */
	uint64_t end;		       /* byte of the output behind it */
};

struct share {
	struct consume *c;
	struct mq_share *group;
	struct printed *printed;
	size_t count, cap;
	int dropped, late; /* booleans: some record */
};

void
consume_say_event(const struct consume *c, const struct mq_share_event *e,
    const char *why)
{
	static const char *const one[] = { [MQ_SHARE_DROPPED] = "it is dropped",
		[MQ_SHARE_DEAD] = "it is a dead letter",
		[MQ_SHARE_LATE] = "its lock was over; it may come again" };
	static const char *const several[] = { [MQ_SHARE_DROPPED] =
						   "they are dropped",
		[MQ_SHARE_DEAD] = "they are dead letters",
		[MQ_SHARE_LATE] = "their lock was over; they may come again" };
	const char *const *what = e->last != e->first ? several : one;
	char last[32] = "", times[64] = "";

	if (e->kind == MQ_SHARE_DEAD && c->quiet)
		return;
	if (e->last != e->first)
		(void)snprintf(last, sizeof(last), " to %lld",
		    (long long)e->last);
	if (e->kind != MQ_SHARE_LATE)
		(void)snprintf(times, sizeof(times),
		    "delivery %d: ", e->delivery_count);
	cmd_say("topic %s, partition %d, offset%s %lld%s: %s%s%s%s", e->topic,
	    (int)e->partition, what == several ? "s" : "", (long long)e->first,
	    last, times, why != NULL ? why : "", why != NULL ? ": " : "",
	    what[e->kind]);
}

static void
told(const struct mq_share_event *e, void *arg)
{
	struct share *s = arg;

	consume_say_event(s->c, e, NULL);
	s->dropped |= e->kind == MQ_SHARE_DROPPED;
	s->late |= e->kind == MQ_SHARE_LATE;
}

/* ---- acknowledging ------------------------------------------------------------ */

/*
 * Where another process is stopped with the state's lock, what is said is kept,
 * and said with the next words.
 */
static void
acknowledge(struct share *s, const struct printed *p, enum mq_acknowledge type)
{
	struct mq_err e;

	if (mq_share_acknowledge(s->group, &p->record, type, 0, &e) == -1 &&
	    e.code != MQ_REQUEST_TIMED_OUT)
		cmd_fail(&e);
}

/* 0 where that has to wait. */
static int
flush(struct share *s, struct mq_err *e)
{
	if (mq_share_flush(s->group, e) == 0)
		return 1;
	if (e->code == MQ_REQUEST_TIMED_OUT)
		return 0;
	/* Those that came too late were told. */
	if (e->code != MQ_INVALID_RECORD_STATE)
		cmd_fail(e);
	return 1;
}

/* What is done must be known before the program ends; -w says how long. */
static void
finish(struct share *s)
{
	int64_t start = cmd_now_ms(), waited;
	struct mq_err e;

	while (!flush(s, &e)) {
		waited = cmd_now_ms() - start;
		if (signals_came() != 0 && waited >= CONSUME_SIGNAL_MS)
			signals_die();
		if (s->c->wait_ms != -1 && waited >= s->c->wait_ms)
			cmd_fail(&e);
		if (consume_output_is_gone()) {
			errno = EPIPE;
			consume_output_failed();
		}
	}
}

/* What is written out is done, or from now on somebody else's. */
static void
settle(struct share *s)
{
	struct mq_err e;
	size_t i, n;

	for (n = 0; n < s->count; n++) {
		if (s->printed[n].end > s->c->out.written)
			break;
		if (!s->c->hold)
			acknowledge(s, &s->printed[n], MQ_ACCEPT);
	}
	s->count -= n;
	for (i = 0; i < s->count; i++)
		s->printed[i] = s->printed[n + i];
	(void)flush(s, &e);
}

/* Before the program ends for another reason than that all is done. */
static void
give_back(struct share *s)
{
	size_t i;

	settle(s);
	for (i = 0; i < s->count; i++)
		acknowledge(s, &s->printed[i], MQ_RELEASE_UNCOUNTED);
	s->count = 0;
	mq_share_free(s->group);
}

static _Noreturn void
output_failed(struct share *s)
{
	int saved = errno;

	give_back(s);
	errno = saved;
	consume_output_failed();
}

static void
deliver(struct share *s)
{
	if (out_flush(&s->c->out) == -1)
		output_failed(s);
	settle(s);
}

/* ---- printing ------------------------------------------------------------------- */

/* Notes it before it is printed: what fails half-way is given back. */
static struct printed *
note(struct share *s, const struct mq_share_record *r)
{
	struct printed *p;

	if (s->count == s->cap) {
		s->cap = s->cap != 0 ? s->cap * 2 : 64;
		s->printed = cmd_alloc(s->printed, s->cap, sizeof(*s->printed));
	}
	p = &s->printed[s->count++];
	p->record = *r;
	p->end = UINT64_MAX;
	return p;
}

static void
print(struct share *s, const struct mq_share_record *r)
{
	struct printed *p = note(s, r);
	struct consume *c = s->c;
	char why[CONSUME_WHY];

	if (consume_print(c, &c->out, &r->record, r, why) == -1) {
		if (*why == '\0' || out_flush(&c->out) == -1)
			output_failed(s);
		consume_unprintable(&r->record, why);
		give_back(s);
		exit(CMD_DATA);
	}
	p->end = c->out.written + c->out.len;
	c->done++;
	if (c->unbuffered || c->out.len >= FLUSH ||
	    (c->in_flight != 0 && !c->hold && s->count >= (size_t)c->in_flight))
		deliver(s);
}

/* Some record to the output: what the poll says. */
static int
step(struct share *s, int64_t wait_ms)
{
	struct mq_share_record r;
	struct mq_err e;
	int rc = mq_share_poll(s->group, &r, wait_ms, &e);

	if (rc == MQ_POLL_RECORD)
		print(s, &r);
	if (rc != -1)
		return rc;
	/* Somebody is stopped: -w says how long that is waited for. */
	if (e.code == MQ_REQUEST_TIMED_OUT &&
	    (signals_came() != 0 || consume_output_is_gone() ||
		(wait_ms == 0 && s->c->wait_ms != 0)))
		return MQ_POLL_IDLE;
	/* What came before it is good. */
	deliver(s);
	give_back(s);
	cmd_fail(&e);
}

static int
run(struct share *s)
{
	const struct consume *c = s->c;
	int rc;

	do {
		/* First without waiting: then what is printed goes out. */
		if ((rc = step(s, 0)) != MQ_POLL_IDLE)
			continue;
		deliver(s);
		if (signals_came() == 0)
			rc = step(s, c->wait_ms);
		if (rc == MQ_POLL_IDLE && consume_output_is_gone()) {
			errno = EPIPE;
			output_failed(s);
		}
	} while (rc == MQ_POLL_RECORD && signals_came() == 0 &&
	    (c->count == 0 || c->done < c->count));
	deliver(s);
	finish(s);
	return rc;
}

int
consume_share(struct consume *c, struct mq *mq)
{
	struct share s;
	struct mq_err e;
	int rc;

	(void)memset(&s, 0, sizeof(s));
	s.c = c;
	/* A reader that is gone is learnt from the write. */
	mq_set_wakeup(mq, consume_wakeup(signals_catch()));
	signals_catch_pipe();
	if ((s.group = mq_share_new(mq, c->share, c->conf, &c->sub, &e)) ==
	    NULL)
		cmd_fail(&e);
	mq_share_notify(s.group, told, &s);
	if (c->hold)
		mq_share_hold(s.group);
	rc = run(&s);
	mq_share_free(s.group);
	free(s.printed);
	/* Who has what he asked for need not care for what others had. */
	if (s.late || (s.dropped && (c->count == 0 || c->done < c->count)))
		return CMD_PARTLY;
	return consume_status(c, rc);
}
