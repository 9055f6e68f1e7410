/* SPDX-License-Identifier: ISC */
/*
 * -x in a consumer group.  A partition has one job in hand at a time and is
 * paused meanwhile, so that its records are done in order; what is done is
 * committed, and what fails is tried again in its place.
 */
#include <sys/eventfd.h>
#include <string.h>

#include "exec.h"
#include "signals.h"

/*
 * Before the partition goes to another member, what a child has is done.  Then
 * there may be a worker for what waits in other partitions, or nothing more to
 * wait for: the poll that this is a part of ends, too.
 */
static void
revoked(const char *topic, int32_t partition, void *arg)
{
	struct exec *x = arg;
	eventfd_t woken = 0;
	struct job *j;
	int was_ours = 0;

	/* The one before may have written it: this one would not sleep. */
	(void)eventfd_read(x->wake, &woken);
	while ((j = job_find(x->jobs, topic, partition, 0)) != NULL) {
		was_ours = 1;
		if (!j->running)
			exec_drop(x, j);
		else if (!exec_take_end(x))
			exec_wait(x);
	}
	if (was_ours || woken != 0 || x->stopping)
		(void)eventfd_write(x->wake, 1);
}

/* Letters that come back as records would never end. */
static void
check_dead(struct consume *c, struct mq *mq)
{
	char **names, **name;
	int among = 0;

	if (c->dead_topic == NULL)
		return;
	names = cmd_topics(mq, (char *const *)(uintptr_t)c->sub.topic,
	    c->sub.patterns);
	for (name = names; *name != NULL; name++)
		among |= strcmp(*name, c->dead_topic) == 0;
	mq_names_free(names);
	if (among)
		cmd_usage("--dlq: topic %s is among those that are read",
		    c->dead_topic);
}

static void
open_group(struct exec *x, struct mq *mq)
{
	struct consume *c = x->c;
	struct mq_err e;

	check_dead(c, mq);
	if (c->dead_topic != NULL &&
	    (x->dead = mq_producer_new(mq, c->dead_topic, NULL, &e)) == NULL)
		cmd_die(cmd_status(&e), "--dlq: %s", e.text);
	if ((c->consumer = mq_consumer_new(mq, c->conf, &c->sub, &e)) == NULL) {
		if (e.code == MQ_REQUEST_TIMED_OUT && signals_came() != 0)
			signals_die();
		cmd_fail(&e);
	}
	mq_consumer_on_revoke(c->consumer, revoked, x);
}

static void
pause(struct exec *x, struct job *j, int on)
{
	const struct mq_record *r = &j->first->lease.record;

	if (j->paused != on)
		mq_consumer_pause(x->c->consumer, r->topic, r->partition, on);
	j->paused = on;
}

/* They are paused only here, because pausing costs reading again. */
static int
poll_group(struct exec *x, struct mq_share_record *r, int64_t wait_ms)
{
	eventfd_t woken;
	struct mq_err e;
	struct job *j;
	int rc;

	for (j = x->jobs; j != NULL; j = j->next)
		if (!j->open)
			pause(x, j, 1);
	(void)memset(r, 0, sizeof(*r));
	rc = mq_consumer_poll(x->c->consumer, &r->record, wait_ms, &e);
	(void)eventfd_read(x->wake, &woken);
	if (rc != -1)
		return rc;
	if (e.code != MQ_REQUEST_TIMED_OUT || signals_came() == 0)
		exec_fail(x, &e);
	return MQ_POLL_IDLE;
}

static void
accept_group(struct exec *x, struct job *j)
{
	const struct mq_record *r = &j->last->lease.record;
	struct mq_err e;

	/* Of a topic that was deleted there is nothing to commit. */
	if (mq_consumer_commit_offset_async(x->c->consumer, r->topic,
		r->partition, r->offset + 1, &e) == -1 &&
	    e.code != MQ_UNKNOWN_MEMBER_ID)
		exec_fail(x, &e);
	pause(x, j, 0);
}

static int
bury(struct exec *x, const struct job *j, const char *message)
{
	const struct job_record *r;
	struct mq_err e;
	int rc = 0;

	for (r = j->first; r != NULL && rc == 0; r = r->next)
		rc = mq_produce_dead(x->dead, &r->lease.record, x->c->sub.group,
		    j->tries, message, &e);
	if (rc == 0)
		rc = mq_producer_flush(x->dead, &e);
	if (rc == -1)
		exec_fail(x, &e);
	return rc;
}

static void
give_up(struct exec *x, struct job *j, const char *why, const char *message)
{
	if (x->dead == NULL) {
		exec_say(j, "it is dropped", "they are dropped", why);
		x->status = CMD_PARTLY;
	} else if (bury(x, j, message) == -1)
		return;
	else if (!x->c->quiet)
		exec_say(j, "it is a dead letter", "they are dead letters",
		    why);
	accept_group(x, j);
}

static void
reject_group(struct exec *x, struct job *j, const char *why)
{
	give_up(x, j, why, "Offset rejected by client.");
}

static int
retry_group(struct exec *x, struct job *j, const char *why, size_t *given_up)
{
	if (j->tries < x->c->max_deliveries) {
		if (x->c->verbose)
			exec_say(j, "it is tried again", "they are tried again",
			    why);
		return 0;
	}
	give_up(x, j, why, "Offset delivery count exceeded the threshold.");
	*given_up = j->count;
	return 1;
}

/* It stays uncommitted, for whoever reads the partition next. */
static void
give_back_group(struct exec *x, struct job *j)
{
	(void)x;
	(void)j;
}

static void
nothing_of_group(struct exec *x)
{
	(void)x;
}

static void
sync_group(struct exec *x)
{
	struct mq_err e;

	if (mq_consumer_commit_flush(x->c->consumer, &e) == -1)
		exec_fail(x, &e);
}

static void
close_group(struct exec *x)
{
	sync_group(x);
	mq_consumer_free(x->c->consumer);
	mq_producer_free(x->dead);
}

const struct exec_source exec_group = { open_group, poll_group, accept_group,
	reject_group, retry_group, give_back_group, give_back_group,
	nothing_of_group, nothing_of_group, sync_group, close_group };
