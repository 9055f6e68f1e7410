/* SPDX-License-Identifier: ISC */
/*
 * mq-consume -x: a command for each record, or with --batch for some, of a
 * consumer group or a share group.  What is done is committed; what fails is
 * tried again, as the source of the records has it.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "exec.h"
#include "json.h"
#include "signals.h"

#define FINISH_MS   10000 /* for children to end by themselves after a signal */
#define KILL_MS	    5000  /* and then after SIGTERM */
#define BATCH_BYTES ((size_t)64 << 20) /* that make a batch full */

void
exec_say(const struct job *j, const char *what, const char *why)
{
	const struct mq_record *r = &j->first->lease.record;

	if (j->count == 1)
		cmd_say("topic %s, partition %d, offset %lld: %s: %s", r->topic,
		    (int)r->partition, (long long)r->offset, why, what);
	else
		cmd_say("topic %s, partition %d, offsets %lld to %lld: %s: %s",
		    r->topic, (int)r->partition, (long long)r->offset,
		    (long long)j->last->lease.record.offset, why, what);
}

/* ---- what becomes of jobs ------------------------------------------------------- */

static void
done(struct exec *x, struct job *j)
{
	x->c->done += j->count;
	job_remove(&x->jobs, j);
	x->ended = 0; /* what was paused may have more */
}

void
exec_drop(struct exec *x, struct job *j)
{
	x->source->give_back(x, j);
	x->handed -= j->count;
	job_remove(&x->jobs, j);
}

/* The job waits; or it is over, and some of its records are given up. */
static void
retry(struct exec *x, struct job *j, const char *why)
{
	size_t given_up;

	j->signal = 0;
	if (!x->source->retry(x, j, why, &given_up)) {
		j->due_ms = cmd_now_ms() + outcome_delay_ms(j->tries);
		return;
	}
	x->c->done += given_up;
	x->handed -= j->count - given_up;
	job_remove(&x->jobs, j);
	x->ended = 0;
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
		x->source->accept(x, j);
		done(x, j);
		break;
	case OUTCOME_REJECT:
		x->source->reject(x, j, end->text);
		done(x, j);
		break;
	case OUTCOME_CANNOT_RUN:
		cmd_say("-x %s: %s", x->c->command, end->text);
		x->status = CMD_PARTLY;
		x->stopping = 1;
		exec_drop(x, j);
		break;
	case OUTCOME_RETRY:
		retry(x, j, end->text);
		break;
	}
}

int
exec_take_end(struct exec *x)
{
	struct child_end end;

	if (!child_next(x->pool, &end))
		return 0;
	ended(x, &end);
	return 1;
}

/* ---- starting ------------------------------------------------------------------- */

/* Puts what a child of several records reads together; -1 with a reason. */
static int
frame(struct exec *x, const struct job *j, char why[CONSUME_WHY])
{
	const struct job_record *r;
	const struct mq_record *record;

	x->input.len = x->about.len = 0;
	for (r = j->first; r != NULL; r = r->next) {
		record = &r->lease.record;
		if (consume_print(x->c, &x->input, record,
			x->share != NULL ? &r->lease : NULL, why) == -1) {
			if (*why != '\0')
				return -1;
			cmd_die(CMD_IO, "out of memory");
		}
		if (json_put_head(&x->about, record) == -1)
			cmd_die(CMD_IO, "out of memory");
	}
	return 0;
}

/* The most tries of one of its records, with the one to come. */
static int64_t
delivery_count(const struct job *j)
{
	const struct job_record *r;
	int64_t n = j->tries + 1;

	for (r = j->first; r != NULL; r = r->next)
		if (r->lease.delivery_count > n)
			n = r->lease.delivery_count;
	return n;
}

