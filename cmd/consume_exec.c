/* SPDX-License-Identifier: ISC */
/*
 * mq-consume -x in a consumer group: a command for each record.  A partition
 * has one record in hand at a time and is paused meanwhile, so that its records
 * are done in order; what is done is committed.  A record that fails is tried
 * again in its place.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "consume.h"
#include "job.h"
#include "signals.h"

#define FINISH_MS 10000 /* for children to end by themselves after a signal */
#define KILL_MS	  5000	/* and then after SIGTERM */

struct exec {
	struct consume *c;
	struct child_pool *pool;
	struct mq_producer *dead; /* of --dlq, or NULL */
	struct job *jobs;
	uint64_t handed; /* records, less those that are tried again later */
	int stopping;	 /* boolean: nothing new is begun */
	int signals;	 /* descriptor */
	int told;	 /* boolean: the children are, of a signal */
	int ended;	 /* boolean: every partition is at its stop */
	int status;
};

static void
say_job(const struct job *j, const char *what, const char *why)
{
	cmd_say("topic %s, partition %d, offset %lld: %s: %s", j->record.topic,
	    (int)j->record.partition, (long long)j->record.offset, why, what);
}

/* It is done with: commits, and the partition goes on. */
static void
done(struct exec *x, struct job *j)
{
	const struct mq_record *r = &j->record;
	struct mq_err e;

	if (mq_consumer_commit_offset(x->c->consumer, r->topic, r->partition,
		r->offset + 1, &e) == -1)
		cmd_fail(&e);
	if (j->paused)
		mq_consumer_pause(x->c->consumer, r->topic, r->partition, 0);
	job_remove(&x->jobs, j);
	x->c->done++;
	x->ended = 0; /* what was paused may have more */
}

/* It stays uncommitted, for whoever reads the partition next. */
static void
give_back(struct exec *x, struct job *j)
{
	job_remove(&x->jobs, j);
	x->handed--;
}

/* Nobody gets it again. */
static void
give_up(struct exec *x, struct job *j, const char *why, const char *message)
{
	struct mq_err e;

	if (x->dead == NULL) {
		say_job(j, "it is dropped", why);
		x->status = CMD_PARTLY;
	} else if (mq_produce_dead(x->dead, &j->record, x->c->sub.group,
		       j->tries, message, &e) == -1 ||
	    mq_producer_flush(x->dead, &e) == -1)
		cmd_fail(&e);
	else if (!x->c->quiet)
		say_job(j, "it is a dead letter", why);
	done(x, j);
}

static void
ended(struct exec *x, const struct child_end *end)
{
	struct job *j = end->arg;

	j->running = 0;
	j->tries++;
	switch (end->outcome) {
	case OUTCOME_ACCEPT:
	case OUTCOME_ACCEPT_AND_STOP:
		if (end->outcome == OUTCOME_ACCEPT_AND_STOP)
			x->stopping = 1;
		done(x, j);
		break;
	case OUTCOME_REJECT:
		give_up(x, j, end->text, "Offset rejected by client.");
		break;
	case OUTCOME_CANNOT_RUN:
		cmd_say("-x %s: %s", x->c->command, end->text);
		x->status = CMD_PARTLY;
		x->stopping = 1;
		give_back(x, j);
		break;
	case OUTCOME_RETRY:
		if (j->tries >= x->c->max_deliveries) {
			give_up(x, j, end->text,
			    "Offset delivery count exceeded the threshold.");
			break;
		}
		if (x->c->verbose)
			say_job(j, "it is tried again", end->text);
		j->due_ms = cmd_now_ms() + outcome_delay_ms(j->tries);
		break;
	}
}

static void
start(struct exec *x, struct job *j)
{
	struct child_job what;
	struct child_end end;

	(void)memset(&what, 0, sizeof(what));
	what.record = &j->record;
	what.delivery_count = j->tries + 1;
	what.arg = j;
	j->running = 1;
	if (child_start(x->pool, &what, &end) == -1)
		ended(x, &end);
}

/*
 * The next record, of partitions that have none in hand: 1, 0.  They are paused
 * only now, because pausing costs reading again.
 */
static int
next_record(struct exec *x, int64_t wait_ms)
{
	struct mq_record r;
	struct mq_err e;
	struct job *j;
	int rc;

	for (j = x->jobs; j != NULL; j = j->next) {
		if (!j->paused)
			mq_consumer_pause(x->c->consumer, j->record.topic,
			    j->record.partition, 1);
		j->paused = 1;
	}
	rc = mq_consumer_poll(x->c->consumer, &r, wait_ms, &e);
	if (rc == -1 &&
	    !(e.code == MQ_REQUEST_TIMED_OUT && signals_came() != 0))
		cmd_fail(&e);
	x->ended = rc == MQ_POLL_END;
	if (rc != MQ_POLL_RECORD)
		return 0;
	x->handed++;
	start(x, job_add(&x->jobs, &r));
	return 1;
}

