/* SPDX-License-Identifier: ISC */
/*
 * lease: a worker of chaos-shares.  It takes records of a share group and, as
 * its seed has it, accepts, releases, rejects or renews them, sits on some past
 * the ends of their locks, and in some lives holds them, to acknowledge them by
 * id.  What it does stands on its standard output, each line written at once,
 * so that a kill loses none; t is the wall's clock in microseconds, which the
 * locks go by.  A lease is named by its id and delivery count:
 *
 *	B life most lock-ms hold t		a life begins
 *	A id count until-ms t value		a record was given out
 *	I id count type delay-ms t		before it is acknowledged
 *	R id count ok|late t			and what came of that
 *	W ms t					it was slow for so long
 *	L t					it gives back the rest, and leaves
 *
 * With -e it accepts all until nothing is left, and -i has it acknowledge some
 * of what stands in the log of a life that is over.
 */
#include <err.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "mq.h"
#include "say.h"

#define KEPT	 12 /* records at hand at most */
#define FOREIGN	 5  /* of them, of a life that is over */
#define WORK_US	 1500
#define DRAIN_US 30000000 /* after so long nothing may be left */

struct lease {
	struct mq_share_record record; /* its bytes are gone */
	char id[MQ_SHARE_ID];
	int by_id;   /* boolean: a held one */
	int waiting; /* boolean: accepted, and not yet flushed */
	int late;    /* boolean: that was told */
};

struct worker {
	struct mq *mq;
	struct mq_share *share;
	struct mq_err err;
	const char *store, *group, *topic, *dead, *before;
	uint32_t seed;
	int life, most, lock_ms, hold, drain;
	int wakeup;
	struct lease lease[KEPT];
	int count;
	int64_t stepped_us;
};

static uint32_t
dice(struct worker *w, uint32_t n)
{
	w->seed = w->seed * 1664525u + 1013904223u;
	return (w->seed >> 8) % n;
}

static void
die(const struct worker *w)
{
	errx(1, "life %d: %s", w->life, w->err.text);
}

/*
 * A poll that comes or returns late may pass over records that were at hand, as
 * their locks are over; nothing else tells of them.
 */
static void
step(struct worker *w)
{
	int64_t now = now_us(), ms = (now - w->stepped_us) / 1000;

	if (ms > w->lock_ms / (w->most == 1 ? 1 : 4))
		say("W %" PRId64 " %" PRId64 "\n", ms + w->lock_ms, now);
	w->stepped_us = now;
}

/* ---- acknowledging ------------------------------------------------------------ */

static void
told(const struct mq_share_event *e, void *arg)
{
	struct worker *w = arg;
	const struct mq_record *r;
	int i;

	for (i = 0; e->kind == MQ_SHARE_LATE && i < w->count; i++) {
		r = &w->lease[i].record.record;
		if (r->partition == e->partition && r->offset >= e->first &&
		    r->offset <= e->last &&
		    w->lease[i].record.delivery_count == e->delivery_count)
			w->lease[i].late = 1;
	}
}

static void
result(const struct lease *l, int late)
{
	say("R %s %d %s %" PRId64 "\n", l->id, l->record.delivery_count,
	    late ? "late" : "ok", now_us());
}

static void
forget(struct worker *w, int i)
{
	memmove(&w->lease[i], &w->lease[i + 1],
	    (size_t)(w->count - i - 1) * sizeof(w->lease[0]));
	w->count--;
}

/* Somebody who is stopped may have the lock: what was said is kept. */
static int
write_words(struct worker *w)
{
	int rc;

	do
		rc = mq_share_flush(w->share, &w->err);
	while (rc == -1 && w->err.code == MQ_REQUEST_TIMED_OUT);
	if (rc == -1 && w->err.code != MQ_INVALID_RECORD_STATE)
		die(w);
	return rc;
}

/* After it the accepts that waited are known to be on file, or late. */
static void
flush(struct worker *w)
{
	int i;

	(void)write_words(w);
	for (i = w->count; i-- > 0;)
		if (w->lease[i].waiting) {
			result(&w->lease[i], w->lease[i].late);
			forget(w, i);
		}
}

/* By id: another process may do that. */
static int
acknowledge_id(struct worker *w, const struct lease *l,
    enum mq_acknowledge type, int64_t delay_ms)
{
	if (mq_share_acknowledge_id(w->share, l->id, type, delay_ms, &w->err) ==
	    0)
		return 0;
	if (w->err.code == MQ_REQUEST_TIMED_OUT)
		return write_words(w) == -1;
	if (w->err.code != MQ_INVALID_RECORD_STATE)
		die(w);
	return 1;
}

