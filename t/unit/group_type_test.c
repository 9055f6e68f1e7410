/* SPDX-License-Identifier: ISC */
/* A name is that of a consumer group or of a share group. */
#include <fcntl.h>
#include <unistd.h>

#include "base/io.h"
#include "client/group_dir.h"
#include "client/share_holder.h"
#include "share_scene.h"
#include "test.h"

static struct share_scene s;

static const struct mq_group_position at_1 = { "t", 0, 1, NULL };
static const char *const topic = "t";

static struct mq_consumer *
join(const char *group)
{
	struct mq_subscription sub = { .group = group,
		.topic = &topic,
		.topic_count = 1 };

	return mq_consumer_new(s.mq, NULL, &sub, &s.err);
}

/* The names of all groups, with blanks between them. */
static const char *
names(void)
{
	static char text[256];
	char **list = mq_group_names(s.mq, &s.err);
	size_t i, n = 0;

	text[0] = '\0';
	for (i = 0; list != NULL && list[i] != NULL; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s",
		    i == 0 ? "" : " ", list[i]);
	mq_names_free(list);
	return text;
}

static int
one_type(void)
{
	struct mq_share_record r;
	struct mq_share *share;

	CHECK(share_start(&s, 0, 5, "1000000") == 0);
	CHECK(mq_group_type(s.mq, "a", &s.err) == 0);
	CHECK(mq_group_commit(s.mq, "c", &at_1, 1, &s.err) == 0);
	CHECK(mq_group_type(s.mq, "c", &s.err) == MQ_GROUP_CONSUMER);
	CHECK(share_open(&s, "c", 0, NULL) == NULL);
	CHECK(s.err.code == MQ_INCONSISTENT_GROUP_PROTOCOL);
	CHECK((share = share_open(&s, "a", 0, NULL)) != NULL);
	CHECK(mq_group_type(s.mq, "a", &s.err) == MQ_GROUP_SHARE);
	CHECK(share_take(&s, share, 0, &r) == 0);
	CHECK_TEXT(names(), "a c");
	CHECK(join("a") == NULL);
	CHECK(s.err.code == MQ_INCONSISTENT_GROUP_PROTOCOL);
	CHECK(mq_group_commit(s.mq, "a", &at_1, 1, &s.err) == -1);
	CHECK(s.err.code == MQ_INCONSISTENT_GROUP_PROTOCOL);
	CHECK(mq_group_get(s.mq, "a", &s.err) == NULL);
	CHECK(mq_group_delete(s.mq, "a", &s.err) == -1);
	CHECK(s.err.code == MQ_INCONSISTENT_GROUP_PROTOCOL);
	CHECK(mq_share_describe(s.mq, "c", &s.err) == NULL);
	CHECK(s.err.code == MQ_INCONSISTENT_GROUP_PROTOCOL);
	CHECK(mq_share_delete(s.mq, "c", &s.err) == -1);
	CHECK(s.err.code == MQ_INCONSISTENT_GROUP_PROTOCOL);
	mq_share_free(share);
	share_end(&s);
	return 0;
}

static int
refused_leaves_nothing(void)
{
	struct mq_share_holder holder;
	struct mq_consumer *c;
	int dir;

	CHECK(share_start(&s, 0, 5, "1000000") == 0);
	CHECK((c = join("g")) != NULL);
	CHECK(share_open(&s, "g", 0, NULL) == NULL);
	CHECK(s.err.code == MQ_INCONSISTENT_GROUP_PROTOCOL);
	/* It was quicker. */
	CHECK(mq_group_dir_open(s.mq, "g", 0, &dir, &s.err) == 1);
	CHECK(mq_share_holder_take(&holder, dir, 0, &s.err) == -1);
	CHECK(s.err.code == MQ_INCONSISTENT_GROUP_PROTOCOL);
	CHECK(holder.number == 0);
	CHECK(mq_io_close(dir) == 0);
	CHECK(mq_group_type(s.mq, "g", &s.err) == MQ_GROUP_CONSUMER);
	mq_consumer_free(c);
	CHECK((c = join("g")) != NULL);
	mq_consumer_free(c);
	share_end(&s);
	return 0;
}

/* The path of a file of a group. */
static const char *
file_of(const char *group, const char *name)
{
	static char path[2 * SCENE_PATH];

	(void)snprintf(path, sizeof(path), "%s/groups/%s%s%s", s.root, group,
	    *name != '\0' ? "/" : "", name);
	return path;
}

