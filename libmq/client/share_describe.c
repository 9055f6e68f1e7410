/* SPDX-License-Identifier: ISC */
/* Tells how far a share group is, and who holds what. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fail.h"
#include "base/io.h"
#include "client/share_view.h"

/* The entry of a run's holder, which is added where it is not there. */
static struct mq_share_holding *
holding_of(struct mq_share_partition_info *info, int dir,
    const struct mq_share_range *r, struct mq_err *err)
{
	struct mq_share_holder_info who;
	struct mq_share_holding *h;
	size_t i, n = info->holding_count;

	for (i = 0; i < n; i++)
		if (info->holding[i].holder == r->holder)
			return &info->holding[i];
	if (mq_share_holder_look(dir, r->holder, &who, err) == -1)
		return NULL;
	if ((h = reallocarray(info->holding, n + 1, sizeof(*h))) == NULL) {
		(void)mq_fail_memory(err);
		return NULL;
	}
	info->holding = h;
	info->holding_count++;
	(void)memset(&h[n], 0, sizeof(*h));
	h[n].holder = r->holder;
	h[n].until_ms = r->until_ms;
	h[n].pid = who.pid;
	(void)snprintf(h[n].host, sizeof(h[n].host), "%s", who.host);
	return &h[n];
}

static int
add_holding(struct mq_share_partition_info *info, int dir,
    const struct mq_share_range *r, struct mq_err *err)
{
	struct mq_share_holding *h = holding_of(info, dir, r, err);

	if (h == NULL)
		return -1;
	h->records += mq_share_range_length(r);
	if (r->until_ms < h->until_ms)
		h->until_ms = r->until_ms;
	return 0;
}

static int
fill_info(struct mq_share_partition_info *info, const struct mq_share_view *v,
    int dir, struct mq_err *err)
{
	const struct mq_share_partition *p = &v->file.p;
	const struct mq_share_range *r;
	int64_t now = mq_clock_wall_ms();
	size_t i;

	info->start_offset = p->start_offset;
	info->end_offset = p->end_offset;
	info->log_end = v->hw;
	info->lag = mq_share_partition_lag(p, v->hw);
	info->acquired = p->records[MQ_SHARE_ACQUIRED];
	info->deadline_ms = -1;
	for (i = 0; i < p->in_flight.count; i++) {
		r = &p->in_flight.at[i];
		if (r->until_ms > now &&
		    (info->deadline_ms == -1 ||
			r->until_ms < info->deadline_ms))
			info->deadline_ms = r->until_ms;
		if (r->state == MQ_SHARE_AVAILABLE && r->until_ms > now)
			info->delayed += mq_share_range_length(r);
		if (r->state == MQ_SHARE_ACQUIRED &&
		    add_holding(info, dir, r, err) == -1)
			return -1;
	}
	info->available = info->lag - info->acquired - info->delayed;
	return 0;
}

static int
describe_part(struct mq_share_group *g, struct mq *mq, int dir,
    const char *topic, int32_t partition, struct mq_err *err)
{
	struct mq_share_partition_info *info;
	struct mq_share_view v;
	int rc;

	info = reallocarray(g->partition, g->count + 1, sizeof(*info));
	if (info == NULL)
		return mq_fail_memory(err);
	g->partition = info;
	info += g->count++;
	(void)memset(info, 0, sizeof(*info));
	info->partition = partition;
	if ((info->topic = strdup(topic)) == NULL)
		return mq_fail_memory(err);
	if (mq_share_view_load(&v, mq, dir, topic, partition, err) == -1)
		return -1;
	rc = fill_info(info, &v, dir, err);
	mq_share_view_close(&v);
	return rc;
}

static int
by_name(const void *a, const void *b)
{
	const struct mq_share_partition_info *x = a, *y = b;
	int c = strcmp(x->topic, y->topic);

	return c != 0 ?
	    c :
	    (x->partition > y->partition) - (x->partition < y->partition);
}

/* The partitions that have a file, of topics that are there. */
static int
describe_files(struct mq_share_group *g, struct mq *mq, int dir,
    const char *but, struct mq_err *err)
{
	struct mq_topic_file file;
	struct mq_io_names names;
	struct mq_err ignored;
	int32_t partition;
	size_t i;
	int rc = 0;

	if (mq_io_list(dir, &names) == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
		    "the group's directory");
	for (i = 0; i < names.count && rc == 0; i++) {
		if (!mq_share_file_parse(names.name[i], &partition) ||
		    (but != NULL && strcmp(names.name[i], but) == 0) ||
		    mq_topic_file_read(mq->store.dir, names.name[i], &file,
			&ignored) == -1 ||
		    partition >= file.partitions)
			continue;
		rc = describe_part(g, mq, dir, names.name[i], partition, err);
	}
	mq_io_names_free(&names);
	return rc;
}

/* A queue's group reads all of its partitions. */
static int
describe_queue(struct mq_share_group *g, struct mq *mq, int dir,
    const char *topic, struct mq_err *err)
{
	struct mq_topic_file file;
	int32_t i;

	if (mq_topic_file_read(mq->store.dir, topic, &file, err) == -1)
		return -1;
	for (i = 0; i < file.partitions; i++)
		if (describe_part(g, mq, dir, topic, i, err) == -1)
			return -1;
	return 0;
}

/* Who is in it. */
static int
add_members(struct mq_share_group *g, int dir, struct mq_err *err)
{
	struct mq_share_holder_info *list;
	struct mq_share_member *m;
	size_t i, n;

	if (mq_share_holder_list(dir, &list, &n, err) == -1)
		return -1;
	g->member = calloc(n + 1, sizeof(*g->member));
	for (i = 0; g->member != NULL && i < n; i++) {
		m = &g->member[g->member_count++];
		m->holder = list[i].number;
		m->pid = list[i].pid;
		(void)snprintf(m->host, sizeof(m->host), "%s", list[i].host);
	}
	free(list);
	if (g->member == NULL)
		return mq_fail_memory(err);
	g->state = n != 0 ? "Stable" : "Empty";
	return 0;
}

struct mq_share_group *
mq_share_describe(struct mq *mq, const char *group, struct mq_err *err)
{
	struct mq_share_group *g;
	int dir, queue, rc = 0;

	if (mq_share_group_open(mq, group, &dir, err) == -1)
		return NULL;
	queue = mq_share_is_queue(mq, group);
	if ((g = calloc(1, sizeof(*g))) == NULL)
		rc = mq_fail_memory(err);
	else if (queue)
		rc = describe_queue(g, mq, dir, group, err);
	if (g != NULL && rc == 0 && dir != -1)
		rc = describe_files(g, mq, dir, queue ? group : NULL, err);
	if (g != NULL)
		g->state = "Empty";
	if (g != NULL && rc == 0 && dir != -1)
		rc = add_members(g, dir, err);
	if (dir != -1)
		(void)mq_io_close(dir);
	if (g == NULL || rc == -1) {
		(void)mq_fail_context(err, "group %s", group);
		mq_share_group_free(g);
		return NULL;
	}
	if (g->count != 0)
		qsort(g->partition, g->count, sizeof(*g->partition), by_name);
	return g;
}

void
mq_share_group_free(struct mq_share_group *g)
{
	size_t i;

	if (g == NULL)
		return;
	for (i = 0; i < g->count; i++) {
		free(g->partition[i].topic);
		free(g->partition[i].holding);
	}
	free(g->partition);
	free(g->member);
	free(g);
}
