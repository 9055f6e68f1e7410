/* SPDX-License-Identifier: ISC */
/*
 * mq-group accept, release and reject: what became of records that mq-consume
 * --hold has left to a script.
 */
#include <string.h>

#include "group.h"
#include "topic.h"

/* Told of what is given up by it. */
static void
told(const struct mq_share_event *e, void *arg)
{
	const struct group_options *const *at = arg;
	const struct group_options *o = *at;
	const char *became = "dropped";

	if (e->kind == MQ_SHARE_LATE || o->quiet)
		return;
	if (e->kind == MQ_SHARE_DEAD) {
		if (!o->verbose)
			return;
		became = "in the dead-letter topic";
	}
	cmd_say("topic %s, partition %d, offset %lld: %s, after %d %s%s",
	    e->topic, (int)e->partition, (long long)e->first, became,
	    e->delivery_count,
	    e->delivery_count == 1 ? "delivery" : "deliveries",
	    e->rejected ? "" : ", which is the limit");
}

/* All of them read as ids, or the program ends. */
static void
check_ids(const struct group_options *o)
{
	char topic[MQ_TOPIC_MAX + 1], *const *id;
	struct mq_share_record r;
	struct mq_err e;

	for (id = o->operand + 1; *id != NULL; id++) {
		if (mq_share_id_parse(*id, topic, &r, &e) == -1)
			cmd_usage("%s", e.text);
		if (o->dlq != NULL && strcmp(o->dlq, topic) == 0)
			cmd_usage("--dlq: topic %s cannot be its own "
				  "dead-letter topic",
			    topic);
	}
}

/*
 * What is acknowledged is on disk.  Only a release gives up what is at the
 * limit; the others leave that, of the records beside theirs too, to those who
 * read in the group.
 */
static struct mq_conf *
settings(const struct group_options *o, enum mq_acknowledge what)
{
	struct mq_conf *conf = mq_conf_new(MQ_SHARE_CONF);

	if (conf == NULL)
		cmd_die(CMD_IO, "out of memory");
	group_set(conf, "acks", "all");
	if (o->dlq != NULL)
		group_set(conf, "errors.deadletterqueue.topic.name", o->dlq);
	if (what != MQ_RELEASE)
		group_set(conf, "group.share.delivery.count.limit",
		    GROUP_NO_LIMIT);
	else if (o->max_deliveries != NULL)
		group_set(conf, "group.share.delivery.count.limit",
		    o->max_deliveries);
	return conf;
}

/* Each has its turn; what is wrong with one is told. */
static int
say_all(struct mq_share *s, const struct group_options *o,
    enum mq_acknowledge what)
{
	int status = CMD_OK, said = 0;
	char *const *id;
	struct mq_err e;

	for (id = o->operand + 1; *id != NULL; id++) {
		if (mq_share_acknowledge_id(s, *id, what, o->delay_ms, &e) ==
		    0) {
			said++;
			continue;
		}
		cmd_say("%s", e.text);
		if (status == CMD_OK)
			status = e.code == MQ_INVALID_RECORD_STATE ?
			    CMD_PARTLY :
			    cmd_status(&e);
	}
	if (o->verbose)
		cmd_say("group %s: %d record%s %s", o->operand[0], said,
		    said == 1 ? "" : "s",
		    what == MQ_ACCEPT	  ? "accepted" :
			what == MQ_REJECT ? "rejected" :
					    "released");
	return status;
}

static int
acknowledge(const struct group_options *o, enum mq_acknowledge what)
{
	struct mq_conf *conf;
	struct mq_share *s;
	struct mq_err e;
	struct group g;
	struct mq *mq;
	int status;

	check_ids(o);
	mq = cmd_open(o->target, 0);
	group_get_share(mq, o->operand[0], &g);
	conf = settings(o, what);
	if ((s = mq_share_new(mq, o->operand[0], conf, NULL, &e)) == NULL)
		cmd_fail(&e);
	mq_conf_free(conf);
	mq_share_notify(s, told, &o);
	status = say_all(s, o, what);
	mq_share_free(s);
	group_free(&g);
	mq_close(mq);
	return status;
}

int
group_accept(const struct group_options *o)
{
	return acknowledge(o, MQ_ACCEPT);
}

int
group_release(const struct group_options *o)
{
	return acknowledge(o, MQ_RELEASE);
}

int
group_reject(const struct group_options *o)
{
	return acknowledge(o, MQ_REJECT);
}
