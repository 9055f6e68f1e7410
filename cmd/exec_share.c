/* SPDX-License-Identifier: ISC */
/*
 * -x in a share group.  No more records are acquired than there are commands
 * for, and their locks are renewed while those run.  What fails is released,
 * and comes again, here or at another consumer, when its delay is over.
 */
#include <stdlib.h>
#include <string.h>

#include "exec.h"
#include "signals.h"

#define LOCK	"group.share.record.lock.duration.ms"
#define LOCK_MS 30000 /* its default */

/* ---- what failed here ------------------------------------------------------------ */

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

/* They are here once more, or given up: how many of these there were. */
static size_t
forget_failed(struct exec *x, const char *topic, int32_t partition,
    int64_t first, int64_t last)
{
	size_t i = 0, before = x->failed_count;
	struct exec_failed *f;

	while (i < x->failed_count) {
		f = &x->failed[i];
		if (f->partition != partition || f->offset < first ||
		    f->offset > last || strcmp(f->topic, topic) != 0) {
			i++;
			continue;
		}
		free(f->topic);
		*f = x->failed[--x->failed_count];
	}
	return before - x->failed_count;
}

/* ---- what is told ----------------------------------------------------------------- */

/*
 * How many of the job's records an event is about; they are marked.  One that
 * has come again since is another's.
 */
