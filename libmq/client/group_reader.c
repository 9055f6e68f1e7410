/* SPDX-License-Identifier: ISC */
#include "client/group_reader.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fail.h"
#include "client/conf.h"
#include "client/consumer.h"
#include "client/group_dir.h"

static void
remove_source(struct mq_consumer *c, struct mq_source *s)
{
	struct mq_sources *ss = &c->sources;
	size_t i;

	mq_consumer_drop(c, s);
	for (i = 0; i < ss->count; i++)
		if (ss->source[i] == s)
			break;
	mq_sources_remove(ss, i);
	if (c->turn >= ss->count)
		c->turn = 0;
}

/* Lets go of what the newest assignment gives to others. */
static void
revoke(struct mq_consumer *c)
{
	struct mq_group_reader *g = c->group;
	struct mq_member *m = &g->member;
	struct mq_source *s;
	size_t i;

	for (i = m->owned_count; i-- > 0;) {
		if (m->owned[i].keep)
			continue;
		s = mq_sources_find(&c->sources, m->owned[i].topic,
		    m->owned[i].partition);
		/* While it is still the owner: the last chance to commit. */
		if (s != NULL && g->revoked != NULL)
			g->revoked(s->topic, s->partition.number, g->arg);
		if (s != NULL)
			remove_source(c, s);
		mq_member_release(m, i);
	}
}

/*
 * Where it starts on a partition: the offset, or where nothing is committed -1,
 * where -o (or nothing) says, -2 at the end; -3 with the error.
 */
static int64_t
start_of(const struct mq_consumer *c, const struct mq_source *s,
    const struct mq_group_offset *committed, struct mq_err *err)
{
	struct mq_position from = { MQ_POSITION_STORED, 0 }, until;

	if (committed != NULL)
		return committed->offset;
	if (c->sources.ranges != NULL &&
	    mq_ranges_get(c->sources.ranges, s->partition.number, &from,
		&until) == 0)
		return -1;
	if (from.kind != MQ_POSITION_STORED || c->reset == 'e')
		return -1;
	if (c->reset == 'l')
		return -2;
	(void)mq_fail(err, MQ_OFFSET_OUT_OF_RANGE,
	    "group %s has committed nothing of topic %s, partition %d, and "
	    "auto.offset.reset is none",
	    c->group->member.group, s->topic, (int)s->partition.number);
	return -3;
}

/* Of a topic that a pattern found, and that is deleted, an event tells. */
static int
forgiven(const struct mq_consumer *c, const struct mq_err *err)
{
	return c->sources.wanted.patterns &&
	    err->code == MQ_UNKNOWN_TOPIC_OR_PARTITION;
}

/* Opens the partitions that it has come to own. */
static int
open_owned(struct mq_consumer *c, struct mq_err *err)
{
	struct mq_group_reader *g = c->group;
	struct mq_owned *o;
	size_t i;

	g->waits = 0;
	for (i = 0; i < g->member.owned_count; i++) {
		o = &g->member.owned[i];
		if (o->lock == -1)
			g->waits = 1;
		else if (mq_sources_find(&c->sources, o->topic, o->partition) ==
			NULL &&
		    mq_sources_add(&c->sources, o->topic, o->partition, err) ==
			-1 &&
		    !forgiven(c, err))
			return -1;
	}
	return 0;
}

/* Starts on source i: 1, 0 it is gone, -1. */
static int
begin(struct mq_consumer *c, size_t i, const struct mq_group_offsets *os,
    struct mq_err *err)
{
	struct mq_source *s = c->sources.source[i];
	const struct mq_group_offset *committed =
	    mq_group_offsets_find(os, s->topic, s->partition.number);
	int64_t from = start_of(c, s, committed, err);

	if (from == -3)
		return -1;
	if (mq_sources_start(&c->sources, i, from, err) == -1)
		return forgiven(c, err) ? 0 : -1;
	s->committed = committed != NULL ? from : -1;
	return 1;
}