static int
topics_like_members(void)
{
	static const struct mq_group_position at = { "member-x", 0, 0, NULL };
	struct mq_consumer *c;
	int dir;

	CHECK(mq_group_is_member("member-0123_-Az"));
	CHECK(!mq_group_is_member("member-"));
	CHECK(!mq_group_is_member("member-x-0.owner"));
	CHECK(mq_group_is_holder("holder-12"));
	CHECK(!mq_group_is_holder("holder-"));
	CHECK(!mq_group_is_holder("holder-12-0.share"));
	CHECK(share_start(&s, 0, 5, "1000000") == 0);
	CHECK(mq_group_commit(s.mq, "c", &at, 1, &s.err) == 0);
	CHECK((c = join("c")) != NULL);
	/* What sweeps the dead away leaves the owners' files. */
	CHECK(access(file_of("c", "member-x-0.owner"), F_OK) == 0);
	mq_consumer_free(c);
	CHECK(mq_group_dir_open(s.mq, "a", 1, &dir, &s.err) == 1);
	(void)close(dir);
	CHECK(scene_write(file_of("a", ""), "member-x-0.share", "x", 1) == 0);
	CHECK(mq_group_type(s.mq, "a", &s.err) == MQ_GROUP_SHARE);
	share_end(&s);
	return 0;
}

static int
other_directories(void)
{
	char name[MQ_GROUP_MAX + 2], **list;
	const char *other[] = { "%", "%4", "%4x", "%00", "x%", name };
	size_t i;
	int dir;

	CHECK(share_start(&s, 0, 0, "1000000") == 0);
	CHECK(mq_group_dir_open(s.mq, "a%b", 1, &dir, &s.err) == 1);
	(void)close(dir);
	(void)memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	for (i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		CHECK(mq_io_mkdir(AT_FDCWD, file_of(other[i], ""), 0777) == 0);
	CHECK((list = mq_group_dir_list(s.mq, &s.err)) != NULL);
	CHECK(list[0] != NULL && list[1] == NULL);
	CHECK_TEXT(list[0], "a%b");
	mq_names_free(list);
	CHECK_TEXT(names(), "");
	share_end(&s);
	return 0;
}

static int
queues(void)
{
	struct mq_consumer *c;

	CHECK(share_start(&s, 1, 5, "1000000") == 0);
	CHECK_TEXT(names(), "t");
	CHECK(mq_group_type(s.mq, "t", &s.err) == MQ_GROUP_SHARE);
	CHECK(join("t") == NULL);
	CHECK(s.err.code == MQ_INCONSISTENT_GROUP_PROTOCOL);
	CHECK(mq_group_commit(s.mq, "t", &at_1, 1, &s.err) == -1);
	CHECK(mq_share_seek(s.mq, "other", "t", 0, 0, &s.err) == -1);
	CHECK(s.err.code == MQ_INVALID_REQUEST);
	CHECK((c = join("other")) != NULL);
	mq_consumer_free(c);
	CHECK(mq_group_wait(s.mq, "t", NULL, 5, 0, &s.err) == 1);
	CHECK(mq_group_wait(s.mq, "t", NULL, 4, 0, &s.err) == 0);
	CHECK(mq_group_wait(s.mq, "nobody", NULL, 4, 0, &s.err) == -1);
	CHECK(s.err.code == MQ_GROUP_ID_NOT_FOUND);
	share_end(&s);
	return 0;
}

static int
ids(void)
{
	char name[MQ_TOPIC_MAX + 1];
	struct mq_share_record r;
	struct mq_share *share;
	char id[MQ_SHARE_ID];

	CHECK(mq_share_id_parse("a.b:7:12:99", name, &r, &s.err) == 0);
	CHECK_TEXT(r.record.topic, "a.b");
	CHECK(r.record.partition == 7 && r.record.offset == 12);
	CHECK(r.holder == 99);
	CHECK(mq_share_id_parse("a.b:7:12:0", name, &r, &s.err) == -1);
	CHECK(s.err.code == MQ_INVALID_REQUEST);
	/* One too late is not laid to the next one's charge. */
	CHECK(share_start(&s, 0, 5, "1000000") == 0);
	CHECK((share = share_open(&s, "g", 0, NULL)) != NULL);
	mq_share_hold(share);
	CHECK(share_take(&s, share, 0, &r) == 0);
	mq_share_id(&r, id);
	CHECK(mq_share_acknowledge_id(share, "t:0:0:5", MQ_ACCEPT, 0, &s.err) ==
	    -1);
	CHECK(s.err.code == MQ_INVALID_RECORD_STATE);
	CHECK(mq_share_acknowledge_id(share, "t:0:0:5", MQ_REJECT, 0, &s.err) ==
	    -1);
	CHECK(mq_share_acknowledge_id(share, id, MQ_ACCEPT, 0, &s.err) == 0);
	CHECK(mq_share_flush(share, &s.err) == 0);
	mq_share_free(share);
	share_end(&s);
	return 0;
}

int
main(void)
{
	RUN(one_type, "a name is a group of one type");
	RUN(refused_leaves_nothing, "who is refused leaves nothing behind");
	RUN(topics_like_members, "a topic's name may be like that of a member");
	RUN(other_directories, "a directory of no group's name is none");
	RUN(queues, "a queue has its share group from the start");
	RUN(ids, "ids, and which one it was that came too late");
	return test_done();
}
