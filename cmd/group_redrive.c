/* SPDX-License-Identifier: ISC */
/*
 * mq-group redrive: dead letters go back to where they came from.
 *
 * The group reads the dead-letter topic up to its end as it stands at the
 * start.  Letters are sent by the hundred, and accepted once they are on disk:
 * a kill between sends them twice and loses none.  What cannot be moved stays
 * acquired until the end, so that it is not met again, and is then given back
 * as if it had not been delivered.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "destination.h"
#include "group.h"
#include "letter.h"
#include "signals.h"
#include "topic.h"

#define BATCH	100	  /* letters that are sent together */
#define LOCK_MS "3600000" /* what stays is not met again within that */
#define COMMITS "__consumer_offsets" /* what no record comes from */
#define HEADS	"TOPIC #PARTITION #OFFSET TO #TO-PARTITION"

struct sent {
	struct mq_share_record letter; /* its name, not its bytes */
	size_t to;		       /* of the destinations */
	int32_t partition;
};

struct redrive {
	const struct group_options *o;
	struct mq *mq;
	const char *from; /* the dead-letter topic */
	struct mq_share *share;
	struct destinations to;
	struct sent sent[BATCH]; /* and not accepted yet */
	size_t pending;
	struct mq_share_record *stays;
	size_t stay_count;
	struct letter_inside inside;
	struct table table;
	int64_t moved;	/* with those pending */
	int64_t before; /* letters that were redriven often enough */
	int64_t most;	/* how often */
	int status;
};

/* ---- where a letter goes ----------------------------------------------------- */

static void
tell(struct redrive *r, const struct mq_record *letter, const char *why)
{
	cmd_say("topic %s, partition %d, offset %lld stays: %s", letter->topic,
	    (int)letter->partition, (long long)letter->offset, why);
	r->status = CMD_PARTLY;
}

static int
hollow(struct redrive *r, const struct mq_record *letter,
    const struct letter *l)
{
	char why[MQ_TOPIC_MAX + 128];

	(void)snprintf(why, sizeof(why),
	    "it is only headers; the record itself, topic %s, partition %d, "
	    "offset %lld, was too large",
	    l->topic, (int)l->partition, (long long)l->offset);
	tell(r, letter, why);
	return 0;
}

/* Whether and where it goes; where it stays that is told, or counted. */
static int
address(struct redrive *r, const struct mq_record *letter, struct letter *l,
    struct sent *s)
{
	const struct destination *to;
	const char *topic;

	letter_read(l, letter);
	topic = r->o->to != NULL ? r->o->to : l->topic;
	if (l->redrives >= r->o->max_redrives) {
		r->before++;
		if (l->redrives > r->most)
			r->most = l->redrives;
		return 0;
	}
	if (l->hollow)
		return hollow(r, letter, l);
	if (*topic == '\0') {
		tell(r, letter, "no header __dlq.errors.topic says where to");
		return 0;
	}
	if (strcmp(topic, r->from) == 0) {
		tell(r, letter, "it would come back to where it is");
		return 0;
	}
	if (r->o->to == NULL && strcmp(topic, COMMITS) == 0) {
		tell(r, letter, COMMITS " is where groups commit");
		return 0;
	}
	s->to = destination_find(&r->to, topic);
	to = &r->to.list[s->to];
	if (to->partitions == 0) {
		tell(r, letter, to->err.text);
		return 0;
	}
	s->partition = l->partition < to->partitions ? l->partition : -1;
	return 1;
}

/* ---- what is printed ----------------------------------------------------------- */

static void
print_json(const struct redrive *r, const struct sent *s)
{
	const struct mq_record *l = &s->letter.record;

	group_json_print(json_pack("{s:s, s:i, s:I, s:s, s:i}", "topic",
	    l->topic, "partition", (int)l->partition, "offset",
	    (json_int_t)l->offset, "to", r->to.list[s->to].topic,
	    "to_partition", (int)s->partition));
}

static void
print(struct redrive *r, const struct sent *s)
{
	const struct mq_record *l = &s->letter.record;

	if (r->o->json) {
		print_json(r, s);
		return;
	}
	table_text(&r->table, l->topic);
	table_number(&r->table, l->partition);
	table_number(&r->table, l->offset);
	table_text(&r->table, r->to.list[s->to].topic);
	table_number(&r->table, s->partition);
	table_drain(&r->table);
}

/* ---- moving them ----------------------------------------------------------------- */

