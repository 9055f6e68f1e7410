/* SPDX-License-Identifier: ISC */
/* mq-topic dump: what is in a segment or index file, as kafka-dump-log. */
#include <sys/stat.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "escape.h"
#include "json.h"
#include "table.h"
#include "topic.h"

static const char *
boolean(int b)
{
	return b ? "true" : "false";
}

static void
print_batch(const struct mq_dump_batch *b)
{
	char horizon[64] = "";

	if (b->delete_horizon != -1)
		(void)snprintf(horizon, sizeof(horizon),
		    " deleteHorizonMs: %" PRId64, b->delete_horizon);
	(void)printf("baseOffset: %" PRId64 " lastOffset: %" PRId64
		     " count: %" PRId32 " baseSequence: %" PRId32
		     " producerId: %" PRId64 " producerEpoch: %d"
		     " partitionLeaderEpoch: %" PRId32 " isTransactional: %s"
		     " isControl: %s%s position: %" PRId64 " %s: %" PRId64
		     " size: %" PRId64
		     " magic: %d compresscodec: %s crc: %" PRIu32
		     " isvalid: true\n",
	    b->base_offset, b->last_offset, b->count, b->base_sequence,
	    b->producer_id, b->producer_epoch, b->leader_epoch,
	    boolean(b->transactional), boolean(b->control), horizon,
	    b->position, b->log_append_time ? "LogAppendTime" : "CreateTime",
	    b->max_timestamp, b->size, b->magic, b->codec, b->crc);
}

static void
print_batch_json(const struct mq_dump_batch *b)
{
	char horizon[64] = "";

	if (b->delete_horizon != -1)
		(void)snprintf(horizon, sizeof(horizon),
		    ",\"delete_horizon\":%" PRId64, b->delete_horizon);
	(void)printf(
	    "{\"position\":%" PRId64 ",\"size\":%" PRId64
	    ",\"base_offset\":%" PRId64 ",\"last_offset\":%" PRId64
	    ",\"count\":%" PRId32 ",\"leader_epoch\":%" PRId32
	    ",\"base_timestamp\":%" PRId64 ",\"max_timestamp\":%" PRId64
	    ",\"timestamp_type\":\"%s\",\"codec\":\"%s\",\"crc\":%" PRIu32
	    ",\"producer_id\":%" PRId64 ",\"producer_epoch\":%d"
	    ",\"base_sequence\":%" PRId32 ",\"transactional\":%s"
	    ",\"control\":%s%s}\n",
	    b->position, b->size, b->base_offset, b->last_offset, b->count,
	    b->leader_epoch, b->base_timestamp, b->max_timestamp,
	    b->log_append_time ? "LogAppendTime" : "CreateTime", b->codec,
	    b->crc, b->producer_id, b->producer_epoch, b->base_sequence,
	    boolean(b->transactional), boolean(b->control), horizon);
}

/* The bytes, on one line. */
static void
print_bytes(const char *name, const struct mq_bytes *b)
{
	char text[ESCAPE_MOST * 256 + 1];
	size_t at, n;

	if (b->data == NULL)
		return;
	(void)printf(" %s: ", name);
	for (at = 0; at < b->len; at += n) {
		n = b->len - at < 256 ? b->len - at : 256;
		escape_line(text, (const char *)b->data + at, n);
		(void)fputs(text, stdout);
	}
}

static void
print_record(const struct mq_record *r)
{
	(void)printf("| offset: %" PRId64 " timestamp: %" PRId64
		     " keySize: %lld valueSize: %lld headers: %zu",
	    r->offset, r->timestamp,
	    r->key.data != NULL ? (long long)r->key.len : -1,
	    r->value.data != NULL ? (long long)r->value.len : -1,
	    r->header_count);
	print_bytes("key", &r->key);
	print_bytes("payload", &r->value);
	(void)putchar('\n');
}

static int
dump_records(struct mq_dump *d, int json, struct mq_err *e)
{
	struct mq_record r;
	struct out line;
	int rc;

	out_init(&line, -1);
	while ((rc = mq_dump_record(d, &r, e)) == 1) {
		if (!json) {
			print_record(&r);
			continue;
		}
		line.len = 0;
		if (json_put_record(&line, &r) == -1)
			cmd_die(CMD_IO, "out of memory");
		(void)fwrite(line.data, 1, line.len, stdout);
	}
	out_free(&line);
	return rc;
}

static int
dump_batches(struct mq_dump *d, const struct topic_options *o, struct mq_err *e)
{
	struct mq_dump_batch b;
	int rc;

	while ((rc = mq_dump_batch(d, &b, e)) == 1) {
		if (o->json)
			print_batch_json(&b);
		else
			print_batch(&b);
		if (o->verbose && dump_records(d, o->json, e) == -1)
			return -1;
	}
	return rc;
}

static int
dump_entries(struct mq_dump *d, const struct topic_options *o, struct mq_err *e)
{
	int times = mq_dump_kind(d) == 't', rc;
	int64_t offset, value;

	while ((rc = mq_dump_entry(d, &offset, &value, e)) == 1) {
		if (o->json && times)
			(void)printf("{\"timestamp\":%" PRId64
				     ",\"offset\":%" PRId64 "}\n",
			    value, offset);
		else if (o->json)
			(void)printf("{\"offset\":%" PRId64
				     ",\"position\":%" PRId64 "}\n",
			    offset, value);
		else if (times)
			(void)printf("timestamp: %" PRId64 " offset: %" PRId64
				     "\n",
			    value, offset);
		else
			(void)printf("offset: %" PRId64 " position: %" PRId64
				     "\n",
			    offset, value);
	}
	return rc;
}

/* Files are read from their end too, which a pipe cannot give. */
static void
check_files(char *const *file)
{
	struct stat st;

	for (; *file != NULL; file++)
		if (strcmp(*file, "-") == 0 ||
		    (stat(*file, &st) == 0 &&
			(S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode))))
			cmd_usage("dump reads files, not a pipe: %s; save what "
				  "comes from it first",
			    *file);
}

int
topic_dump(const struct topic_options *o)
{
	int status = CMD_OK, rc;
	struct mq_dump *d;
	struct mq_err e;
	char **file;

	check_files(o->operand);
	for (file = o->operand; *file != NULL; file++) {
		if ((d = mq_dump_open(*file, &e)) == NULL) {
			topic_tell(&status, &e);
			continue;
		}
		rc = mq_dump_kind(d) == 'l' ? dump_batches(d, o, &e) :
					      dump_entries(d, o, &e);
		mq_dump_free(d);
		table_flush();
		if (rc == -1)
			topic_tell(&status, &e);
	}
	return status;
}
