/* SPDX-License-Identifier: ISC */
/*
 * Compaction keeps the last record of each key in its place, tombstones for
 * their time, and leaves alone what it is not to touch.
 */
#include "log/cleaner.h"

#include "cleaner_scene.h"
#include "log/reader.h"
#include "test.h"

static int
last_values(void)
{
	CHECK(cleaner_start("140", "delete.retention.ms", "0") == 0);
	CHECK(cleaner_each("a1 b1 a2 c1 b2 a3 d1 b3 a9 x1") == 0);
	CHECK(cleaner_clean() == 0 && cleaner.done.bytes == 4 * 70);
	CHECK_TEXT(cleaner_from(0), "3:c1 5:a3 6:d1 7:b3 8:a9 9:x1 ");
	CHECK(cleaner_sound());
	/* Positions in a gap are the next record's. */
	CHECK_TEXT(cleaner_from(1), "3:c1 5:a3 6:d1 7:b3 8:a9 9:x1 ");
	CHECK_TEXT(cleaner_from(4), "5:a3 6:d1 7:b3 8:a9 9:x1 ");
	CHECK_TEXT(cleaner_from(10), "");
	/* Again, and nothing to do. */
	CHECK(cleaner_clean() == 0);
	CHECK_TEXT(cleaner_from(0), "3:c1 5:a3 6:d1 7:b3 8:a9 9:x1 ");
	CHECK(cleaner_each("d2 c2") == 0 && cleaner_clean() == 0);
	/* What is written to replaces nothing yet. */
	CHECK_TEXT(cleaner_from(0), "3:c1 6:d1 7:b3 8:a9 9:x1 10:d2 11:c2 ");
	CHECK(cleaner_roll() == 0 && cleaner_clean() == 0);
	CHECK_TEXT(cleaner_from(0), "7:b3 8:a9 9:x1 10:d2 11:c2 ");
	CHECK(cleaner_sound());
	cleaner_end();
	return 0;
}

/* Records of one batch go, the batch keeps its offsets and its fields. */
static int
batches_stay(void)
{
	struct mq_batch b;
	int c;

	for (c = MQ_CODEC_NONE; c <= MQ_CODEC_ZSTD; c++) {
		CHECK(cleaner_start("1000", "delete.retention.ms", "0") == 0);
		cleaner.codec = (enum mq_codec)c;
		CHECK(cleaner_append_at(
			  "avalue-that-packs-packs-packs-packs-packs "
			  "bvalue-that-packs-packs-packs-packs-packs "
			  "cvalue-that-packs-packs-packs-packs-packs "
			  "dvalue-that-packs-packs-packs-packs-packs",
			  5000, 0) == 0);
		cleaner.codec = MQ_CODEC_NONE;
		CHECK(cleaner_append("a1 d1") == 0 && cleaner_roll() == 0 &&
		    cleaner_clean() == 0);
		CHECK(cleaner_batch(0, &b) == 1);
		CHECK(b.base_offset == 0 && b.last_offset_delta == 3);
		CHECK(b.count == 2 && (b.attributes & MQ_BATCH_CODEC) == c);
		CHECK(b.base_timestamp == 5000 && b.max_timestamp == 5000);
		CHECK(b.leader_epoch == 0 && b.producer_id == -1);
		CHECK(strncmp(cleaner_from(0), "1:bvalue", 8) == 0);
		CHECK(strstr(cleaner.line, "2:cvalue") != NULL);
		CHECK(strstr(cleaner.line, " 4:a1 5:d1 ") != NULL);
		CHECK(strstr(cleaner.line, "3:") == NULL && cleaner_sound());
		cleaner_end();
	}
	return 0;
}

