/* SPDX-License-Identifier: ISC */
#include "client/registry.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/io.h"
#include "client/group_dir.h"

#define NEXT	 "assignment.next"
#define FILE_MAX (16u << 20) /* bytes; an assignment of a million partitions */

/* A file's JSON object; NULL it is none, or cannot be read. */
static json_t *
read_json(int fd)
{
	json_t *root = NULL;
	json_error_t why;
	int64_t size;
	ssize_t n;
	char *text;

	if (mq_io_size(fd, &size) == -1 || size > FILE_MAX ||
	    (text = malloc((size_t)size + 1)) == NULL)
		return NULL;
	if ((n = mq_io_pread(fd, text, (size_t)size, 0)) >= 0)
		root =
		    json_loadb(text, (size_t)n, JSON_REJECT_DUPLICATES, &why);
	free(text);
	if (!json_is_object(root)) {
		json_decref(root);
		return NULL;
	}
	return root;
}

/* One member's file: adds it where it lives. */
static int
look(int dir, const char *name, int sweep, json_t *members, struct mq_err *err)
{
	json_t *m = NULL;
	int fd, alive, rc = 0;

	if ((fd = mq_io_open(dir, name, O_RDONLY, 0)) == -1) {
		if (errno == ENOENT)
			return 0;
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "%s", name);
	}
	alive = mq_io_locked(fd, 0);
	if (alive == 1 && (m = read_json(fd)) != NULL &&
	    json_object_set_new(members, name + sizeof(MQ_REGISTRY_MEMBER) - 1,
		m) == -1)
		rc = mq_fail_memory(err);
	if (alive == -1)
		rc = mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "%s", name);
	if (alive == 0 && sweep)
		(void)mq_io_unlink(dir, name);
	(void)mq_io_close(fd);
	return rc;
}

json_t *
mq_registry_members(int dir, int sweep, struct mq_err *err)
{
	json_t *members = json_object();
	struct mq_io_names names;
	size_t i;
	int rc = 0;

	if (members == NULL) {
		(void)mq_fail_memory(err);
		return NULL;
	}
	if (mq_io_list(dir, &names) == -1) {
		json_decref(members);
		(void)mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "members");
		return NULL;
	}
	for (i = 0; i < names.count && rc == 0; i++)
		if (mq_group_is_member(names.name[i]))
			rc = look(dir, names.name[i], sweep, members, err);
	mq_io_names_free(&names);
	if (rc == -1) {
		json_decref(members);
		return NULL;
	}
	return members;
}

json_t *
mq_registry_assignment(int dir, struct mq_err *err)
{
	int fd = mq_io_open(dir, MQ_REGISTRY_ASSIGNMENT, O_RDONLY, 0);
	json_t *root = NULL;

	if (fd == -1 && errno != ENOENT) {
		(void)mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
		    MQ_REGISTRY_ASSIGNMENT);
		return NULL;
	}
	/* A damaged one is a hint that is made again. */
	if (fd != -1) {
		root = read_json(fd);
		(void)mq_io_close(fd);
	}
	if (root == NULL && (root = json_object()) == NULL)
		(void)mq_fail_memory(err);
	return root;
}

/* How many partitions the topics of the members have now. */
static json_t *
count_partitions(struct mq *mq, json_t *members)
{
	json_t *topics = json_object(), *m, *list, *t;
	struct mq_topic_file file;
	struct mq_err ignored;
	const char *id;
	size_t i;

	json_object_foreach(members, id, m)
	{
		list = json_object_get(m, "topics");
		json_array_foreach(list, i, t)
		{
			if (!json_is_string(t) ||
			    json_object_get(topics, json_string_value(t)) !=
				NULL ||
			    mq_topic_file_read(mq->store.dir,
				json_string_value(t), &file, &ignored) == -1)
				continue;
			(void)json_object_set_new(topics, file.name,
			    json_integer(file.partitions));
		}
	}
	return topics;
}

/* What assignors take, made of JSON; all of it borrows from that. */
struct input {
	struct mq_assignor_group group;
	struct mq_assignor_member *member;
	struct mq_assignor_topic *topic;
	const char **name;		 /* topics of all members */
	struct mq_assignor_owned *owned; /* and what they had */
};

static void
input_free(struct input *in)
{
	free(in->member);
	free(in->topic);
	free(in->name);
	free(in->owned);
}

/* How many entries the arrays of it can need. */
static size_t
count_all(json_t *members, const char *key)
{
	json_t *m, *v, *list;
	const char *id, *topic;
	size_t n = 1;

	json_object_foreach(members, id, m)
	{
		v = json_object_get(m, key);
		n += json_array_size(v);
		json_object_foreach(v, topic, list) n += json_array_size(list);
	}
	return n;
}

/* What a member had, by the assignment before. */
static size_t
take_owned(struct mq_assignor_owned *owned, json_t *had)
{
	json_t *list, *number;
	const char *topic;
	size_t n = 0, i;

	json_object_foreach(json_object_get(had, "partitions"), topic, list)
	{
		json_array_foreach(list, i, number)
		{
			owned[n].topic = topic;
			owned[n++].partition =
			    (int32_t)json_integer_value(number);
		}
	}
	return n;
}

static size_t
take_topics(const char **name, json_t *m)
{
	json_t *t;
	size_t n = 0, i;

	json_array_foreach(json_object_get(m, "topics"), i, t)
	{
		if (json_is_string(t))
			name[n++] = json_string_value(t);
	}
	return n;
}