/* What waited long enough, then what is new: while there is room for it. */
static void
start_all(struct exec *x)
{
	struct job *j;

	while (!x->stopping && child_room(x->pool) > 0) {
		j = job_first(x->jobs);
		if (j != NULL && j->due_ms <= cmd_now_ms()) {
			start(x, j);
			continue;
		}
		if (x->c->count != 0 && x->handed == x->c->count)
			return;
		if (next_record(x, 0) == 0)
			return;
	}
}

static void
take_ends(struct exec *x)
{
	struct child_end end;

	while (child_next(x->pool, &end))
		ended(x, &end);
}

/* Before the partition goes to another member, what a child has is done. */
static void
revoked(const char *topic, int32_t partition, void *arg)
{
	struct exec *x = arg;
	struct job *j;

	while (
	    (j = job_find(x->jobs, topic, partition)) != NULL && j->running) {
		take_ends(x);
		if ((j = job_find(x->jobs, topic, partition)) != NULL &&
		    j->running)
			child_wait(x->pool, -1);
	}
	if (j != NULL)
		give_back(x, j);
}

/* Until a child ends, a record comes, a try is due, or the time is over. */
static void
sleep_on(struct exec *x, int64_t wait_ms)
{
	struct job *j = x->stopping ? NULL : job_first(x->jobs);
	int64_t left;

	if (j != NULL) {
		left = j->due_ms > cmd_now_ms() ? j->due_ms - cmd_now_ms() : 0;
		if (wait_ms == -1 || left < wait_ms)
			wait_ms = left;
	}
	if (x->stopping || child_room(x->pool) == 0 || x->ended ||
	    (x->c->count != 0 && x->handed == x->c->count)) {
		child_wait(x->pool, wait_ms);
		return;
	}
	/* The consumer's wait ends for the children's sake, too. */
	(void)next_record(x, wait_ms);
}

static void
stop_children(struct exec *x)
{
	if (x->told)
		return;
	child_stop(x->pool, cmd_now_ms(), FINISH_MS, KILL_MS);
	/* It stays readable, and has said what it had to. */
	child_forget(x->pool, x->signals);
	x->told = x->stopping = 1;
}

static int
finished(const struct exec *x)
{
	if (child_count(x->pool) != 0)
		return 0;
	if (x->stopping)
		return 1;
	return x->jobs == NULL &&
	    (x->ended || (x->c->count != 0 && x->handed == x->c->count));
}

/* A run of children; whether it ended because nothing came in time. */
static int
run(struct exec *x)
{
	int64_t idle_since = cmd_now_ms(), wait_ms, due;

	for (;;) {
		take_ends(x);
		if (signals_came() != 0)
			stop_children(x);
		start_all(x);
		if (finished(x))
			return 0;
		if (x->jobs != NULL)
			idle_since = cmd_now_ms();
		wait_ms = x->c->wait_ms;
		if (x->jobs != NULL)
			wait_ms = -1;
		else if (wait_ms != -1 &&
		    (wait_ms -= cmd_now_ms() - idle_since) <= 0)
			return 1;
		due = child_stop_due(x->pool, cmd_now_ms());
		if (due != -1 && (wait_ms == -1 || due < wait_ms))
			wait_ms = due;
		sleep_on(x, wait_ms);
	}
}

static void
open_dead(struct exec *x, struct mq *mq)
{
	struct mq_err e;

	if (x->c->dead_topic == NULL)
		return;
	if ((x->dead = mq_producer_new(mq, x->c->dead_topic, NULL, &e)) == NULL)
		cmd_die(cmd_status(&e), "--dlq: %s", e.text);
}

int
consume_exec(struct consume *c, struct mq *mq)
{
	struct child_conf conf = { c->command, c->sub.group, c->workers,
		!child_foreground() };
	struct mq_err e;
	struct exec x;
	int nothing;

	(void)memset(&x, 0, sizeof(x));
	x.c = c;
	x.signals = signals_catch();
	open_dead(&x, mq);
	if ((x.pool = child_pool_new(&conf, &e)) == NULL)
		cmd_die(CMD_IO, "-x: %s", e.text);
	if (child_watch(x.pool, x.signals) == -1)
		cmd_die(CMD_IO, "-x: %s", strerror(errno));
	mq_set_wakeup(mq, child_fd(x.pool));
	if ((c->consumer = mq_consumer_new(mq, c->conf, &c->sub, &e)) == NULL) {
		if (e.code == MQ_REQUEST_TIMED_OUT && signals_came() != 0)
			signals_die();
		cmd_fail(&e);
	}
	mq_consumer_on_revoke(c->consumer, revoked, &x);
	nothing = run(&x);
	while (x.jobs != NULL)
		give_back(&x, x.jobs);
	mq_consumer_free(c->consumer);
	mq_producer_free(x.dead);
	child_pool_free(x.pool);
	if (x.status == CMD_OK && c->done == 0 && c->wait_ms != -1)
		return CMD_NOTHING;
	if (x.status == CMD_OK && nothing && c->count != 0)
		return CMD_NOTHING;
	return x.status;
}
