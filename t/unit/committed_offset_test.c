/* SPDX-License-Identifier: ISC */
/* Committed offsets, byte for byte as Kafka writes them. */
#include "group/committed_offset.h"

#include <string.h>

#include "test.h"

static struct mq_err err;

static struct mq_bytes
text(const char *s)
{
	struct mq_bytes b = { s, strlen(s) };

	return b;
}

static int
same(const struct mq_bytes *b, const char *s)
{
	return b->len == strlen(s) && memcmp(b->data, s, b->len) == 0;
}

/* OffsetCommitKey 1 and OffsetCommitValue 3, as the protocol lays them out. */
static int
layout(void)
{
	static const char key[] = "\0\1\0\2gr\0\3top\0\0\0\7";
	static const char value[] =
	    "\0\3\0\0\0\0\0\0\1\2\377\377\377\377\0\1m\0\0\1\213\317\345\150\0";
	struct mq_committed_offset o = { text("gr"), text("top"), 7, 258, -1,
		text("m"), 1700000000000 };
	struct mq_buf b = { 0 };

	CHECK(mq_committed_key(&b, &o, &err) == 0);
	CHECK(b.len == sizeof(key) - 1 && memcmp(b.data, key, b.len) == 0);
	b.len = 0;
	CHECK(mq_committed_value(&b, &o, &err) == 0);
	CHECK(b.len == sizeof(value) - 1 && memcmp(b.data, value, b.len) == 0);
	mq_buf_free(&b);
	return 0;
}

static int
both_ways(void)
{
	struct mq_committed_offset o = { text("g"), text("t"), 0, INT64_MAX, 12,
		text(""), -1 };
	struct mq_committed_offset got;
	struct mq_buf b = { 0 };
	struct mq_bytes bytes;
	size_t n;

	CHECK(mq_committed_key(&b, &o, &err) == 0);
	bytes.data = b.data;
	bytes.len = b.len;
	CHECK(mq_committed_read_key(&bytes, &got, &err) == 1);
	CHECK(same(&got.group, "g") && same(&got.topic, "t"));
	CHECK(got.partition == 0);
	for (n = 0; n < b.len; n++) {
		bytes.len = n;
		CHECK(mq_committed_read_key(&bytes, &got, &err) == -1);
		CHECK(err.code == MQ_CORRUPT_MESSAGE);
	}
	b.len = 0;
	CHECK(mq_committed_value(&b, &o, &err) == 0);
	bytes.data = b.data;
	bytes.len = b.len;
	CHECK(mq_committed_read_value(&bytes, &got, &err) == 0);
	CHECK(got.offset == INT64_MAX && got.leader_epoch == 12);
	CHECK(got.metadata.len == 0 && got.commit_ms == -1);
	for (n = 0; n < b.len; n++) {
		bytes.len = n;
		CHECK(mq_committed_read_value(&bytes, &got, &err) == -1);
	}
	mq_buf_free(&b);
	return 0;
}

static int
other_versions(void)
{
	static const struct {
		const char *bytes;
		size_t len;
		int64_t offset;
		int32_t epoch;
	} values[] = {
		{ "\0\0\0\0\0\0\0\0\0\5\0\1m\0\0\0\0\0\0\0\1", 21, 5, -1 },
		{ "\0\1\0\0\0\0\0\0\0\5\0\1m\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\2",
		    29, 5, -1 },
		{ "\0\2\0\0\0\0\0\0\0\5\0\1m\0\0\0\0\0\0\0\1", 21, 5, -1 },
		{ "\0\4\0\0\0\0\0\0\0\5\0\0\0\3\2m\0\0\0\0\0\0\0\1\0", 25, 5,
		    3 },
	};
	static const char group_key[] = "\0\2\0\1g";
	struct mq_bytes bytes = { group_key, sizeof(group_key) - 1 };
	struct mq_committed_offset got;
	size_t i;

	CHECK(mq_committed_read_key(&bytes, &got, &err) == 0);
	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		bytes.data = values[i].bytes;
		bytes.len = values[i].len;
		CHECK(mq_committed_read_value(&bytes, &got, &err) == 0);
		CHECK(got.offset == values[i].offset &&
		    got.leader_epoch == values[i].epoch);
		CHECK(same(&got.metadata, "m") && got.commit_ms == 1);
	}
	bytes.data = "\0\5\0\0\0\0\0\0\0\5\0\0\0\0\0\0\0\0\0\1";
	bytes.len = 20;
	CHECK(mq_committed_read_value(&bytes, &got, &err) == -1);
	return 0;
}

static int
too_long(void)
{
	static char name[MQ_COMMITTED_NAME_MAX + 1];
	struct mq_committed_offset o = { { name, sizeof(name) }, text("t"), 0,
		0, 0, text(""), 0 };
	struct mq_buf b = { 0 };

	CHECK(mq_committed_key(&b, &o, &err) == -1);
	CHECK(err.code == MQ_INVALID_REQUEST);
	o.group.len--;
	b.len = 0;
	CHECK(mq_committed_key(&b, &o, &err) == 0);
	mq_buf_free(&b);
	return 0;
}

int
main(void)
{
	RUN(layout, "keys of version 1, values of version 3");
	RUN(both_ways, "what is written is read, and cut anywhere refused");
	RUN(other_versions, "values of other versions, keys of other kinds");
	RUN(too_long, "a name has a length of 16 bits");
	return test_done();
}