static int
tombstones(void)
{
	struct mq_batch b;

	CHECK(cleaner_start("10000", "delete.retention.ms", "1000") == 0);
	CHECK(cleaner_append("a1 b1") == 0 && cleaner_append("a b2") == 0 &&
	    cleaner_roll() == 0);
	CHECK(cleaner_clean() == 0);
	CHECK_TEXT(cleaner_from(0), "2:a 3:b2 ");
	CHECK(cleaner_batch(2, &b) == 1);
	CHECK((b.attributes & MQ_BATCH_DELETE_HORIZON) != 0);
	CHECK(
	    b.base_timestamp == CLEANER_NOW + 1000 && b.max_timestamp == 1000);
	/* One that comes later has a time of its own. */
	cleaner.options.now_ms = CLEANER_NOW + 600;
	CHECK(cleaner_append("c") == 0 && cleaner_roll() == 0 &&
	    cleaner_clean() == 0);
	cleaner.options.now_ms = CLEANER_NOW + 999;
	CHECK(cleaner_clean() == 0);
	CHECK_TEXT(cleaner_from(0), "2:a 3:b2 4:c ");
	cleaner.options.now_ms = CLEANER_NOW + 1000;
	CHECK(cleaner_clean() == 0);
	CHECK_TEXT(cleaner_from(0), "3:b2 4:c ");
	CHECK(cleaner_batch(2, &b) == 1 && b.base_offset == 2 && b.count == 1);
	CHECK(b.base_timestamp ==
	    CLEANER_NOW + 1000); /* and the record's is the same */
	cleaner.options.now_ms = CLEANER_NOW + 1600;
	CHECK(cleaner_clean() == 0);
	CHECK_TEXT(cleaner_from(0), "3:b2 ");
	CHECK(cleaner_sound());
	cleaner_end();
	return 0;
}

/* Timestamps are the records' own, though they count from the horizon. */
static int
timestamps(void)
{
	int64_t offset, found;

	CHECK(cleaner_start("10000", "delete.retention.ms", "1000") == 0);
	CHECK(cleaner_append_at("a1 b", 1000, 0) == 0);
	CHECK(cleaner_append_at("c1 d", 3000, 0) == 0 && cleaner_roll() == 0);
	CHECK(cleaner_append_at("e1", 5000, 0) == 0 && cleaner_clean() == 0);
	CHECK(mq_reader_find_time(&cleaner.p, 1001, &offset, &found,
		  &cleaner.err) == 1);
	CHECK(offset == 2 && found == 3000);
	CHECK(mq_reader_find_time(&cleaner.p, 3001, &offset, &found,
		  &cleaner.err) == 1);
	CHECK(offset == 4 && found == 5000);
	cleaner.options.now_ms = CLEANER_NOW + 2000;
	CHECK(cleaner_append_at("c2 a2", 7000, 0) == 0 && cleaner_roll() == 0);
	CHECK(cleaner_clean() == 0);
	CHECK_TEXT(cleaner_from(0), "4:e1 5:c2 6:a2 ");
	CHECK(mq_reader_find_time(&cleaner.p, 0, &offset, &found,
		  &cleaner.err) == 1);
	CHECK(offset == 4 && found == 5000);
	CHECK(cleaner_sound());
	cleaner_end();
	return 0;
}

/* A rewritten batch that would pass max.message.bytes becomes two. */
static int
batch_limit(void)
{
	struct mq_partition_info info;
	struct mq_batch b;
	char text[600] = "";
	int i;

	CHECK(cleaner_start("10000", "max.message.bytes", "300") == 0);
	for (i = 0; i < 26; i++)
		(void)snprintf(text + 3 * i, sizeof(text) - 3 * (size_t)i,
		    "%c%s ", 'a' + i, i == 5 ? " " : "1");
	CHECK(cleaner_append(text) == 0 && cleaner_roll() == 0);
	CHECK(cleaner_batch(0, &b) == 1 && b.size <= 300);
	CHECK(cleaner_clean() == 0);
	CHECK(cleaner_batch(0, &b) == 1 && b.size <= 300 && b.count < 26);
	i = b.count;
	CHECK(cleaner_batch(25, &b) == 1 && b.size <= 300 && b.count == 26 - i);
	CHECK(b.base_offset == i && mq_batch_last_offset(&b) == 25);
	CHECK(b.attributes == MQ_BATCH_DELETE_HORIZON);
	CHECK(mq_partition_get(cleaner.mq, "t", 0, &info, &cleaner.err) == 0);
	CHECK(info.log_end == 26 && strstr(cleaner_from(0), "25:z1") != NULL);
	CHECK(cleaner_sound());
	cleaner_end();
	return 0;
}

/* Control batches stay; behind a transaction's records nothing is touched. */
static int
special_batches(void)
{
	struct mq_batch b;

	CHECK(cleaner_start("10000", "delete.retention.ms", "0") == 0);
	CHECK(cleaner_append("a1") == 0);
	CHECK(cleaner_append_at("a1", 1000, MQ_BATCH_CONTROL) == 0);
	CHECK(cleaner_append("a2 b1") == 0);
	CHECK(cleaner_append_at("a3", 1000, MQ_BATCH_TRANSACTIONAL) == 0);
	CHECK(cleaner_append("a4 b2 b3") == 0 && cleaner_roll() == 0 &&
	    cleaner_clean() == 0);
	CHECK_TEXT(cleaner_from(0), "1:a1 2:a2 3:b1 4:a3 5:a4 6:b2 7:b3 ");
	CHECK(cleaner_batch(1, &b) == 1 && b.attributes == MQ_BATCH_CONTROL);
	CHECK(cleaner_clean() == 0 && cleaner_sound());
	cleaner_end();
	return 0;
}