/* What was sent is on disk, and then accepted: 0, or -1 it is told. */
static int
settle(struct redrive *r)
{
	struct mq_err e;
	size_t i;
	int rc = destination_flush(&r->to, &e);

	for (i = 0; i < r->pending && rc == 0; i++)
		rc = mq_share_acknowledge(r->share, &r->sent[i].letter,
		    MQ_ACCEPT, 0, &e);
	if (rc == 0 && (rc = mq_share_flush(r->share, &e)) == -1 &&
	    e.code == MQ_INVALID_RECORD_STATE) {
		/* They were sent, and may be sent again. */
		cmd_say("%s", e.text);
		r->status = CMD_PARTLY;
		rc = 0;
	}
	if (rc == -1) {
		topic_tell(&r->status, &e);
		return -1;
	}
	for (i = 0; i < r->pending; i++)
		print(r, &r->sent[i]);
	r->pending = 0;
	/* Whether it came out is seen in the end. */
	(void)fflush(stdout);
	return 0;
}

static void
keep(struct redrive *r, const struct mq_share_record *letter)
{
	if ((r->stay_count & (r->stay_count - 1)) == 0)
		r->stays = cmd_alloc(r->stays,
		    r->stay_count == 0 ? 1 : r->stay_count * 2,
		    sizeof(*r->stays));
	r->stays[r->stay_count++] = *letter;
}

/* 1 it is sent, 0 it stays, -1. */
static int
send(struct redrive *r, struct sent *s, const struct letter *l,
    struct mq_err *e)
{
	struct mq_producer *to = destination_producer(&r->to, s->to, e);

	if (to == NULL)
		return -1;
	letter_open(&r->inside, &s->letter.record, l);
	r->inside.record.partition = s->partition;
	if (mq_produce(to, &r->inside.record, 0, e) == 0)
		return 1;
	if (e->code != MQ_MESSAGE_TOO_LARGE && e->code != MQ_INVALID_RECORD)
		return -1;
	tell(r, &s->letter.record, e->text);
	return 0;
}

/* One letter: 0, or -1 it is told. */
static int
move(struct redrive *r, const struct mq_share_record *letter)
{
	struct sent *s = &r->sent[r->pending];
	struct letter l;
	struct mq_err e;
	int rc;

	s->letter = *letter;
	rc = address(r, &letter->record, &l, s);
	if (rc == 1 && (rc = send(r, s, &l, &e)) == -1)
		topic_tell(&r->status, &e);
	if (rc != 1) {
		keep(r, letter);
		return rc;
	}
	r->moved++;
	return ++r->pending == BATCH ? settle(r) : 0;
}

static int
is_done(const struct redrive *r)
{
	return r->moved == r->o->count || signals_came() != 0;
}

static void
move_all(struct redrive *r)
{
	struct mq_share_record letter;
	struct mq_err e;
	int rc = MQ_POLL_IDLE;

	while (!is_done(r) &&
	    (rc = mq_share_poll(r->share, &letter, 0, &e)) == MQ_POLL_RECORD)
		if (move(r, &letter) == -1)
			return;
	if (settle(r) == 0 && rc == -1)
		topic_tell(&r->status, &e);
}

/* What stays, and what was sent and may not be there. */
static void
give_back(struct redrive *r)
{
	struct mq_err e;
	size_t i;

	for (i = 0; i < r->pending; i++)
		keep(r, &r->sent[i].letter);
	for (i = 0; i < r->stay_count; i++)
		if (mq_share_acknowledge(r->share, &r->stays[i],
			MQ_RELEASE_UNCOUNTED, 0, &e) == -1)
			topic_tell(&r->status, &e);
}

/* The dead-letter topic, up to its end as it stands now. */
static struct mq_subscription
subscription(const struct redrive *r)
{
	struct mq_subscription sub = { .topic = &r->from,
		.topic_count = 1,
		.partition = r->o->partition,
		.partition_count = r->o->partition_count,
		.stop_at_end = 1 };

	return sub;
}

static struct mq_share *
open_share(const struct redrive *r)
{
	struct mq_subscription sub = subscription(r);
	struct mq_conf *conf = mq_conf_new(MQ_SHARE_CONF);
	struct mq_share *s;
	struct mq_err e;

	if (conf == NULL)
		cmd_die(CMD_IO, "out of memory");
	group_set(conf, "acks", "all");
	group_set(conf, "max.poll.records", "100");
	group_set(conf, "group.share.delivery.count.limit", GROUP_NO_LIMIT);
	group_set(conf, "group.share.partition.max.record.locks", "1048576");
	group_set(conf, "group.share.record.lock.duration.ms", LOCK_MS);
	if ((s = mq_share_new(r->mq, r->o->operand[0], conf, &sub, &e)) == NULL)
		cmd_fail(&e);
	mq_conf_free(conf);
	return s;
}

