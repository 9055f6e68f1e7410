/* SPDX-License-Identifier: ISC */
#include "client/offsets.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fail.h"
#include "log/append.h"
#include "log/flush.h"
#include "log/reader.h"

#define SEGMENT "1048576" /* bytes: what a group reads when it starts */

void
mq_offsets_init(struct mq_offsets *o, struct mq *mq)
{
	(void)memset(o, 0, sizeof(*o));
	o->mq = mq;
}

void
mq_offsets_free(struct mq_offsets *o)
{
	if (o->is_open)
		mq_partition_close(&o->partition);
	mq_batch_builder_free(&o->batch);
	mq_buf_free(&o->names);
	mq_offsets_init(o, o->mq);
}

static int
create(struct mq *mq, struct mq_err *err)
{
	struct mq_conf *conf = mq_conf_new(MQ_TOPIC_CONF);
	int rc;

	if (conf == NULL)
		return mq_fail_memory(err);
	rc = mq_conf_set(conf, "cleanup.policy", "compact", err);
	if (rc == 0)
		rc = mq_conf_set(conf, "segment.bytes", SEGMENT, err);
	if (rc == 0)
		rc = mq_topic_create(mq, MQ_COMMITTED_TOPIC, 1, conf, err);
	if (rc == -1 && err->code == MQ_TOPIC_ALREADY_EXISTS)
		rc = 0;
	mq_conf_free(conf);
	return rc;
}

static int
open_log(struct mq_offsets *o, struct mq_err *err)
{
	int rc;

	if (o->is_open)
		return 0;
	rc = mq_client_partition(o->mq, MQ_COMMITTED_TOPIC, 0, &o->partition,
	    err);
	if (rc == -1 && err->code == MQ_UNKNOWN_TOPIC_OR_PARTITION &&
	    create(o->mq, err) == 0)
		rc = mq_client_partition(o->mq, MQ_COMMITTED_TOPIC, 0,
		    &o->partition, err);
	o->is_open = rc == 0;
	return rc;
}

/* One commit as a record of the batch. */
static int
add(struct mq_offsets *o, const struct mq_committed_offset *c,
    struct mq_err *err)
{
	struct mq_record r;
	int rc;

	(void)memset(&r, 0, sizeof(r));
	o->names.len = 0;
	if (mq_committed_key(&o->names, c, err) == -1)
		return -1;
	r.key.len = o->names.len;
	if (c->offset >= 0 && mq_committed_value(&o->names, c, err) == -1)
		return -1;
	r.key.data = o->names.data;
	r.value.len = o->names.len - r.key.len;
	if (c->offset >= 0)
		r.value.data = o->names.data + r.key.len;
	r.timestamp = c->commit_ms;
	rc = mq_batch_builder_add(&o->batch, &r, err);
	return rc == 1 ? mq_fail(err, MQ_MESSAGE_TOO_LARGE,
			     "too many offsets in one commit") :
			 rc;
}

int
mq_offsets_commit(struct mq_offsets *o, const struct mq_committed_offset *c,
    size_t count, struct mq_err *err)
{
	int64_t base;
	uint8_t *data;
	size_t size, i;

	if (count == 0)
		return 0;
	if (open_log(o, err) == -1)
		return -1;
	o->batch.limit = (size_t)o->partition.config.max_message_bytes;
	mq_batch_builder_reset(&o->batch);
	for (i = 0; i < count; i++)
		if (add(o, &c[i], err) == -1)
			return -1;
	if (mq_batch_builder_finish(&o->batch, &data, &size, err) == -1 ||
	    mq_append(&o->partition, data, size, &base, err) == -1)
		return -1;
	o->appended = base + o->batch.last_delta + 1;
	return 0;
}

int
mq_offsets_flush(struct mq_offsets *o, struct mq_err *err)
{
	int64_t upto = o->appended;

	/* What failed is given up: a later flush has nothing to say of it. */
	o->appended = 0;
	return upto == 0 ? 0 : mq_flush(&o->partition, upto, err);
}

static void
offset_free(struct mq_group_offset *o)
{
	free(o->group);
	free(o->topic);
	free(o->metadata);
}

void
mq_group_offsets_free(struct mq_group_offsets *os)
{
	size_t i;

	for (i = 0; i < os->count; i++)
		offset_free(&os->at[i]);
	free(os->at);
	os->at = NULL;
	os->count = 0;
}

static int
equal(const struct mq_bytes *b, const char *s)
{
	return strlen(s) == b->len && memcmp(s, b->data, b->len) == 0;
}

static struct mq_group_offset *
find(const struct mq_group_offsets *os, const struct mq_committed_offset *c)
{
	size_t i;

	/* The newest are looked for the most. */
	for (i = os->count; i-- > 0;)
		if (os->at[i].partition == c->partition &&
		    equal(&c->topic, os->at[i].topic) &&
		    equal(&c->group, os->at[i].group))
			return &os->at[i];
	return NULL;
}

static char *
copy(const struct mq_bytes *b)
{
	return b->data != NULL ? strndup(b->data, b->len) : strdup("");
}

