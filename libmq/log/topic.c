/* SPDX-License-Identifier: ISC */
#include "log/topic.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/fail.h"
#include "base/io.h"
#include "log/checkpoint.h"

#define FILE_MAX (64u << 10) /* bytes */

int
mq_topic_name_check(const char *name, struct mq_err *err)
{
	static const char ok[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789._-";
	size_t len = strlen(name), good = strspn(name, ok);

	if (len == 0)
		return mq_fail(err, MQ_INVALID_TOPIC,
		    "a topic's name cannot be empty");
	if (good != len)
		return mq_fail(err, MQ_INVALID_TOPIC,
		    "topic %s: byte %zu of the name is not one of "
		    "A-Z a-z 0-9 . _ -",
		    name, good + 1);
	if (len > MQ_LAYOUT_TOPIC_MAX)
		return mq_fail(err, MQ_INVALID_TOPIC,
		    "topic %.20s...: the name has %zu bytes; at most %d can be",
		    name, len, MQ_LAYOUT_TOPIC_MAX);
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return mq_fail(err, MQ_INVALID_TOPIC,
		    "a topic cannot be named %s", name);
	return 0;
}

int
mq_topic_file_set(struct mq_topic_file *t, const char *name, const char *value,
    struct mq_err *err)
{
	const struct mq_topic_config_key *key = mq_topic_config_keys();
	const char *text = value;
	size_t i;

	for (i = 0; key[i].name != NULL; i++)
		if (strcmp(key[i].name, name) == 0)
			break;
	if (text == NULL)
		text = key[i].name != NULL ? key[i].value : "";
	if (mq_topic_config_set(&t->config, name, text, err) == -1)
		return -1;
	if (value != NULL)
		t->set |= 1u << i;
	else
		t->set &= ~(1u << i);
	return 0;
}

static int
damaged(const char *name, const char *why, struct mq_err *err)
{
	return mq_fail(err, MQ_CORRUPT_MESSAGE, "%s.json: %s", name, why);
}

static int
from_json(struct mq_topic_file *t, const json_t *root, struct mq_err *err)
{
	json_t *configs = NULL, *value;
	const char *id, *name;
	json_error_t why;
	int partitions;

	if (json_unpack_ex((json_t *)(uintptr_t)root, &why, 0,
		"{s:s, s:i, s?b, s?o}", "id", &id, "partitions", &partitions,
		"queue", &t->queue, "configs", &configs) == -1)
		return damaged(t->name, why.text, err);
	if (strlen(id) >= sizeof(t->id) || partitions < 1 ||
	    partitions > MQ_LAYOUT_PARTITIONS_MAX)
		return damaged(t->name, "bad id or number of partitions", err);
	(void)snprintf(t->id, sizeof(t->id), "%s", id);
	t->partitions = partitions;
	json_object_foreach(configs, name, value)
	{
		if (!json_is_string(value))
			return damaged(t->name, "a config is no string", err);
		if (mq_topic_file_set(t, name, json_string_value(value), err) ==
		    -1)
			return mq_fail_context(err, "%s.json", t->name);
	}
	return 0;
}

static int
read_file(int store, const char *name, char *text, size_t *len,
    struct mq_err *err)
{
	char file[MQ_LAYOUT_NAME];
	ssize_t n;
	int fd;

	(void)snprintf(file, sizeof(file), "%s.json", name);
	if ((fd = mq_io_open(store, file, O_RDONLY, 0)) == -1) {
		if (errno == ENOENT)
			return mq_fail(err, MQ_UNKNOWN_TOPIC_OR_PARTITION,
			    "there is no topic %s", name);
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "%s", file);
	}
	n = mq_io_pread(fd, text, FILE_MAX, 0);
	if (n == -1)
		(void)mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "%s", file);
	(void)mq_io_close(fd);
	*len = (size_t)n;
	return n == -1 ? -1 : 0;
}

int
mq_topic_file_read(int store, const char *name, struct mq_topic_file *t,
    struct mq_err *err)
{
	json_error_t why;
	json_t *root;
	char *text;
	size_t len = 0;
	int rc;

	if (mq_topic_name_check(name, err) == -1)
		return -1;
	(void)memset(t, 0, sizeof(*t));
	(void)snprintf(t->name, sizeof(t->name), "%s", name);
	mq_topic_config_defaults(&t->config);
	if ((text = malloc(FILE_MAX)) == NULL)
		return mq_fail_memory(err);
	rc = read_file(store, name, text, &len, err);
	if (rc == 0) {
		root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);
		rc = root == NULL ? damaged(name, why.text, err) :
				    from_json(t, root, err);
		json_decref(root);
	}
	free(text);
	return rc;
}

static json_t *
to_json(const struct mq_topic_file *t)
{
	const struct mq_topic_config_key *key = mq_topic_config_keys();
	char value[MQ_TOPIC_CONFIG_VALUE];
	json_t *root, *configs;
	size_t i;

	root = json_pack("{s:s, s:i, s:b, s:{}}", "id", t->id, "partitions",
	    (int)t->partitions, "queue", t->queue, "configs");
	configs = json_object_get(root, "configs");
	for (i = 0; key[i].name != NULL && configs != NULL; i++) {
		if ((t->set & 1u << i) == 0)
			continue;
		mq_topic_config_get(&t->config, key[i].name, value);
		if (json_object_set_new(configs, key[i].name,
			json_string(value)) == -1) {
			json_decref(root);
			return NULL;
		}
	}
	return root;
}

int
mq_topic_file_write(int store, const struct mq_topic_file *t,
    struct mq_err *err)
{
	char file[MQ_LAYOUT_NAME], *text = NULL;
	json_t *root;
	int rc;

	if ((root = to_json(t)) != NULL)
		text = json_dumps(root, JSON_INDENT(1));
	json_decref(root);
	if (text == NULL)
		return mq_fail_memory(err);
	(void)snprintf(file, sizeof(file), "%s.json", t->name);
	rc = mq_checkpoint_replace(store, file, text, strlen(text), err);
	free(text);
	return rc;
}

int
mq_topic_file_remove(int store, const char *name, struct mq_err *err)
{
	char file[MQ_LAYOUT_NAME];

	(void)snprintf(file, sizeof(file), "%s.json", name);
	if (mq_io_unlink(store, file) == -1 || mq_io_sync(store) == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "%s", file);
	return 0;
}
