/* SPDX-License-Identifier: ISC */
/* Telling what topics and partitions there are, and trimming them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fail.h"
#include "base/io.h"
#include "client/client.h"
#include "log/cleaner.h"
#include "log/retention.h"

char **
mq_topic_names(struct mq *mq, struct mq_err *err)
{
	return mq_store_topics(&mq->store, err);
}

void
mq_names_free(char **names)
{
	char **name;

	if (names == NULL)
		return;
	for (name = names; *name != NULL; name++)
		free(*name);
	free(names);
}

static int
fill_topic(struct mq_topic *t, const struct mq_topic_file *file)
{
	const struct mq_conf_key *key = mq_conf_keys(MQ_TOPIC_CONF);
	char value[MQ_TOPIC_CONFIG_VALUE];
	struct mq_setting *s;
	size_t i, n = 0;

	while (key[n].name != NULL)
		n++;
	t->partitions = file->partitions;
	t->queue = file->queue;
	t->name = strdup(file->name);
	t->id = strdup(file->id);
	t->setting = calloc(n, sizeof(*t->setting));
	if (t->name == NULL || t->id == NULL || t->setting == NULL)
		return -1;
	t->setting_count = n;
	for (i = 0; i < n; i++) {
		s = &t->setting[i];
		mq_topic_config_get(&file->config, key[i].name, value);
		s->name = strdup(key[i].name);
		s->value = strdup(value);
		s->is_default = (file->set & 1u << i) == 0;
		if (s->name == NULL || s->value == NULL)
			return -1;
	}
	return 0;
}

struct mq_topic *
mq_topic_get(struct mq *mq, const char *topic, struct mq_err *err)
{
	struct mq_topic_file file;
	struct mq_topic *t;

	if (mq_topic_file_read(mq->store.dir, topic, &file, err) == -1)
		return NULL;
	if ((t = calloc(1, sizeof(*t))) == NULL || fill_topic(t, &file) == -1) {
		mq_topic_free(t);
		(void)mq_fail_memory(err);
		return NULL;
	}
	return t;
}

void
mq_topic_free(struct mq_topic *t)
{
	size_t i;

	if (t == NULL)
		return;
	for (i = 0; i < t->setting_count; i++) {
		free(t->setting[i].name);
		free(t->setting[i].value);
	}
	free(t->setting);
	free(t->name);
	free(t->id);
	free(t);
}

/* Counts the segments' files and their bytes. */
static int
measure(struct mq_partition *p, struct mq_partition_info *info,
    struct mq_err *err)
{
	struct mq_segment_list list;
	char name[MQ_LAYOUT_NAME];
	int64_t size, mtime;
	size_t i;

	if (mq_segment_list(p->dir, &list, err) == -1)
		return mq_partition_context(p, err);
	info->segments = (int32_t)list.count;
	info->bytes = 0;
	for (i = 0; i < list.count; i++) {
		(void)snprintf(name, sizeof(name), MQ_LAYOUT_LOG, list.base[i]);
		/* One that retention deletes meanwhile counts for nothing. */
		if (mq_io_stat(p->dir, name, &size, &mtime) == 0)
			info->bytes += size;
	}
	mq_segment_list_free(&list);
	return 0;
}

int
mq_partition_get(struct mq *mq, const char *topic, int32_t partition,
    struct mq_partition_info *info, struct mq_err *err)
{
	struct mq_partition_tail t;
	struct mq_partition p;
	int rc;

	if (mq_client_partition(mq, topic, partition, &p, err) == -1)
		return -1;
	rc = mq_partition_high_watermark(&p, &t, &info->high_watermark, err);
	if (rc == 0) {
		info->leader_epoch = t.leader_epoch;
		info->log_start = t.log_start;
		info->log_end = t.log_end;
		rc = measure(&p, info, err);
	}
	mq_partition_close(&p);
	return rc;
}

int
mq_topic_trim(struct mq *mq, const char *topic, int32_t partition,
    int64_t offset, int64_t *log_start, struct mq_err *err)
{
	struct mq_partition p;
	int rc;

	if (mq_client_partition(mq, topic, partition, &p, err) == -1)
		return -1;
	rc = mq_retention_trim(&p, offset, log_start, err);
	mq_partition_close(&p);
	return rc;
}

int
mq_topic_clean(struct mq *mq, const char *topic, int32_t partition,
    struct mq_cleaned *cleaned, struct mq_err *err)
{
	struct mq_cleaner_options o = { 0, MQ_CLEANER_DEDUPE_BUFFER_SIZE, 1 };
	struct mq_retention done = { 0, 0 };
	struct mq_partition p;
	int rc;

	if (mq_client_partition(mq, topic, partition, &p, err) == -1)
		return -1;
	rc = mq_retention_clean(&p, &done, &cleaned->log_start, err);
	o.now_ms = mq_clock_wall_ms();
	if (rc == 0)
		rc = mq_cleaner_clean(&p, &o, &done, err);
	cleaned->segments = done.segments;
	cleaned->bytes = done.bytes;
	mq_partition_close(&p);
	return rc;
}
