/* SPDX-License-Identifier: ISC */
/*
 * Making, changing and deleting topics.  The topic's file is the topic: it
 * comes last and goes first, so that what a kill leaves half done is no topic.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/io.h"
#include "client/client.h"
#include "client/leftover.h"
#include "client/offsets.h"
#include "client/share_forget.h"

/* Those below `to` that hold nothing: all that was made of a topic. */
static void
unmake_partitions(struct mq *mq, const char *topic, int32_t from, int32_t to)
{
	char name[MQ_LAYOUT_NAME];
	struct mq_err ignored;

	while (to-- > from) {
		(void)snprintf(name, sizeof(name), MQ_LAYOUT_PARTITION, topic,
		    to);
		(void)mq_leftover_clear(mq, name, &ignored);
	}
}

static int
make_partitions(struct mq *mq, const char *topic, int32_t from, int32_t to,
    struct mq_err *err)
{
	char name[MQ_LAYOUT_NAME];
	int32_t i;
	int rc = 0;

	for (i = from; i < to && rc == 0; i++) {
		(void)snprintf(name, sizeof(name), MQ_LAYOUT_PARTITION, topic,
		    i);
		if ((rc = mq_leftover_clear(mq, name, err)) == 0)
			rc = mq_partition_create(&mq->store, topic, i, err);
	}
	if (rc == 0 && (rc = mq_io_sync(mq->store.dir)) == -1)
		(void)mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "the store");
	if (rc == -1)
		unmake_partitions(mq, topic, from, i);
	return rc;
}

static int
take_conf(struct mq_topic_file *file, const struct mq_conf *conf,
    struct mq_err *err)
{
	const struct mq_conf_key *key = mq_conf_keys(MQ_TOPIC_CONF);
	const char *value;

	for (; conf != NULL && key->name != NULL; key++)
		if ((value = mq_conf_get(conf, key->name)) != NULL &&
		    mq_topic_file_set(file, key->name, value, err) == -1)
			return -1;
	return 0;
}

static int
check_partitions(int32_t partitions, struct mq_err *err)
{
	if (partitions >= 1 && partitions <= MQ_LAYOUT_PARTITIONS_MAX)
		return 0;
	return mq_fail(err, MQ_INVALID_PARTITIONS,
	    "a topic has 1 to %d partitions, not %d", MQ_LAYOUT_PARTITIONS_MAX,
	    (int)partitions);
}

static int
create_locked(struct mq *mq, struct mq_topic_file *file, struct mq_err *err)
{
	struct mq_topic_file there;
	struct mq_err why;

	if (mq_topic_file_read(mq->store.dir, file->name, &there, &why) == 0)
		return mq_fail(err, MQ_TOPIC_ALREADY_EXISTS,
		    "topic %s is there already", file->name);
	if (why.code != MQ_UNKNOWN_TOPIC_OR_PARTITION) {
		*err = why;
		return -1;
	}
	if ((file->queue && mq_share_name_free(mq, file->name, err) == -1) ||
	    mq_offsets_forget(mq, file->name, err) == -1 ||
	    make_partitions(mq, file->name, 0, file->partitions, err) == -1)
		return -1;
	if (mq_topic_file_write(mq->store.dir, file, err) == 0)
		return 0;
	/* It may be there, and be gone after a power cut: it failed. */
	if (mq_topic_file_remove(mq->store.dir, file->name, &why) == 0 ||
	    why.sys == ENOENT)
		unmake_partitions(mq, file->name, 0, file->partitions);
	return -1;
}

static int
create(struct mq *mq, const char *topic, int32_t partitions, int queue,
    const struct mq_conf *conf, struct mq_err *err)
{
	struct mq_topic_file file;
	int rc;

	if (mq_topic_name_check(topic, err) == -1 ||
	    check_partitions(partitions, err) == -1)
		return -1;
	(void)memset(&file, 0, sizeof(file));
	(void)snprintf(file.name, sizeof(file.name), "%s", topic);
	file.partitions = partitions;
	file.queue = queue;
	mq_topic_config_defaults(&file.config);
	if (mq_uuid_random(file.id) == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "random id");
	if (take_conf(&file, conf, err) == -1 ||
	    mq_topic_config_check(&file.config, err) == -1 ||
	    mq_store_admin_lock(&mq->store, err) == -1)
		return -1;
	rc = create_locked(mq, &file, err);
	mq_store_admin_unlock(&mq->store);
	return rc;
}