static void
acknowledge(struct worker *w, int i, enum mq_acknowledge type)
{
	struct lease *l = &w->lease[i];
	int64_t delay_ms = 0;
	int late;

	if (type == MQ_RELEASE && dice(w, 2) == 0)
		delay_ms = 1 + dice(w, 200);
	say("I %s %d %d %" PRId64 " %" PRId64 "\n", l->id,
	    l->record.delivery_count, (int)type, delay_ms, now_us());
	l->late = 0;
	if (l->by_id)
		late = acknowledge_id(w, l, type, delay_ms);
	else {
		if (mq_share_acknowledge(w->share, &l->record, type, delay_ms,
			&w->err) == -1) {
			if (w->err.code != MQ_REQUEST_TIMED_OUT)
				die(w);
			(void)write_words(w);
		}
		late = l->late;
	}
	if (type == MQ_ACCEPT && !l->by_id) {
		l->waiting = 1;
		return;
	}
	result(l, late);
	if (type != MQ_RENEW || late)
		forget(w, i);
}

static enum mq_acknowledge
choose(struct worker *w)
{
	switch (w->drain ? 15 : dice(w, 16)) {
	case 0:
	case 1:
		return MQ_RELEASE;
	case 2:
		return MQ_RELEASE_UNCOUNTED;
	case 3:
		return w->dead != NULL ? MQ_REJECT : MQ_RELEASE;
	case 4:
	case 5:
		return MQ_RENEW;
	default:
		return MQ_ACCEPT;
	}
}

/* Something is done about one of the records at hand, or about none. */
static void
decide(struct worker *w, int must)
{
	int i, n = 0, of[KEPT];

	for (i = 0; i < w->count; i++)
		if (!w->lease[i].waiting)
			of[n++] = i;
	if (n == 0 || (!must && dice(w, 4) == 0))
		return;
	/* The oldest is the one that may be too late. */
	acknowledge(w, of[dice(w, 8) == 0 ? 0 : n - 1], choose(w));
}

/* ---- a life --------------------------------------------------------------------- */

static void
take(struct worker *w, const struct mq_share_record *r)
{
	struct lease *l = &w->lease[w->count];
	const struct mq_bytes *v = &r->record.value;
	int64_t now = now_us();

	(void)memset(l, 0, sizeof(*l));
	l->record = *r;
	l->by_id = w->hold;
	mq_share_id(r, l->id);
	say("A %s %d %" PRId64 " %" PRId64 " %.*s\n", l->id, r->delivery_count,
	    r->until_ms, now, (int)v->len, (const char *)v->data);
	w->count++;
}

/* Held ones of the life before that were not spoken of. */
static void
inherit(struct worker *w)
{
	char line[SAY_MAX], id[MQ_SHARE_ID];
	struct lease *l = w->lease;
	FILE *f = fopen(w->before, "re");
	int count, held = 0;

	if (f == NULL)
		err(1, "%s", w->before);
	while (fgets(line, sizeof(line), f) != NULL &&
	    strchr(line, '\n') != NULL) {
		if (sscanf(line, "B %*d %*d %*d %d", &held) == 1 && !held)
			break;
		if (sscanf(line, "A %339s %d", id, &count) != 2)
			continue;
		l = &w->lease[w->count < FOREIGN ? w->count++ :
						   (int)dice(w, FOREIGN)];
		(void)memset(l, 0, sizeof(*l));
		memcpy(l->id, id, sizeof(id));
		l->record.delivery_count = count;
		l->by_id = 1;
	}
	(void)fclose(f);
}

static void
work(struct worker *w)
{
	struct timespec pause = { 0, 0 };
	struct pollfd stop = { w->wakeup, POLLIN, 0 };
	struct mq_share_record r;
	int rc;

	while (poll(&stop, 1, 0) == 0) {
		step(w);
		rc = mq_share_poll(w->share, &r, w->count != 0 ? 10 : 200,
		    &w->err);
		if (rc == -1 && w->err.code == MQ_REQUEST_TIMED_OUT)
			rc = MQ_POLL_IDLE;
		if (rc == -1)
			die(w);
		step(w);
		if (rc == MQ_POLL_RECORD)
			take(w, &r);
		do {
			decide(w, w->count == KEPT || rc != MQ_POLL_RECORD);
			if (w->count == KEPT || dice(w, 4) == 0)
				flush(w);
		} while (w->count == KEPT);
		pause.tv_nsec = dice(w, WORK_US) * 1000;
		(void)nanosleep(&pause, NULL);
	}
	flush(w);
}