static void
start(struct exec *x, struct job *j)
{
	struct child_job what;
	struct child_end end;
	char why[CONSUME_WHY];

	(void)memset(&what, 0, sizeof(what));
	what.record = &j->first->lease.record;
	what.delivery_count = delivery_count(j);
	what.arg = j;
	if (x->c->batch != 0) {
		if (frame(x, j, why) == -1) {
			exec_say(j, "no command is run", why);
			x->status = CMD_DATA;
			x->stopping = 1;
			exec_drop(x, j);
			return;
		}
		what.batch = 1;
		what.input.data = x->input.data;
		what.input.len = x->input.len;
		what.about.data = x->about.data;
		what.about.len = x->about.len;
	}
	j->open = 0;
	j->running = 1;
	j->started_ms = cmd_now_ms();
	if (child_start(x->pool, &what, &end) == -1)
		ended(x, &end);
}

static void
add(struct exec *x, const struct mq_share_record *r)
{
	struct job *j = NULL;

	if (x->c->batch > 1)
		j = job_find(x->jobs, r->record.topic, r->record.partition, 1);
	if (j != NULL)
		job_extend(j, r);
	else {
		j = job_add(&x->jobs, r);
		j->open = x->c->batch > 1;
		j->due_ms = j->open ? cmd_now_ms() + x->c->batch_ms : 0;
		j->renew_ms = cmd_now_ms() + x->lock_ms / 3;
	}
	x->handed++;
	if (j->count >= (size_t)x->c->batch || j->bytes >= BATCH_BYTES) {
		j->open = 0;
		j->due_ms = 0;
	}
}

/* Batches that get no more are due. */
static void
close_batches(struct exec *x)
{
	struct job *j;

	for (j = x->jobs; j != NULL; j = j->next) {
		if (!j->open)
			continue;
		j->open = 0;
		j->due_ms = 0;
	}
}

static int
all_handed(const struct exec *x)
{
	return x->c->count != 0 && x->handed >= x->c->count;
}

/* The next record into a job: 1, 0 there is none now. */
static int
take_record(struct exec *x, int64_t wait_ms)
{
	struct mq_share_record r;
	int rc;

	rc = x->source->poll(x, &r, wait_ms);
	x->ended = rc == MQ_POLL_END;
	if (rc == MQ_POLL_RECORD)
		add(x, &r);
	/* With -e a share group has no end while something of it is here. */
	if (x->ended || all_handed(x) ||
	    (rc == MQ_POLL_IDLE && wait_ms == 0 && x->c->sub.stop_at_end))
		close_batches(x);
	return rc == MQ_POLL_RECORD;
}

/* Whether new records are wanted: for a child, or for a batch. */
static int
wants_more(const struct exec *x)
{
	const struct job *j;

	if (x->stopping || x->ended || all_handed(x))
		return 0;
	for (j = x->jobs; j != NULL; j = j->next)
		if (j->open)
			return 1;
	return child_room(x->pool) > 0;
}

static void
start_due(struct exec *x)
{
	struct job *j;

	while (!x->stopping && child_room(x->pool) > 0 &&
	    (j = job_first(x->jobs)) != NULL && j->due_ms <= cmd_now_ms())
		start(x, j);
}

/* What is due, then what is new: while there is room for it. */
static void
start_all(struct exec *x)
{
	do
		start_due(x);
	while (wants_more(x) && take_record(x, 0));
	/* Some batch was the last one. */
	start_due(x);
}

/* ---- while children run ----------------------------------------------------------- */

/* One that takes longer than it may is ended, and fails by that. */
static void
end_long(struct exec *x, struct job *j, int64_t now)
{
	int64_t max = x->c->max_lease_ms;

	if (max == 0 || !j->running)
		return;
	if (j->signal == 0 && now - j->started_ms >= max) {
		exec_say(j, "it is ended", "longer than --max-lease");
		j->signal = SIGTERM;
	} else if (j->signal == SIGTERM && now - j->started_ms >= max + KILL_MS)
		j->signal = SIGKILL;
	else
		return;
	child_signal(x->pool, j, j->signal);
}