static size_t
count_of(const struct job *j, const struct mq_share_event *e)
{
	struct job_record *r;
	size_t n = 0;

	for (r = j->first; r != NULL; r = r->next) {
		if (r->lease.record.partition != e->partition ||
		    r->lease.record.offset < e->first ||
		    r->lease.record.offset > e->last ||
		    r->lease.delivery_count != e->delivery_count ||
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
	struct job *j;

	/* Word of others that had to wait. */
	for (j = x->jobs; j != NULL; j = j->next)
		if (j != x->job && count_of(j, e) != 0 &&
		    e->kind == MQ_SHARE_LATE)
			j->lost = 1;
	consume_say_event(x->c, e, n != 0 ? x->why : NULL);
	if (e->kind != MQ_SHARE_DEAD && x->status == CMD_OK)
		x->status = CMD_PARTLY;
	if (e->kind != MQ_SHARE_LATE)
		x->given_up += n;
	else if (n != 0)
		x->job->lost = 1;
	/* Word of an earlier failure that had to wait. */
	if (e->kind != MQ_SHARE_LATE)
		x->c->done +=
		    forget_failed(x, e->topic, e->partition, e->first, e->last);
}

static void
open_share(struct exec *x, struct mq *mq)
{
	struct consume *c = x->c;
	const char *lock = mq_conf_get(c->conf, LOCK);
	struct mq_err e;

	x->lock_ms = lock != NULL ? strtoll(lock, NULL, 10) : LOCK_MS;
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

/* ---- the source -------------------------------------------------------------------- */

/*
 * Somebody is stopped who has the state's lock: what was said is kept, and said
 * with the next words.  Meanwhile children are waited for and a signal is heard;
 * -w says how long it may take where there are none.  What else fails ends this
 * program.
 */
static int
is_held_up(struct exec *x, const struct mq_err *e)
{
	if (e->code != MQ_REQUEST_TIMED_OUT) {
		exec_fail(x, e);
		return 0;
	}
	if (!x->kept && !x->sees_not)
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
	if (rc == -1) {
		if (is_held_up(x, &e))
			x->sees_not = 1;
		return MQ_POLL_IDLE;
	}
	/* Records of another partition say nothing of that one. */
	if (rc != MQ_POLL_RECORD) {
		x->sees_not = 0;
		return rc;
	}
	if (r->delivery_count > 1)
		(void)forget_failed(x, r->record.topic, r->record.partition,
		    r->record.offset, r->record.offset);
	x->left_ms = r->until_ms - cmd_wall_ms();
	if (x->left_ms > x->lock_ms) /* the clock was set back */
		x->left_ms = x->lock_ms;
	return rc;
}

/* Says it of what is still locked: 1, 0 some of it is kept. */
static int
acknowledge(struct exec *x, struct job *j, enum mq_acknowledge type,
    const char *why)
{
	const struct job_record *r;
	struct mq_err e;
	int written = 1;

	x->job = j;
	x->why = why;
	x->given_up = 0;
	for (r = j->first; r != NULL; r = r->next) {
		if (r->lease_over ||
		    mq_share_acknowledge(x->share, &r->lease, type,
			type == MQ_RELEASE ?
			    outcome_delay_ms(r->lease.delivery_count) :
			    0,
			&e) == 0)
			continue;
		if (is_held_up(x, &e))
			x->kept = 1;
		written = 0;
	}
	x->job = NULL;
	x->why = NULL;
	return written;
}

static void
accept_share(struct exec *x, struct job *j)
{
	(void)acknowledge(x, j, MQ_ACCEPT, NULL);
}

static void
reject_share(struct exec *x, struct job *j, const char *why)
{
	(void)acknowledge(x, j, MQ_REJECT, why);
}

static int
retry_share(struct exec *x, struct job *j, const char *why, size_t *given_up)
{
	const struct job_record *r;

	(void)acknowledge(x, j, MQ_RELEASE, why);
	*given_up = x->given_up;
	for (r = j->first; r != NULL; r = r->next)
		if (!r->lease_over)
			note_failed(x, &r->lease.record);
	if (x->c->verbose && x->given_up < j->count)
		exec_say(j, "it is tried again", "they are tried again", why);
	return 1;
}

static void
give_back_share(struct exec *x, struct job *j)
{
	(void)acknowledge(x, j, MQ_RELEASE_UNCOUNTED, NULL);
}

static void
renew_share(struct exec *x, struct job *j)
{
	int64_t now = cmd_wall_ms();

	if (acknowledge(x, j, MQ_RENEW, NULL))
		j->until_ms = now + x->lock_ms;
}

static void
written(struct exec *x, int rc, const struct mq_err *e)
{
	/* What came too late was told. */
	if (rc == 0 || e->code == MQ_INVALID_RECORD_STATE)
		x->kept = 0;
	else if (is_held_up(x, e))
		x->kept = 1;
}

static void
rest_share(struct exec *x)
{
	struct mq_err e;

	written(x, mq_share_give_back(x->share, &e), &e);
}

static void
flush_now(struct exec *x)
{
	struct mq_err e;

	written(x, mq_share_flush(x->share, &e), &e);
	x->flushed_ms = cmd_now_ms();
}

static void
sync_share(struct exec *x)
{
	(void)x; /* by the flush, as group.share.* and acks say */
}

static void
flush_share(struct exec *x)
{
	/* Others are not to wait for who is stopped each time. */
	if (!x->kept || cmd_now_ms() - x->flushed_ms >= EXEC_HELD_MS)
		flush_now(x);
}

/* What is done must be known before the program ends; -w says how long. */
static void
close_share(struct exec *x)
{
	int64_t start = cmd_now_ms(), waited = 0;
	size_t i;

	flush_now(x);
	while (x->kept && x->failing == 0) {
		if (signals_came() != 0 && waited >= CONSUME_SIGNAL_MS)
			signals_die();
		if (x->c->wait_ms != -1 && waited >= x->c->wait_ms)
			exec_fail(x, &x->held_up);
		else
			flush_now(x);
		waited = cmd_now_ms() - start;
	}
	mq_share_free(x->share);
	for (i = 0; i < x->failed_count; i++)
		free(x->failed[i].topic);
	free(x->failed);
}

const struct exec_source exec_share = { open_share, poll_share, accept_share,
	reject_share, retry_share, give_back_share, renew_share, rest_share,
	flush_share, sync_share, close_share };