static int
without_keys(void)
{
	CHECK(cleaner_start("10000", "delete.retention.ms", "0") == 0);
	CHECK(cleaner_append("=1 a1 =2") == 0 && cleaner_roll() == 0 &&
	    cleaner_append("=3") == 0);
	CHECK(cleaner_clean() == 0);
	CHECK_TEXT(cleaner_from(0), "1:a1 3:3 ");
	cleaner_end();
	return 0;
}

static int
policies(void)
{
	struct mq_cleaned cleaned;

	CHECK(cleaner_start("140", "retention.bytes", "0") == 0);
	CHECK(cleaner_each("a1 b1 a2 c1 d1 e1") == 0);
	/* Size and time do not count. */
	CHECK(mq_topic_clean(cleaner.mq, "t", 0, &cleaned, &cleaner.err) == 0);
	CHECK_TEXT(cleaner_from(0), "1:b1 2:a2 3:c1 4:d1 5:e1 ");
	CHECK(cleaned.log_start == 0 && cleaned.bytes == 70);
	cleaner_end();
	CHECK(cleaner_start("140", "cleanup.policy", "delete,compact") == 0);
	CHECK(cleaner_append_at("a1", 1000, 0) == 0 &&
	    cleaner_append_at("b1", 1000, 0) == 0);
	CHECK(cleaner_append_at("a1", CLEANER_NOW * 2, 0) == 0);
	CHECK(cleaner_append_at("a2", CLEANER_NOW * 2, 0) == 0 &&
	    cleaner_append("c1") == 0);
	CHECK(mq_topic_clean(cleaner.mq, "t", 0, &cleaned, &cleaner.err) == 0);
	CHECK(cleaned.log_start == 2);
	CHECK_TEXT(cleaner_from(2), "3:a2 4:c1 ");
	CHECK(cleaner_sound());
	cleaner_end();
	CHECK(cleaner_start("140", "cleanup.policy", "delete") == 0);
	CHECK(cleaner_each("a1 b1 a2") == 0 && cleaner_clean() == 0 &&
	    cleaner.done.bytes == 0);
	cleaner_end();
	return 0;
}

/* A batch from a compacted topic is taken as records, or not at all. */
static int
produced(void)
{
	struct mq_producer *to;
	struct mq_record r;
	struct mq_delivery d;

	CHECK(cleaner_start("10000", "delete.retention.ms", "0") == 0);
	CHECK((to = mq_producer_new(cleaner.mq, "t", NULL, &cleaner.err)) !=
	    NULL);
	(void)memset(&r, 0, sizeof(r));
	r.key.data = "k";
	r.key.len = 1;
	CHECK(mq_produce(to, &r, 0, &cleaner.err) == 0);
	r.key.data = NULL;
	CHECK(mq_produce(to, &r, 0, &cleaner.err) == -1);
	CHECK(cleaner.err.code == MQ_INVALID_RECORD);
	CHECK(strstr(cleaner.err.text, "cleanup.policy") != NULL);
	/* It hurts no other. */
	r.key.data = "l";
	CHECK(mq_produce(to, &r, 0, &cleaner.err) == 0);
	CHECK(mq_producer_flush(to, &cleaner.err) == 0);
	mq_producer_delivery(to, &d);
	CHECK(d.handed == 2 && d.confirmed == 2);
	mq_producer_free(to);
	CHECK_TEXT(cleaner_from(0), "0:k 1:l ");
	cleaner_end();
	return 0;
}

int
main(void)
{
	RUN(last_values, "the last record of each key stays, in its place");
	RUN(batches_stay,
	    "a batch keeps its offsets, its fields and its codec");
	RUN(tombstones, "a tombstone stays for its time");
	RUN(timestamps, "timestamps stay, and are found");
	RUN(batch_limit, "no batch grows over max.message.bytes");
	RUN(special_batches, "control batches and transactions are left alone");
	RUN(without_keys, "records without a key go");
	RUN(policies, "delete, compact, and both");
	RUN(produced, "a record without a key is refused");
	return test_done();
}
