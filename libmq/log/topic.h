/* SPDX-License-Identifier: ISC */
/*
 * <topic>.json: what a topic is.  The file is the topic: it is written last
 * when one is made and removed first when one is deleted.
 */
#ifndef MQ_TOPIC_H
#define MQ_TOPIC_H

#include <stdint.h>

#include "base/err.h"
#include "base/uuid.h"
#include "log/layout.h"
#include "log/topic_config.h"

struct mq_topic_file {
	char name[MQ_LAYOUT_TOPIC_MAX + 1];
	char id[MQ_UUID_TEXT];
	int32_t partitions;
	int queue; /* boolean */
	struct mq_topic_config config;
	uint32_t set; /* bit i: entry i of the config table was set */
};

/* [A-Za-z0-9._-]{1,249}, not . or .. ; MQ_INVALID_TOPIC says what is wrong. */
int mq_topic_name_check(const char *name, struct mq_err *);
/* MQ_UNKNOWN_TOPIC_OR_PARTITION where there is none. */
int mq_topic_file_read(int store, const char *name, struct mq_topic_file *,
    struct mq_err *);
int mq_topic_file_write(int store, const struct mq_topic_file *,
    struct mq_err *);
int mq_topic_file_remove(int store, const char *name, struct mq_err *);
/* Sets a config, or (value NULL) gives it back to its default. */
int mq_topic_file_set(struct mq_topic_file *, const char *name,
    const char *value, struct mq_err *);

#endif
