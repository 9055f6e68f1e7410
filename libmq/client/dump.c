/* SPDX-License-Identifier: ISC */
/* Looking into segment and index files, wherever they lie. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/io.h"
#include "log/offset_index.h"
#include "log/scan.h"
#include "log/time_index.h"
#include "mq.h"

struct mq_dump {
	char *path;
	int fd;
	int kind;
	int64_t base; /* of the file's name, 0 where it has none */
	int64_t entry;
	int in_batch;
	struct mq_scan scan;
	struct mq_batch batch;
	struct mq_batch_iter iter;
};

static void
name_kind(struct mq_dump *d)
{
	const char *name = strrchr(d->path, '/');
	const char *suffix;

	name = name != NULL ? name + 1 : d->path;
	suffix = strrchr(name, '.');
	d->kind = 'l';
	if (suffix != NULL && strcmp(suffix, ".index") == 0)
		d->kind = 'i';
	if (suffix != NULL && strcmp(suffix, ".timeindex") == 0)
		d->kind = 't';
	if (strspn(name, "0123456789") == 20)
		d->base = strtoll(name, NULL, 10);
}

struct mq_dump *
mq_dump_open(const char *path, struct mq_err *err)
{
	struct mq_dump *d = calloc(1, sizeof(*d));

	if (d == NULL || (d->path = strdup(path)) == NULL) {
		free(d);
		(void)mq_fail_memory(err);
		return NULL;
	}
	if ((d->fd = mq_io_open(AT_FDCWD, path, O_RDONLY, 0)) == -1) {
		(void)mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "%s", path);
		free(d->path);
		free(d);
		return NULL;
	}
	name_kind(d);
	mq_scan_start(&d->scan, d->fd, 0, -1);
	return d;
}

int
mq_dump_kind(const struct mq_dump *d)
{
	return d->kind;
}

static void
describe(const struct mq_dump *d, struct mq_dump_batch *out)
{
	const struct mq_batch *b = &d->batch;

	out->position = d->scan.batch_at;
	out->size = (int64_t)b->size;
	out->base_offset = b->base_offset;
	out->last_offset = mq_batch_last_offset(b);
	out->leader_epoch = b->leader_epoch;
	out->count = b->count;
	out->base_timestamp = b->base_timestamp;
	out->max_timestamp = b->max_timestamp;
	out->delete_horizon = (b->attributes & MQ_BATCH_DELETE_HORIZON) != 0 ?
	    b->base_timestamp :
	    -1;
	out->producer_id = b->producer_id;
	out->producer_epoch = b->producer_epoch;
	out->base_sequence = b->base_sequence;
	out->magic = 2;
	out->crc = b->crc;
	out->codec = mq_codec_name(b->attributes & MQ_BATCH_CODEC);
	out->log_append_time = (b->attributes & MQ_BATCH_LOG_APPEND_TIME) != 0;
	out->transactional = (b->attributes & MQ_BATCH_TRANSACTIONAL) != 0;
	out->control = (b->attributes & MQ_BATCH_CONTROL) != 0;
}

int
mq_dump_batch(struct mq_dump *d, struct mq_dump_batch *out, struct mq_err *err)
{
	int rc;

	d->scan.expect = -1; /* any file of batches will do */
	rc = mq_scan_next(&d->scan, &d->batch, err);

	d->in_batch = 0;
	if (rc == 0 && d->scan.torn != 0)
		rc = mq_fail(err, MQ_CORRUPT_MESSAGE,
		    "byte %lld: the file ends in the middle of a batch",
		    (long long)d->scan.at);
	if (rc == -1)
		return mq_fail_context(err, "%s", d->path);
	if (rc == 1)
		describe(d, out);
	return rc;
}

int
mq_dump_record(struct mq_dump *d, struct mq_record *r, struct mq_err *err)
{
	int rc;

	if (!d->in_batch) {
		if (mq_batch_iter_init(&d->iter, &d->batch, err) == -1)
			return mq_fail_context(err, "%s, byte %lld", d->path,
			    (long long)d->scan.batch_at);
		d->in_batch = 1;
	}
	(void)memset(r, 0, sizeof(*r));
	rc = mq_batch_iter_next(&d->iter, r, err);
	r->partition = -1;
	if (rc == -1)
		return mq_fail_context(err, "%s, byte %lld", d->path,
		    (long long)d->scan.batch_at);
	return rc;
}

int
mq_dump_entry(struct mq_dump *d, int64_t *offset, int64_t *value,
    struct mq_err *err)
{
	int rc;

	if (d->kind == 'i')
		rc = mq_offset_index_get(d->fd, d->base, d->entry, offset,
		    value, err);
	else
		rc = mq_time_index_get(d->fd, d->base, d->entry, value, offset,
		    err);
	if (rc == -1)
		return mq_fail_context(err, "%s", d->path);
	d->entry += rc;
	return rc;
}

void
mq_dump_free(struct mq_dump *d)
{
	if (d == NULL)
		return;
	(void)mq_io_close(d->fd);
	mq_scan_free(&d->scan);
	mq_batch_iter_free(&d->iter);
	free(d->path);
	free(d);
}