/* Starts on the partitions that it has come to own. */
static int
take(struct mq_consumer *c, struct mq_err *err)
{
	struct mq_group_reader *g = c->group;
	struct mq_sources *ss = &c->sources;
	struct mq_group_offsets os = { NULL, 0 };
	size_t i = ss->count;
	int rc = open_owned(c, err), began;

	/*
	 * After the locks: the owner before it has committed by now.  And after
	 * they were opened: what was committed of a topic that was deleted, of
	 * which this may be the next, is forgotten by now.
	 */
	if (rc == 0 && i != ss->count)
		rc = mq_offsets_load_unflushed(g->member.mq, g->member.group,
		    &os, err);
	while (rc == 0 && i < ss->count) {
		if ((began = begin(c, i, &os, err)) == -1)
			rc = -1;
		else
			i += (size_t)began;
	}
	/* What has not begun is taken up again. */
	while (rc == -1 && i < ss->count)
		mq_sources_remove(ss, ss->count - 1);
	mq_group_offsets_free(&os);
	return rc;
}

static void
schedule(struct mq_group_reader *g, struct mq_sources *ss)
{
	int64_t ms = mq_member_retry_ms(&g->member);

	ss->look_ms = ms;
	g->look_at_ms = ms == -1 ? -1 : mq_clock_mono_ms() + ms;
}

/* Does what the group's newest assignment says. */
static int
follow(struct mq_consumer *c, struct mq_err *err)
{
	struct mq_group_reader *g = c->group;
	char **topics = mq_sources_topics(&c->sources, err);
	int rc;

	if (topics == NULL)
		return -1;
	rc = mq_member_update(&g->member, topics, err);
	mq_names_free(topics);
	if (rc == -1)
		return -1;
	revoke(c);
	schedule(g, &c->sources);
	return take(c, err);
}

int
mq_group_reader_update(struct mq_consumer *c, struct mq_err *err)
{
	struct mq_group_reader *g = c->group;
	struct mq_sources *ss = &c->sources;

	if (mq_sources_told(ss, err) == -1)
		return -1;
	if (ss->group_changed)
		g->member.retries = 0;
	else if (g->look_at_ms == -1 || mq_clock_mono_ms() < g->look_at_ms)
		return 0;
	ss->group_changed = 0;
	if (follow(c, err) == 0)
		return 0;
	/* What it was about is still to be done. */
	ss->group_changed = 1;
	return -1;
}

int
mq_group_reader_waits(const struct mq_group_reader *g)
{
	return g->waits;
}

static int
start(struct mq_consumer *c, const struct mq_conf *conf,
    const struct mq_subscription *sub, struct mq_err *err)
{
	struct mq_group_reader *g = c->group;
	enum mq_assignor strategy;

	g->sync = mq_conf_acks_all(conf, "all");
	mq_offsets_init(&g->offsets, c->mq);
	if (mq_assignor_parse(mq_conf_text(conf,
				  "partition.assignment.strategy", "range"),
		&strategy, err) == -1 ||
	    mq_member_join(&g->member, c->mq, sub->group, strategy, err) == -1)
		return -1;
	if (mq_sources_watch_group(&c->sources, sub->group, err) == -1)
		return -1;
	c->sources.group_changed = 1;
	return mq_group_reader_update(c, err);
}

int
mq_group_reader_join(struct mq_consumer *c, const struct mq_conf *conf,
    const struct mq_subscription *sub, struct mq_err *err)
{
	if ((c->group = calloc(1, sizeof(*c->group))) == NULL)
		return mq_fail_memory(err);
	return start(c, conf, sub, err);
}

void
mq_group_reader_leave(struct mq_consumer *c)
{
	struct mq_group_reader *g = c->group;

	if (g == NULL)
		return;
	mq_member_leave(&g->member);
	mq_offsets_free(&g->offsets);
	free(g->list);
	free(g);
	c->group = NULL;
}

void
mq_consumer_on_revoke(struct mq_consumer *c,
    void (*revoked)(const char *topic, int32_t partition, void *arg), void *arg)
{
	if (c->group == NULL)
		return;
	c->group->revoked = revoked;
	c->group->arg = arg;
}

/* Adds one to the commit; list has room. */
static void
put(struct mq_consumer *c, size_t n, const struct mq_source *s, int64_t offset)
{
	struct mq_group_reader *g = c->group;
	struct mq_committed_offset *o = &g->list[n];

	(void)memset(o, 0, sizeof(*o));
	o->group.data = g->member.group;
	o->group.len = strlen(g->member.group);
	o->topic.data = s->topic;
	o->topic.len = strlen(s->topic);
	o->partition = s->partition.number;
	o->offset = offset;
	/* That of the record before it is known where that is the last one. */
	o->leader_epoch = offset == mq_consumer_position(c, s) ? s->epoch : -1;
	o->commit_ms = mq_clock_wall_ms();
}