static void
look_after(struct exec *x)
{
	int64_t now = cmd_now_ms();
	struct job *j;

	for (j = x->jobs; j != NULL; j = j->next) {
		end_long(x, j, now);
		if (x->lock_ms == 0 || j->lost || now < j->renew_ms)
			continue;
		x->source->renew(x, j);
		j->renew_ms = now + x->lock_ms / 3;
	}
}

static int64_t
sooner(int64_t wait_ms, int64_t due_ms, int64_t now)
{
	int64_t left = due_ms > now ? due_ms - now : 0;

	return wait_ms == -1 || left < wait_ms ? left : wait_ms;
}

/* How long there is nothing to do but for who comes by himself. */
static int64_t
until_due(struct exec *x, int64_t wait_ms)
{
	int64_t now = cmd_now_ms(), due, max = x->c->max_lease_ms;
	const struct job *j = job_first(x->jobs);

	if (j != NULL && !x->stopping && child_room(x->pool) > 0)
		wait_ms = sooner(wait_ms, j->due_ms, now);
	for (j = x->jobs; j != NULL; j = j->next) {
		if (x->lock_ms != 0 && !j->lost)
			wait_ms = sooner(wait_ms, j->renew_ms, now);
		if (max != 0 && j->running && j->signal != SIGKILL)
			wait_ms = sooner(wait_ms,
			    j->started_ms + max +
				(j->signal != 0 ? KILL_MS : 0),
			    now);
	}
	due = child_stop_due(x->pool, now);
	return due != -1 && (wait_ms == -1 || due < wait_ms) ? due : wait_ms;
}

/* Until a child ends, a record comes, a try is due, or the time is over. */
static void
sleep_on(struct exec *x, int64_t wait_ms)
{
	if (wants_more(x)) /* its wait ends for the children's sake, too */
		(void)take_record(x, wait_ms);
	else
		child_wait(x->pool, wait_ms);
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
	return x->jobs == NULL && (x->ended || all_handed(x));
}

/* A run of children; whether it ended because nothing came in time. */
static int
run(struct exec *x)
{
	int64_t idle_since = cmd_now_ms(), wait_ms;

	for (;;) {
		while (exec_take_end(x))
			continue;
		x->source->flush(x);
		if (signals_came() != 0)
			stop_children(x);
		look_after(x);
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
		sleep_on(x, until_due(x, wait_ms));
	}
}

static void
open_pool(struct exec *x, struct mq *mq)
{
	struct consume *c = x->c;
	struct child_conf conf = { c->command,
		c->share != NULL ? c->share : c->sub.group, c->workers,
		!signals_foreground() };
	struct mq_err e;

	x->signals = signals_catch();
	if ((x->pool = child_pool_new(&conf, &e)) == NULL)
		cmd_die(CMD_IO, "-x: %s", e.text);
	if (child_watch(x->pool, x->signals) == -1)
		cmd_die(CMD_IO, "-x: %s", strerror(errno));
	mq_set_wakeup(mq, child_fd(x->pool));
}

static int
status(const struct exec *x, int nothing)
{
	const struct consume *c = x->c;

	if (x->status == CMD_OK && c->done == 0 && c->wait_ms != -1)
		return CMD_NOTHING;
	if (x->status == CMD_OK && nothing && c->count != 0)
		return CMD_NOTHING;
	return x->status;
}

int
consume_exec(struct consume *c, struct mq *mq)
{
	struct exec x;
	int nothing;

	(void)memset(&x, 0, sizeof(x));
	x.c = c;
	x.source = c->share != NULL ? &exec_share : &exec_group;
	out_init(&x.input, -1);
	out_init(&x.about, -1);
	open_pool(&x, mq);
	x.source->open(&x, mq);
	nothing = run(&x);
	while (x.jobs != NULL)
		exec_drop(&x, x.jobs);
	x.source->close(&x);
	child_pool_free(x.pool);
	out_free(&x.input);
	out_free(&x.about);
	return status(&x, nothing);
}