int
mq_topic_create(struct mq *mq, const char *topic, int32_t partitions,
    const struct mq_conf *conf, struct mq_err *err)
{
	return create(mq, topic, partitions, 0, conf, err);
}

int
mq_queue_create(struct mq *mq, const char *topic, int32_t partitions,
    const struct mq_conf *conf, struct mq_err *err)
{
	if (strlen(topic) > MQ_LAYOUT_GROUP_TOPIC_MAX)
		return mq_fail(err, MQ_INVALID_TOPIC,
		    "a queue's name has at most %d bytes",
		    MQ_LAYOUT_GROUP_TOPIC_MAX);
	return create(mq, topic, partitions, 1, conf, err);
}

/* Tells everyone, past those that cannot be told; then the first error. */
static int
tell_altered(struct mq *mq, const struct mq_topic_file *file, int32_t count,
    struct mq_err *err)
{
	struct mq_partition p;
	struct mq_err why;
	int32_t i;
	int rc = 0, told;

	for (i = 0; i < count; i++) {
		told = mq_partition_open(&p, &mq->store, file, i, &why);
		if (told == 0) {
			told = mq_partition_altered(&p, &why);
			mq_partition_close(&p);
		}
		if (told == -1 && rc == 0) {
			*err = why;
			rc = -1;
		}
	}
	return rc;
}

static int
delete_locked(struct mq *mq, const char *topic, struct mq_err *err)
{
	struct mq_topic_file file;
	char name[MQ_LAYOUT_NAME];
	struct mq_err ignored;
	int32_t i;

	if (mq_topic_file_read(mq->store.dir, topic, &file, err) == -1 ||
	    mq_topic_file_remove(mq->store.dir, topic, err) == -1)
		return -1;
	/* Those who have it open are told; one that is not there tells nobody. */
	for (i = 0; i < file.partitions; i++)
		(void)mq_partition_deleted(&mq->store, topic, i, &ignored);
	for (i = 0; i < file.partitions; i++) {
		(void)snprintf(name, sizeof(name), MQ_LAYOUT_PARTITION, topic,
		    i);
		if (mq_leftover_remove(mq, name, err) == -1)
			return -1;
	}
	/* Last, for a disk that was full has room by now. */
	if (mq_share_forget(mq, topic, file.queue, err) == -1)
		return -1;
	return mq_offsets_forget(mq, topic, err);
}

int
mq_topic_delete(struct mq *mq, const char *topic, struct mq_err *err)
{
	int rc;

	if (mq_store_admin_lock(&mq->store, err) == -1)
		return -1;
	rc = delete_locked(mq, topic, err);
	mq_store_admin_unlock(&mq->store);
	return rc;
}

static int
alter_locked(struct mq *mq, const char *topic, int32_t partitions,
    const struct mq_conf *conf, const char *const *unset, struct mq_err *err)
{
	struct mq_topic_file file;
	struct mq_err why;
	int32_t before;

	if (mq_topic_file_read(mq->store.dir, topic, &file, err) == -1)
		return -1;
	before = file.partitions;
	if (partitions != 0 && partitions < before)
		return mq_fail(err, MQ_INVALID_PARTITIONS,
		    "topic %s has %d partitions; they cannot become %d", topic,
		    (int)before, (int)partitions);
	if (take_conf(&file, conf, err) == -1)
		return -1;
	for (; unset != NULL && *unset != NULL; unset++)
		if (mq_topic_file_set(&file, *unset, NULL, err) == -1)
			return -1;
	if (mq_topic_config_check(&file.config, err) == -1)
		return -1;
	if (partitions > before) {
		if (make_partitions(mq, topic, before, partitions, err) == -1)
			return -1;
		file.partitions = partitions;
	}
	if (mq_topic_file_write(mq->store.dir, &file, err) == -1) {
		/* Not where it may be the new one, though it failed. */
		if (mq_topic_file_read(mq->store.dir, topic, &file, &why) ==
			0 &&
		    file.partitions == before)
			unmake_partitions(mq, topic, before, partitions);
		return -1;
	}
	return tell_altered(mq, &file, before, err);
}

int
mq_topic_alter(struct mq *mq, const char *topic, int32_t partitions,
    const struct mq_conf *conf, const char *const *unset, struct mq_err *err)
{
	int rc;

	if (partitions != 0 && check_partitions(partitions, err) == -1)
		return -1;
	if (mq_store_admin_lock(&mq->store, err) == -1)
		return -1;
	rc = alter_locked(mq, topic, partitions, conf, unset, err);
	mq_store_admin_unlock(&mq->store);
	return rc;
}
