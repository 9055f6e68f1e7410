/* SPDX-License-Identifier: ISC */
/* -x: what a job's command is given, and what its end means for the records. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exec.h"
#include "json.h"
#include "signals.h"

#define BATCH_BYTES ((size_t)64 << 20) /* that make a batch full */

void
exec_say(const struct job *j, const char *one, const char *many,
    const char *why)
{
	const struct mq_record *r = &j->first->lease.record;

	if (j->count == 1)
		cmd_say("topic %s, partition %d, offset %lld: %s: %s", r->topic,
		    (int)r->partition, (long long)r->offset, why, one);
	else
		cmd_say("topic %s, partition %d, offsets %lld to %lld: %s: %s",
		    r->topic, (int)r->partition, (long long)r->offset,
		    (long long)j->last->lease.record.offset, why, many);
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
	job_remove(&x->jobs, j);
	x->ended = 0;
}

/*
 * What fails because nobody reads its output, or because it is ended together
 * with this program, is not the record's fault.
 */
static int
is_no_fault(struct exec *x)
{
	if (x->told || signals_came() != 0)
		return 1;
	if (!consume_output_is_gone())
		return 0;
	x->status = 128 + SIGPIPE;
	x->stopping = 1;
	return 1;
}

/* Which record it was for may be why. */
static void
cannot_run(struct exec *x, struct job *j, const char *why)
{
	size_t size = strlen(x->c->command) + sizeof("-x ");
	char *what = cmd_alloc(NULL, size, 1);

	(void)snprintf(what, size, "-x %s", x->c->command);
	exec_say(j, why, why, what);
	free(what);
	x->status = CMD_PARTLY;
	x->stopping = 1;
	exec_drop(x, j);
}

static void
ended(struct exec *x, const struct child_end *end)
{
	struct job *j = end->arg;

	j->running = 0;
	if (end->outcome == OUTCOME_RETRY && is_no_fault(x)) {
		exec_drop(x, j);
		return;
	}
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
		cannot_run(x, j, end->text);
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

void
exec_start(struct exec *x, struct job *j)
{
	struct child_job what;
	struct child_end end;
	char why[CONSUME_WHY];

	/* This program was stopped, or the system slept: they are others' now. */
	if (x->lock_ms != 0 && cmd_wall_ms() >= j->until_ms) {
		x->handed -= j->count;
		job_remove(&x->jobs, j);
		return;
	}
	if (j->lost) {
		exec_drop(x, j);
		return;
	}
	(void)memset(&what, 0, sizeof(what));
	what.record = &j->first->lease.record;
	what.delivery_count = delivery_count(j);
	what.arg = j;
	if (x->c->batch != 0) {
		if (frame(x, j, why) == -1) {
			exec_say(j, "no command is run", "no command is run",
			    why);
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

void
exec_add(struct exec *x, const struct mq_share_record *r)
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
		j->renew_ms = cmd_now_ms() + x->left_ms / 3;
		j->until_ms = r->until_ms;
	}
	x->handed++;
	if (j->count >= (size_t)x->c->batch || j->bytes >= BATCH_BYTES) {
		j->open = 0;
		j->due_ms = 0;
	}
}
