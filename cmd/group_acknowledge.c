/* SPDX-License-Identifier: ISC */
/*
 * mq-group accept, release and reject: what became of records that mq-consume
 * --hold has left to a script.
 */
#include <string.h>

#include <jansson.h>

#include "group.h"
#include "topic.h"

struct words {
	const struct group_options *o;
	const struct group *group; /* as it stood */
	enum mq_acknowledge what;
	const char *became; /* of the record at hand, or NULL */
	int status;
};

/* Told of what is given up by it. */
static void
told(const struct mq_share_event *e, void *arg)
{
	struct words *w = arg;
	int dropped = e->kind == MQ_SHARE_DROPPED;

	if (e->kind == MQ_SHARE_LATE)
		return;
	w->became = dropped ? "dropped" : "dead";
	if (!dropped && w->o->quiet)
		return;
	cmd_say("topic %s, partition %d, offset %lld: delivery %d: %s",
	    e->topic, (int)e->partition, (long long)e->first, e->delivery_count,
	    dropped ? "it is dropped" : "it is a dead letter");
	/* That was not what was asked for. */
	if (dropped && w->what != MQ_REJECT)
		w->status = CMD_PARTLY;
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
 * What is acknowledged is on disk.  Nothing is given up that is not named, and
 * what is named only where a limit is, too: else that is for those who read.
 */
static struct mq_conf *
settings(const struct group_options *o)
{
	struct mq_conf *conf = mq_conf_new(MQ_SHARE_CONF);

	if (conf == NULL)
		cmd_die(CMD_IO, "out of memory");
	group_set(conf, "acks", "all");
	if (o->dlq != NULL)
		group_set(conf, "errors.deadletterqueue.topic.name", o->dlq);
	group_set(conf, "group.share.delivery.count.limit",
	    o->max_deliveries != NULL ? o->max_deliveries : GROUP_NO_LIMIT);
	return conf;
}

static void
print_json(const struct words *w, const char *id)
{
	static const char *const done[] = { [MQ_ACCEPT] = "accepted",
		[MQ_RELEASE] = "released",
		[MQ_REJECT] = "rejected" };
	char topic[MQ_TOPIC_MAX + 1];
	struct mq_share_record r;
	struct mq_err ignored;
	json_t *line = json_object();

	(void)mq_share_id_parse(id, topic, &r, &ignored);
	group_json_name(line, "group", w->o->operand[0]);
	(void)json_object_update_new(line,
	    json_pack("{s:s, s:s, s:i, s:I, s:s}", "id", id, "topic", topic,
		"partition", (int)r.record.partition, "offset",
		(json_int_t)r.record.offset, "became",
		w->became != NULL ? w->became : done[w->what]));
	group_json_print(line);
}

/* One that was held once came too late; of others there is nothing to be had. */
static int
status_of(const struct words *w, const char *id, const struct mq_err *e)
{
	char topic[MQ_TOPIC_MAX + 1];
	struct mq_share_record r;
	struct mq_err ignored;

	if (e->code != MQ_INVALID_RECORD_STATE)
		return cmd_status(e);
	(void)mq_share_id_parse(id, topic, &r, &ignored);
	return group_offset(w->group, topic, r.record.partition) == -1 ?
	    CMD_UNAVAILABLE :
	    CMD_PARTLY;
}

/* Each has its turn; what is wrong with one is told. */
static int
say_all(struct mq_share *s, struct words *w)
{
	int said = 0;
	char *const *id;
	struct mq_err e;

	for (id = w->o->operand + 1; *id != NULL; id++) {
		w->became = NULL;
		if (mq_share_acknowledge_id(s, *id, w->what, w->o->delay_ms,
			&e) == 0) {
			said++;
			if (w->o->json)
				print_json(w, *id);
			continue;
		}
		cmd_say("%s", e.text);
		if (w->status == CMD_OK)
			w->status = status_of(w, *id, &e);
	}
	if (said != 0 && w->status != CMD_OK)
		w->status = CMD_PARTLY;
	return said;
}

static int
acknowledge(const struct group_options *o, enum mq_acknowledge what)
{
	static const char *const done[] = { [MQ_ACCEPT] = "accepted",
		[MQ_RELEASE] = "released",
		[MQ_REJECT] = "rejected" };
	struct words w = { .o = o, .what = what };
	struct mq_conf *conf;
	struct mq_share *s;
	struct mq_err e;
	struct group g;
	struct mq *mq;
	int said;

	check_ids(o);
	mq = cmd_open(o->target, 0);
	group_get_share(mq, o->operand[0], &g);
	w.group = &g;
	conf = settings(o);
	if ((s = mq_share_new(mq, o->operand[0], conf, NULL, &e)) == NULL)
		cmd_fail(&e);
	mq_conf_free(conf);
	mq_share_notify(s, told, &w);
	said = say_all(s, &w);
	if (o->verbose)
		cmd_say("group %s: %d record%s %s", g.name, said,
		    said == 1 ? "" : "s", done[what]);
	mq_share_free(s);
	group_json_end();
	group_free(&g);
	mq_close(mq);
	return w.status;
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