static int
input_make(struct input *in, json_t *members, json_t *topics, json_t *before)
{
	json_t *had = json_object_get(before, "members"), *m, *count;
	size_t names = 0, owned = 0, n = 0;
	struct mq_assignor_member *to;
	const char *id, *topic;

	(void)memset(in, 0, sizeof(*in));
	in->member = calloc(json_object_size(members) + 1, sizeof(*in->member));
	in->topic = calloc(json_object_size(topics) + 1, sizeof(*in->topic));
	in->name = calloc(count_all(members, "topics"), sizeof(*in->name));
	in->owned = calloc(count_all(had, "partitions"), sizeof(*in->owned));
	if (in->member == NULL || in->topic == NULL || in->name == NULL ||
	    in->owned == NULL)
		return -1;
	json_object_foreach(topics, topic, count)
	{
		in->topic[n].name = topic;
		in->topic[n++].partitions = (int32_t)json_integer_value(count);
	}
	in->group.topics = in->topic;
	in->group.topics_count = n;
	n = 0;
	json_object_foreach(members, id, m)
	{
		to = &in->member[n++];
		to->id = id;
		to->topics = in->name + names;
		names += to->topics_count = take_topics(in->name + names, m);
		to->owned = in->owned + owned;
		owned += to->owned_count =
		    take_owned(in->owned + owned, json_object_get(had, id));
		to->generation = (int32_t)json_integer_value(
		    json_object_get(before, "generation"));
	}
	in->group.members = in->member;
	in->group.members_count = n;
	return 0;
}

/* Member i's part of an assignment. */
static json_t *
part_of(const struct input *in, const struct mq_assignment *a, size_t i)
{
	json_t *partitions = json_object(), *list;
	const char *topic;
	size_t k;

	for (k = a->first[i]; k < a->first[i + 1]; k++) {
		topic = in->topic[a->at[k].topic].name;
		if ((list = json_object_get(partitions, topic)) == NULL) {
			list = json_array();
			(void)json_object_set_new(partitions, topic, list);
		}
		(void)json_array_append_new(list,
		    json_integer(a->at[k].partition));
	}
	return partitions;
}

/* The next assignment, or NULL. */
static json_t *
make(enum mq_assignor strategy, json_t *members, json_t *topics, json_t *before,
    struct mq_err *err)
{
	struct mq_assignment *a = NULL;
	json_t *root = NULL, *all, *m;
	struct input in;
	json_int_t generation;
	size_t i;

	generation =
	    json_integer_value(json_object_get(before, "generation")) + 1;
	if (input_make(&in, members, topics, before) == -1)
		(void)mq_fail_memory(err);
	else if ((a = mq_assignor_assign(strategy, &in.group, err)) != NULL) {
		root = json_pack("{s:I, s:s, s:O, s:{}}", "generation",
		    generation, "strategy", mq_assignor_name(strategy),
		    "topics", topics, "members");
		all = json_object_get(root, "members");
		for (i = 0; root != NULL && i < in.group.members_count; i++) {
			m = json_object_get(members, in.member[i].id);
			(void)json_object_set_new(all, in.member[i].id,
			    json_pack("{s:O, s:o}", "topics",
				json_object_get(m, "topics"), "partitions",
				part_of(&in, a, i)));
		}
		/* What memory there was not for is missing in it. */
		if (root == NULL ||
		    json_object_size(all) != in.group.members_count) {
			json_decref(root);
			root = NULL;
			(void)mq_fail_memory(err);
		}
	}
	mq_assignment_free(a);
	input_free(&in);
	return root;
}

/* Whether an assignment was made for these. */
static int
fits(json_t *assignment, enum mq_assignor strategy, json_t *members,
    json_t *topics)
{
	json_t *all = json_object_get(assignment, "members"), *m, *a;
	const char *id, *name;

	name = json_string_value(json_object_get(assignment, "strategy"));
	if (name == NULL || strcmp(name, mq_assignor_name(strategy)) != 0 ||
	    !json_equal(json_object_get(assignment, "topics"), topics) ||
	    json_object_size(all) != json_object_size(members))
		return 0;
	json_object_foreach(members, id, m)
	{
		a = json_object_get(json_object_get(all, id), "topics");
		if (!json_equal(a, json_object_get(m, "topics")))
			return 0;
	}
	return 1;
}

static int
write_assignment(int dir, const json_t *root, struct mq_err *err)
{
	char *text = json_dumps(root, JSON_COMPACT);
	int fd, rc;

	if (text == NULL)
		return mq_fail_memory(err);
	/* Whole for who reads it, but no more: after a boot nobody is in it. */
	fd = mq_io_open(dir, NEXT, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	if (fd != -1 && mq_io_pwrite(fd, text, strlen(text), 0) == 0 &&
	    mq_io_rename(dir, NEXT, MQ_REGISTRY_ASSIGNMENT) == 0)
		rc = 0;
	else
		rc = mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
		    MQ_REGISTRY_ASSIGNMENT);
	if (fd != -1)
		(void)mq_io_close(fd);
	free(text);
	return rc;
}

json_t *
mq_registry_assign(struct mq *mq, int dir, enum mq_assignor strategy,
    json_t *members, struct mq_err *err)
{
	json_t *stands = mq_registry_assignment(dir, err), *next, *topics;

	if (stands == NULL)
		return NULL;
	if ((topics = count_partitions(mq, members)) == NULL) {
		json_decref(stands);
		(void)mq_fail_memory(err);
		return NULL;
	}
	if (fits(stands, strategy, members, topics)) {
		json_decref(topics);
		return stands;
	}
	next = make(strategy, members, topics, stands, err);
	json_decref(topics);
	json_decref(stands);
	if (next != NULL && write_assignment(dir, next, err) == -1) {
		json_decref(next);
		next = NULL;
	}
	return next;
}
