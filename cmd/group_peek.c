/* SPDX-License-Identifier: ISC */
/* mq-group peek. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "group.h"
#include "json.h"
#include "topic.h"

#define MEMBERS (MQ_SHARE_ID + 128) /* of JSON, for a record's state */

struct peek {
	const struct group_options *o;
	struct table table;
	struct out line;
	int64_t shown;
	int64_t in_state[3]; /* enum mq_record_state */
};

static const char *const states[] = {
	[MQ_RECORD_AVAILABLE] = "Available",
	[MQ_RECORD_ACQUIRED] = "Acquired",
	[MQ_RECORD_DELAYED] = "Delayed",
};

static int64_t
until(const struct mq_share_peeked *k)
{
	return k->state == MQ_RECORD_AVAILABLE ? -1 : k->until_ms;
}

static void
row(struct table *t, const struct mq_share_peeked *k)
{
	table_text(t, k->record.topic);
	table_number(t, k->record.partition);
	table_number(t, k->record.offset);
	table_text(t, states[k->state]);
	table_number(t, k->delivery_count);
	table_number(t, until(k));
	group_table_bytes(t, &k->record.key);
	group_table_bytes(t, &k->record.value);
	table_drain(t);
}

/* The record as mq-consume prints it, with what a group knows of it. */
static void
json_line(struct out *line, const struct mq_share_peeked *k)
{
	struct mq_share_record held = { .record = k->record,
		.holder = k->holder };
	char members[MEMBERS], id[MQ_SHARE_ID];
	int n;

	n = snprintf(members, sizeof(members),
	    ",\"state\":\"%s\",\"delivery_count\":%d,\"until\":%lld",
	    states[k->state], k->delivery_count, (long long)until(k));
	if (k->state == MQ_RECORD_ACQUIRED) {
		mq_share_id(&held, id);
		(void)snprintf(members + n, sizeof(members) - (size_t)n,
		    ",\"id\":\"%s\"", id);
	}
	line->len = 0;
	if (json_put_record_with(line, &k->record, members) == -1)
		cmd_die(CMD_IO, "out of memory");
	if (fwrite(line->data, 1, line->len, stdout) != line->len)
		cmd_die(CMD_IO, "standard output: %s", strerror(errno));
}

static int
show(const struct mq_share_peeked *k, void *arg)
{
	struct peek *p = arg;

	if (p->shown == p->o->count)
		return 1;
	if (p->o->json)
		json_line(&p->line, k);
	else
		row(&p->table, k);
	p->in_state[k->state]++;
	return ++p->shown == p->o->count;
}

static void
summary(const struct peek *p)
{
	cmd_say("%lld record%s: %lld available, %lld acquired, %lld delayed",
	    (long long)p->shown, p->shown == 1 ? "" : "s",
	    (long long)p->in_state[MQ_RECORD_AVAILABLE],
	    (long long)p->in_state[MQ_RECORD_ACQUIRED],
	    (long long)p->in_state[MQ_RECORD_DELAYED]);
}

int
group_peek(const struct group_options *o)
{
	const struct mq_share_partition_info **parts, **part;
	struct mq *mq = cmd_open(o->target, 0);
	struct peek p = { .o = o };
	int status = CMD_OK;
	struct mq_err e;
	struct group g;

	group_get_share(mq, o->operand[0], &g);
	parts = group_parts(&g, o);
	out_init(&p.line, -1);
	table_start(&p.table,
	    "TOPIC #PARTITION #OFFSET STATE #DELIVERIES #UNTIL KEY VALUE");
	for (part = parts; *part != NULL && p.shown != o->count; part++)
		if (mq_share_peek(mq, g.name, (*part)->topic,
			(*part)->partition, show, &p, &e) == -1)
			topic_tell(&status, &e);
	table_print(&p.table);
	if (o->verbose)
		summary(&p);
	out_free(&p.line);
	free(parts);
	group_free(&g);
	mq_close(mq);
	return status;
}
