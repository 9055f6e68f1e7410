/* SPDX-License-Identifier: ISC */
#include "client/share_view.h"

#include <string.h>

#include "base/clock.h"
#include "base/fail.h"
#include "client/share_forget.h"

/* What is looked at is not changed, so the settings do not matter. */
static const struct mq_share_config config = MQ_SHARE_CONFIG_DEFAULT;

void
mq_share_view_close(struct mq_share_view *v)
{
	mq_share_file_close(&v->file);
	mq_partition_close(&v->partition);
}

int
mq_share_view_open(struct mq_share_view *v, struct mq *mq, int dir,
    const char *topic, int32_t partition, int create, struct mq_err *err)
{
	char name[MQ_SHARE_FILE_NAME];
	struct mq_topic_file file;

	if (mq_topic_file_read(mq->store.dir, topic, &file, err) == -1)
		return -1;
	if (mq_client_partition(mq, topic, partition, &v->partition, err) == -1)
		return -1;
	mq_share_file_name(name, topic, partition);
	v->file.fd = -1;
	if (mq_partition_high_watermark(&v->partition, &v->tail, &v->hw, err) ==
		0 &&
	    (dir == -1 ||
		mq_share_file_open(&v->file, dir, name, file.id, &config,
		    create, err) != -1) &&
	    (!create || mq_share_remember(mq, &file, err) == 0))
		return 0;
	mq_share_file_close(&v->file);
	mq_partition_close(&v->partition);
	return -1;
}

int
mq_share_view_settle(struct mq_share_view *v, int dir, int there,
    struct mq_err *err)
{
	struct mq_share_partition *p = &v->file.p;

	if (there == -1)
		return -1;
	if (there == 0) {
		mq_share_partition_free(p);
		mq_share_partition_init(p, &config, v->tail.log_start);
	}
	/* Nothing is given up by looking at it: it comes back, at any limit. */
	p->config.dead_letters = 1;
	p->config.delivery_count_limit = MQ_SHARE_DELIVERY_COUNT_MAX;
	mq_share_partition_log_start(p, v->tail.log_start);
	return mq_share_part_settle(dir, p, mq_clock_wall_ms(), 0, 1, NULL,
	    NULL, err);
}

int
mq_share_view_load(struct mq_share_view *v, struct mq *mq, int dir,
    const char *topic, int32_t partition, struct mq_err *err)
{
	int rc = 0;

	(void)memset(v, 0, sizeof(*v));
	if (mq_share_view_open(v, mq, dir, topic, partition, 0, err) == -1)
		return -1;
	if (v->file.fd != -1)
		rc = mq_share_file_peek(&v->file, err);
	if (mq_share_view_settle(v, dir, rc, err) == 0)
		return 0;
	(void)mq_partition_context(&v->partition, err);
	mq_share_view_close(v);
	return -1;
}

int
mq_share_is_queue(struct mq *mq, const char *topic)
{
	struct mq_topic_file file;
	struct mq_err ignored;

	return mq_topic_file_read(mq->store.dir, topic, &file, &ignored) == 0 &&
	    file.queue;
}

int
mq_share_may_read(struct mq *mq, const char *group, const char *topic,
    struct mq_err *err)
{
	if (strcmp(group, topic) == 0)
		return 0;
	if (mq_share_is_queue(mq, topic))
		return mq_fail(err, MQ_INVALID_REQUEST,
		    "topic %s is a queue: its one share group is %s, not %s",
		    topic, topic, group);
	if (mq_share_is_queue(mq, group))
		return mq_fail(err, MQ_INVALID_REQUEST,
		    "group %s is a queue's, and reads that alone, not topic %s",
		    group, topic);
	return 0;
}

int
mq_share_group_open(struct mq *mq, const char *group, int *dir,
    struct mq_err *err)
{
	int rc = mq_group_must_be(mq, group, MQ_GROUP_SHARE, err);

	*dir = -1;
	if (rc == 0)
		return mq_fail(err, MQ_GROUP_ID_NOT_FOUND,
		    "there is no group %s", group);
	if (rc != -1)
		rc = mq_group_dir_open(mq, group, 0, dir, err);
	return rc == -1 ? -1 : 0;
}