static int
make_room(struct mq_group_reader *g, size_t n, struct mq_err *err)
{
	void *list;

	if (n <= g->list_cap)
		return 0;
	if ((list = reallocarray(g->list, n, sizeof(*g->list))) == NULL)
		return mq_fail_memory(err);
	g->list = list;
	g->list_cap = n;
	return 0;
}

/*
 * Whether it is at a place that a commit can name: one that it began at counts,
 * or a group that begins at the end would begin there for ever.  One that may
 * be out of range does not.
 */
static int
is_placed(const struct mq_source *s)
{
	return s->delivered || !s->unchecked;
}

/* Commits n of the list. */
static int
commit(struct mq_group_reader *g, size_t n, struct mq_err *err)
{
	if (mq_offsets_commit(&g->offsets, g->list, n, err) == 0)
		return 0;
	return mq_fail_context(err, "group %s", g->member.group);
}

int
mq_consumer_commit_flush(struct mq_consumer *c, struct mq_err *err)
{
	struct mq_group_reader *g = c->group;
	size_t i;

	if (g == NULL || !g->sync || mq_offsets_flush(&g->offsets, err) == 0)
		return 0;
	/* Any of it may be lost: the next one commits it anew. */
	for (i = 0; i < c->sources.count; i++)
		c->sources.source[i]->committed = -1;
	return mq_fail_context(err, "group %s", g->member.group);
}

/* The offsets that are to be committed: their number. */
static size_t
put_all(struct mq_consumer *c)
{
	struct mq_sources *ss = &c->sources;
	struct mq_source *s;
	size_t i, n = 0;
	int64_t at;

	for (i = 0; i < ss->count; i++) {
		s = ss->source[i];
		at = mq_consumer_position(c, s);
		if (at == s->committed || !is_placed(s))
			continue;
		/* Nothing is kept for a topic of its name to come. */
		if (mq_source_is_gone(s))
			s->committed = at;
		else
			put(c, n++, s, at);
	}
	return n;
}

/*
 * What was committed: of topics that were deleted since put_all it is to be
 * forgotten, or one of that name that was made since would begin there.  Nobody
 * else commits of them: this is the owner.
 */
static size_t
put_gone(struct mq_consumer *c)
{
	struct mq_sources *ss = &c->sources;
	struct mq_source *s;
	size_t i, n = 0;
	int64_t at;

	for (i = 0; i < ss->count; i++) {
		s = ss->source[i];
		at = mq_consumer_position(c, s);
		if (at == s->committed || !is_placed(s))
			continue;
		s->committed = at;
		if (mq_source_is_gone(s))
			put(c, n++, s, -1);
	}
	return n;
}

int
mq_consumer_commit(struct mq_consumer *c, struct mq_err *err)
{
	struct mq_group_reader *g = c->group;

	if (g == NULL)
		return mq_fail(err, MQ_INVALID_GROUP_ID,
		    "a consumer without a group has nothing to commit to");
	if (make_room(g, c->sources.count, err) == -1 ||
	    commit(g, put_all(c), err) == -1 ||
	    commit(g, put_gone(c), err) == -1)
		return -1;
	return mq_consumer_commit_flush(c, err);
}

int
mq_consumer_commit_offset_async(struct mq_consumer *c, const char *topic,
    int32_t partition, int64_t offset, struct mq_err *err)
{
	struct mq_group_reader *g = c->group;
	struct mq_source *s =
	    g != NULL ? mq_sources_find(&c->sources, topic, partition) : NULL;

	if (s == NULL)
		return mq_fail(err, MQ_UNKNOWN_MEMBER_ID,
		    "topic %s, partition %d is not read here any more", topic,
		    (int)partition);
	if (mq_source_is_gone(s))
		return 0;
	if (make_room(g, 1, err) == -1)
		return -1;
	put(c, 0, s, offset);
	if (commit(g, 1, err) == -1)
		return -1;
	s->committed = offset;
	/* As in put_gone. */
	if (!mq_source_is_gone(s))
		return 0;
	put(c, 0, s, -1);
	return commit(g, 1, err);
}

int
mq_consumer_commit_offset(struct mq_consumer *c, const char *topic,
    int32_t partition, int64_t offset, struct mq_err *err)
{
	if (mq_consumer_commit_offset_async(c, topic, partition, offset, err) ==
	    -1)
		return -1;
	return mq_consumer_commit_flush(c, err);
}