/* Accepts what there is until there is nothing, also not held or delayed. */
static void
drain(struct worker *w)
{
	struct mq_share_group *g;
	struct mq_share_record r;
	int64_t left = 1, start = now_us();
	size_t i;
	int rc;

	while (left != 0) {
		if (now_us() - start > DRAIN_US)
			errx(1, "life %d: %" PRId64 " records are left",
			    w->life, left);
		while ((rc = mq_share_poll(w->share, &r, 20, &w->err)) ==
		    MQ_POLL_RECORD) {
			take(w, &r);
			acknowledge(w, w->count - 1, MQ_ACCEPT);
			if (w->count == KEPT)
				flush(w);
			step(w);
		}
		if (rc == -1)
			die(w);
		flush(w);
		if ((g = mq_share_describe(w->mq, w->group, &w->err)) == NULL)
			die(w);
		for (i = 0, left = 0; i < g->count; i++)
			left += g->partition[i].lag;
		mq_share_group_free(g);
	}
}

static void
set(struct worker *w, struct mq_conf *conf, const char *name, int value)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%d", value);
	if (mq_conf_set(conf, name, text, &w->err) == -1)
		die(w);
}

static void
join(struct worker *w)
{
	static const int most[] = { 1, 1, 3, 10 }, lock_ms[] = { 60, 150, 500 };
	struct mq_conf *conf = mq_conf_new(MQ_SHARE_CONF);
	struct mq_subscription sub = { .topic = &w->topic, .topic_count = 1 };

	if (conf == NULL)
		err(1, NULL);
	w->most = most[dice(w, 4)];
	w->lock_ms = w->drain ? 5000 : lock_ms[dice(w, 3)];
	w->hold = !w->drain && dice(w, 5) == 0;
	set(w, conf, "max.poll.records", w->most);
	set(w, conf, "group.share.record.lock.duration.ms", w->lock_ms);
	set(w, conf, "group.share.delivery.count.limit",
	    w->dead != NULL ? 5 : 1000);
	set(w, conf, "acks", dice(w, 8) == 0 ? -1 : 1);
	if (w->dead != NULL &&
	    mq_conf_set(conf, "errors.deadletterqueue.topic.name", w->dead,
		&w->err) == -1)
		die(w);
	w->share = mq_share_new(w->mq, w->group, conf, &sub, &w->err);
	if (w->share == NULL)
		die(w);
	mq_conf_free(conf);
	mq_share_notify(w->share, told, w);
	if (w->hold)
		mq_share_hold(w->share);
}

static void
live(struct worker *w)
{
	join(w);
	w->stepped_us = now_us();
	say("B %d %d %d %d %" PRId64 "\n", w->life, w->most, w->lock_ms,
	    w->hold, w->stepped_us);
	if (w->before != NULL)
		inherit(w);
	if (w->drain)
		drain(w);
	else
		work(w);
	say("L %" PRId64 "\n", now_us());
	mq_share_free(w->share);
}

static int
wait_for_term(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

int
main(int argc, char *argv[])
{
	static struct worker w;
	int c;

	while ((c = getopt(argc, argv, "d:ei:l:s:")) != -1)
		switch (c) {
		case 'd':
			w.dead = optarg;
			break;
		case 'e':
			w.drain = 1;
			break;
		case 'i':
			w.before = optarg;
			break;
		case 'l':
			w.life = atoi(optarg);
			break;
		case 's':
			w.seed = (uint32_t)strtoul(optarg, NULL, 10);
			break;
		default:
			optind = argc;
		}
	if (optind != argc - 3) {
		fputs("usage: lease [-e] [-d topic] [-i log] [-l life] "
		      "[-s seed] store group topic\n",
		    stderr);
		return 2;
	}
	w.store = argv[optind];
	w.group = argv[optind + 1];
	w.topic = argv[optind + 2];
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* not to outlive chaos-shares */
	w.wakeup = wait_for_term();
	if ((w.mq = mq_open(w.store, 0, &w.err)) == NULL)
		die(&w);
	mq_set_wakeup(w.mq, w.wakeup);
	live(&w);
	mq_close(w.mq);
	return 0;
}