/* ---- looking at them ---------------------------------------------------------- */

static int
consider(const struct mq_share_peeked *k, void *arg)
{
	struct redrive *r = arg;
	struct letter l;
	struct sent s = { .letter.record = k->record };

	if (k->state != MQ_RECORD_AVAILABLE || r->moved == r->o->count)
		return 0;
	if (address(r, &k->record, &l, &s)) {
		print(r, &s);
		r->moved++;
	}
	return 0;
}

static void
consider_all(struct redrive *r, const struct mq_share_partition_info **part)
{
	struct mq_err e;

	for (; *part != NULL; part++)
		if (mq_share_peek(r->mq, r->o->operand[0], r->from,
			(*part)->partition, consider, r, &e) == -1)
			topic_tell(&r->status, &e);
}

/* A group that nobody has read in would begin at the start. */
static void
consider_topic(struct redrive *r)
{
	struct mq_subscription sub = subscription(r);
	struct mq_share_peeked k = { .state = MQ_RECORD_AVAILABLE };
	struct mq_consumer *c;
	struct mq_err e;
	int rc;

	if ((c = mq_consumer_new(r->mq, NULL, &sub, &e)) == NULL)
		cmd_fail(&e);
	while ((rc = mq_consumer_poll(c, &k.record, 0, &e)) == MQ_POLL_RECORD)
		(void)consider(&k, r);
	if (rc == -1)
		topic_tell(&r->status, &e);
	mq_consumer_free(c);
}

/* Moves them, or looks at them; what the group cannot do ends the program. */
static void
redrive(struct redrive *r, int is_new)
{
	const struct mq_share_partition_info **parts;
	struct group g;

	if (!is_new) {
		group_get_share(r->mq, r->o->operand[0], &g);
		parts = group_parts(&g, r->o);
		if (r->o->dry_run)
			consider_all(r, parts);
		free(parts);
		group_free(&g);
	} else if (r->o->dry_run)
		consider_topic(r);
	if (r->o->dry_run)
		return;
	mq_set_wakeup(r->mq, signals_catch());
	r->share = open_share(r);
	move_all(r);
	give_back(r);
	mq_share_free(r->share);
}

/* There is no such group yet, but a topic for it. */
static int
is_new_group(const struct redrive *r)
{
	struct mq_topic *t;
	struct mq_err e;

	if (mq_group_type(r->mq, r->o->operand[0], &e) != 0)
		return 0;
	t = mq_topic_get(r->mq, r->from, &e);
	mq_topic_free(t);
	return t != NULL;
}

static void
finish(struct redrive *r)
{
	const char *plural = r->before == 1 ? " was" : "s were";

	if (r->before != 0) {
		cmd_say("%lld letter%s redriven before; --max-redrives %lld "
			"moves %s",
		    (long long)r->before, plural, (long long)r->most + 1,
		    r->before == 1 ? "it" : "them");
		if (r->status == CMD_OK)
			r->status = CMD_PARTLY;
	}
	if (r->o->verbose && !r->o->dry_run)
		cmd_say("%lld letter%s moved",
		    (long long)(r->moved - (int64_t)r->pending),
		    r->moved == 1 ? "" : "s");
	destination_free(&r->to);
	free(r->stays);
	letter_inside_free(&r->inside);
}

int
group_redrive(const struct group_options *options)
{
	struct group_options o = *options;
	struct redrive r = { .o = &o };
	int is_new;

	if (o.topic == NULL)
		o.topic = o.operand[0];
	if (o.to != NULL && strcmp(o.to, o.topic) == 0)
		cmd_usage("--to: topic %s is the one that is read", o.to);
	r.from = o.topic;
	r.mq = r.to.mq = cmd_open(o.target, 0);
	is_new = is_new_group(&r);
	if (o.to != NULL && destination_find(&r.to, o.to) == 0 &&
	    r.to.list[0].partitions == 0)
		cmd_fail(&r.to.list[0].err);
	table_start(&r.table, HEADS);
	redrive(&r, is_new);
	table_print(&r.table);
	finish(&r);
	mq_close(r.mq);
	if (signals_came() != 0)
		signals_die();
	return r.status;
}
