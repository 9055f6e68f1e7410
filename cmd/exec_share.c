/* SPDX-License-Identifier: ISC */
/*
 * -x in a share group.  No more records are acquired than there are commands
 * for, and their locks are renewed while those run.  What fails is released,
 * and comes again, here or at another consumer, when its delay is over.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "exec.h"
#include "signals.h"

static int64_t
wall_ms(void)
{
	struct timespec ts = { 0, 0 };

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* How many of the job's records an event is about; they are marked. */
static size_t
count_of(const struct job *j, const struct mq_share_event *e)
{
	struct job_record *r;
	size_t n = 0;

	for (r = j->first; r != NULL; r = r->next) {
		if (r->lease.record.partition != e->partition ||
		    r->lease.record.offset < e->first ||
		    r->lease.record.offset > e->last ||
		    strcmp(r->lease.record.topic, e->topic) != 0)
			continue;
		r->lease_over = 1;
		n++;
	}
	return n;
}

static void
told(const struct mq_share_event *e, void *arg)
{
	struct exec *x = arg;
	size_t n = x->job != NULL ? count_of(x->job, e) : 0;

	consume_say_event(x->c, e, n != 0 ? x->why : NULL);
	if (e->kind != MQ_SHARE_DEAD)
		x->status = CMD_PARTLY;
	if (e->kind != MQ_SHARE_LATE)
		x->given_up += n;
	else if (n != 0)
		x->job->lost = 1;
}

static void
open_share(struct exec *x, struct mq *mq)
{
	struct consume *c = x->c;
	struct mq_err e;

	if ((x->share = mq_share_new(mq, c->share, c->conf, &c->sub, &e)) ==
	    NULL)
		cmd_fail(&e);
	mq_share_notify(x->share, told, x);
}

/* What fits into the fullest batch, so that nothing is locked and waits. */
static int64_t
limit(const struct exec *x)
{
	const struct consume *c = x->c;
	uint64_t n = c->batch > 1 ? (uint64_t)c->batch : 1, room = n;
	const struct job *j;

	for (j = x->jobs; j != NULL; j = j->next)
		if (j->open && n - j->count < room)
			room = n - j->count;
	if (c->count != 0 && c->count - x->handed < room)
		room = c->count - x->handed;
	if (c->in_flight != 0 && (size_t)c->in_flight - exec_in_hand(x) < room)
		room = (size_t)c->in_flight - exec_in_hand(x);
	return (int64_t)room;
}

/* ---- what failed here ------------------------------------------------------------ */

static struct exec_failed *
find_failed(const struct exec *x, const struct mq_record *r)
{
	struct exec_failed *f;
	size_t i;

	for (i = 0; i < x->failed_count; i++) {
		f = &x->failed[i];
		if (f->offset == r->offset && f->partition == r->partition &&
		    strcmp(f->topic, r->topic) == 0)
			return f;
	}
	return NULL;
}

static void
note_failed(struct exec *x, const struct mq_record *r)
{
	size_t n = x->failed_count;
	struct exec_failed *f;

	if ((n & (n - 1)) == 0)
		x->failed =
		    cmd_alloc(x->failed, n == 0 ? 1 : n * 2, sizeof(*f));
	f = &x->failed[n];
	if ((f->topic = strdup(r->topic)) == NULL)
		cmd_die(CMD_IO, "out of memory");
	f->partition = r->partition;
	f->offset = r->offset;
	x->failed_count++;
}

/* It is here once more. */
static void
forget_failed(struct exec *x, const struct mq_record *r)
{
	struct exec_failed *f = find_failed(x, r);

	if (f == NULL)
		return;
	free(f->topic);
	*f = x->failed[--x->failed_count];
}

/* ---- the source -------------------------------------------------------------------- */

/*
 * Somebody is stopped who has the state's lock: what was said is kept, and said
 * with the next words.  Children are waited for meanwhile, and a signal heard;
 * and who only looks may look again.
 */
static int
waits(struct exec *x, const struct mq_err *e, int looks)
{
	if (e->code != MQ_REQUEST_TIMED_OUT ||
	    (!looks && x->jobs == NULL && signals_came() == 0))
		return 0;
	if (x->held_up.code == MQ_NONE && !x->c->quiet)
		cmd_say("%s", e->text);
	x->held_up = *e;
	return 1;
}

static int
poll_share(struct exec *x, struct mq_share_record *r, int64_t wait_ms)
{
	struct mq_err e;
	int rc;

	mq_share_limit(x->share, limit(x));
	rc = mq_share_poll(x->share, r, wait_ms, &e);
	/* -w says how long that is. */
	if (rc == -1 && waits(x, &e, wait_ms == 0 && x->c->wait_ms != 0))
		return MQ_POLL_IDLE;
	if (rc == -1)
		exec_fail(x, &e);
	x->held_up.code = MQ_NONE;
	if (rc == MQ_POLL_RECORD && r->delivery_count > 1)
		forget_failed(x, &r->record);
	if (rc == MQ_POLL_RECORD) {
		x->left_ms = r->until_ms - wall_ms();
		if (x->left_ms > x->lock_ms)
			x->lock_ms = x->left_ms;
	}
	return rc;
}

static void
acknowledge(struct exec *x, struct job *j, enum mq_acknowledge type,
    const char *why)
{
	const struct job_record *r;
	struct mq_err e;
	int64_t delay_ms;

	x->job = j;
	x->why = why;
	x->given_up = 0;
	for (r = j->first; r != NULL; r = r->next) {
		delay_ms = type == MQ_RELEASE ?
		    outcome_delay_ms(r->lease.delivery_count) :
		    0;
		if (mq_share_acknowledge(x->share, &r->lease, type, delay_ms,
			&e) == -1 &&
		    !waits(x, &e, 0))
			exec_fail(x, &e);
	}
	x->job = NULL;
	x->why = NULL;
}

static void
accept_share(struct exec *x, struct job *j)
{
	acknowledge(x, j, MQ_ACCEPT, NULL);
}

static void
reject_share(struct exec *x, struct job *j, const char *why)
{
	acknowledge(x, j, MQ_REJECT, why);
}

static int
retry_share(struct exec *x, struct job *j, const char *why, size_t *given_up)
{
	const struct job_record *r;

	acknowledge(x, j, MQ_RELEASE, why);
	*given_up = x->given_up;
	for (r = j->first; r != NULL; r = r->next)
		if (!r->lease_over)
			note_failed(x, &r->lease.record);
	if (x->c->verbose && x->given_up < j->count)
		exec_say(j, "it is tried again", why);
	return 1;
}

static void
give_back_share(struct exec *x, struct job *j)
{
	acknowledge(x, j, MQ_RELEASE_UNCOUNTED, NULL);
}

static void
renew_share(struct exec *x, struct job *j)
{
	acknowledge(x, j, MQ_RENEW, NULL);
}

static void
flush_share(struct exec *x)
{
	struct mq_err e;

	/* What came too late was told. */
	if (mq_share_flush(x->share, &e) == -1 &&
	    e.code != MQ_INVALID_RECORD_STATE && !waits(x, &e, 0))
		exec_fail(x, &e);
}

static void
close_share(struct exec *x)
{
	size_t i;

	flush_share(x);
	mq_share_free(x->share);
	for (i = 0; i < x->failed_count; i++)
		free(x->failed[i].topic);
	free(x->failed);
}

const struct exec_source exec_share = { open_share, poll_share, accept_share,
	reject_share, retry_share, give_back_share, renew_share, flush_share,
	close_share };