/* A record of the log: the newest of its key counts. */
static int
take(struct mq_group_offsets *os, const struct mq_committed_offset *c,
    struct mq_err *err)
{
	struct mq_group_offset *o = find(os, c);
	char *metadata;

	if (c->offset < 0) {
		if (o == NULL)
			return 0;
		offset_free(o);
		*o = os->at[--os->count];
		return 0;
	}
	if (o == NULL) {
		o = reallocarray(os->at, os->count + 1, sizeof(*o));
		if (o == NULL)
			return mq_fail_memory(err);
		os->at = o;
		o += os->count;
		(void)memset(o, 0, sizeof(*o));
		o->group = copy(&c->group);
		o->topic = copy(&c->topic);
		o->partition = c->partition;
		os->count++;
		if (o->group == NULL || o->topic == NULL)
			return mq_fail_memory(err);
	}
	if ((metadata = copy(&c->metadata)) == NULL)
		return mq_fail_memory(err);
	free(o->metadata);
	o->metadata = metadata;
	o->offset = c->offset;
	o->leader_epoch = c->leader_epoch;
	o->commit_ms = c->commit_ms;
	return 0;
}

/* What is loaded: NULL stands for all. */
struct wanted {
	const char *group;
	const char *topic;
	int unflushed; /* boolean */
};

static int
take_record(struct mq_group_offsets *os, const struct wanted *w,
    const struct mq_record *r, struct mq_err *err)
{
	struct mq_committed_offset c;
	int rc = mq_committed_read_key(&r->key, &c, err);

	if (rc != 1 || (w->group != NULL && !equal(&c.group, w->group)) ||
	    (w->topic != NULL && !equal(&c.topic, w->topic)))
		return rc == -1 ? -1 : 0;
	(void)memset(&c.metadata, 0, sizeof(c.metadata));
	c.offset = -1;
	if (r->value.data != NULL &&
	    mq_committed_read_value(&r->value, &c, err) == -1)
		return -1;
	return take(os, &c, err);
}

static int
read_log(struct mq_partition *p, const struct wanted *w,
    struct mq_group_offsets *os, struct mq_err *err)
{
	struct mq_partition_tail t;
	struct mq_batch_iter it;
	struct mq_reader reader;
	struct mq_record r;
	struct mq_batch b;
	int rc;

	if (mq_partition_tail(p, &t, err) == -1)
		return -1;
	(void)memset(&it, 0, sizeof(it));
	mq_reader_init(&reader, p, t.log_start);
	reader.unflushed = w->unflushed;
	while ((rc = mq_reader_next(&reader, &b, err)) == 1) {
		rc = mq_batch_iter_init(&it, &b, err) == -1 ? -1 : 1;
		while (rc == 1 && (rc = mq_batch_iter_next(&it, &r, err)) == 1)
			if (take_record(os, w, &r, err) == -1)
				rc = -1;
		if (rc == -1) {
			(void)mq_partition_context(p, err);
			break;
		}
	}
	mq_batch_iter_free(&it);
	mq_reader_free(&reader);
	return rc;
}

static int
compare(const void *a, const void *b)
{
	const struct mq_group_offset *x = a, *y = b;
	int rc = strcmp(x->group, y->group);

	if (rc == 0)
		rc = strcmp(x->topic, y->topic);
	return rc != 0 ?
	    rc :
	    (x->partition > y->partition) - (x->partition < y->partition);
}

static int
load(struct mq *mq, const struct wanted *w, struct mq_group_offsets *os,
    struct mq_err *err)
{
	struct mq_partition p;
	int rc;

	os->at = NULL;
	os->count = 0;
	if (mq_client_partition(mq, MQ_COMMITTED_TOPIC, 0, &p, err) == -1)
		return err->code == MQ_UNKNOWN_TOPIC_OR_PARTITION ? 0 : -1;
	/* With many groups one wait for who is stopped is enough. */
	p.alone = mq->alone;
	rc = read_log(&p, w, os, err);
	mq->alone = p.alone;
	mq_partition_close(&p);
	if (rc == -1)
		mq_group_offsets_free(os);
	else if (os->count != 0)
		qsort(os->at, os->count, sizeof(*os->at), compare);
	return rc;
}

int
mq_offsets_load(struct mq *mq, const char *group, struct mq_group_offsets *os,
    struct mq_err *err)
{
	const struct wanted w = { group, NULL, 0 };

	return load(mq, &w, os, err);
}

int
mq_offsets_load_unflushed(struct mq *mq, const char *group,
    struct mq_group_offsets *os, struct mq_err *err)
{
	const struct wanted w = { group, NULL, 1 };

	return load(mq, &w, os, err);
}

int
mq_offsets_load_topic(struct mq *mq, const char *topic,
    struct mq_group_offsets *os, struct mq_err *err)
{
	const struct wanted w = { NULL, topic, 0 };

	return load(mq, &w, os, err);
}

const struct mq_group_offset *
mq_group_offsets_find(const struct mq_group_offsets *os, const char *topic,
    int32_t partition)
{
	size_t i;

	for (i = 0; i < os->count; i++)
		if (os->at[i].partition == partition &&
		    strcmp(os->at[i].topic, topic) == 0)
			return &os->at[i];
	return NULL;
}
