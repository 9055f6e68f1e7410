/* SPDX-License-Identifier: ISC */
#include "recovery_scene.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SHOWN 8 /* failures of one kind that are told */

struct recovery_scene recovery;

const char *const recovery_state_name[] = { "kept", "tail lost", "removed",
	"garbled" };

int
recovery_make(const char *segment_bytes)
{
	const struct scene_topic t = { "t",
		{ "segment.bytes", segment_bytes, "index.interval.bytes", "0",
		    "retention.ms", "-1", NULL } };
	struct mq *mq;
	int64_t n;
	int rc = 0;

	if (scene_dir(recovery.root) == -1 ||
	    (mq = scene_store(recovery.root, &t, &recovery.err)) == NULL)
		return -1;
	for (n = 0; rc == 0 && n < RECOVERY_RECORDS; n += RECOVERY_PER_BATCH)
		rc = scene_batch(mq, "t", n, n + RECOVERY_PER_BATCH,
		    &recovery.err);
	mq_close(mq);
	(void)snprintf(recovery.dir, sizeof(recovery.dir), "%s/t-0",
	    recovery.root);
	return rc == 0 ? scene_load(recovery.dir, &recovery.whole) : -1;
}

void
recovery_unmake(void)
{
	scene_free(&recovery.whole);
	scene_remove(recovery.root);
}

int
recovery_put_back(enum recovery_state how)
{
	struct scene_file *f = scene_find(&recovery.whole, "partition.state");
	uint8_t page[4096];

	if (scene_restore(recovery.dir, &recovery.whole) == -1 || f == NULL ||
	    f->len != 4096)
		return -1;
	(void)memcpy(page, f->data, sizeof(page));
	if (how == RECOVERY_NO_TAIL)
		(void)memset(page, 0, RECOVERY_TAIL_SLOT);
	else if (how == RECOVERY_GARBLED)
		(void)memset(page, 0xa5, sizeof(page));
	else if (how == RECOVERY_NO_STATE) {
		char path[SCENE_PATH * 2];

		(void)snprintf(path, sizeof(path), "%s/partition.state",
		    recovery.dir);
		return unlink(path);
	}
	return scene_write(recovery.dir, f->name, page, sizeof(page));
}

int64_t
recovery_read(int64_t *wrong, int *rc)
{
	struct mq *mq = mq_open(recovery.root, 0, &recovery.err);
	int64_t n;

	if (mq == NULL) {
		*rc = -1;
		return 0;
	}
	n = scene_read(mq, "t", wrong, rc, &recovery.err);
	mq_close(mq);
	return n;
}

int
recovery_is_log(const struct scene_file *f)
{
	return strstr(f->name, ".log") != NULL;
}

const struct scene_file *
recovery_last_log(size_t *last_batch)
{
	const struct scene_file *f, *last = NULL;
	size_t i, at, size;

	for (i = 0; i < recovery.whole.count; i++) {
		f = &recovery.whole.file[i];
		if (recovery_is_log(f) && f->len != 0 &&
		    (last == NULL || strcmp(f->name, last->name) > 0))
			last = f;
	}
	for (at = 0; last != NULL && at < last->len; at += size) {
		size = (size_t)last->data[at + 10] << 8 | last->data[at + 11];
		size += 12;
		*last_batch = at;
	}
	return last;
}

int64_t
recovery_records(const struct scene_file *f, size_t len)
{
	size_t at = 0, size;
	int64_t n = 0;

	while (at + 12 <= len) {
		size = 12 + ((size_t)f->data[at + 10] << 8 | f->data[at + 11]);
		if (at + size > len)
			break;
		at += size;
		n += RECOVERY_PER_BATCH;
	}
	return n;
}

int
recovery_says_where(int byte)
{
	return strstr(recovery.err.text, "topic t, partition 0: ") != NULL &&
	    strstr(recovery.err.text, ".log: ") != NULL &&
	    (!byte || strstr(recovery.err.text, "byte ") != NULL);
}

int
recovery_outcome(const struct scene_image *before, int64_t may_lose, int byte,
    const char **why)
{
	int64_t wrong, n;
	int rc;

	n = recovery_read(&wrong, &rc);
	*why = "a wrong record";
	if (n == -1)
		return -1;
	if (rc == 0) {
		*why = "records are missing";
		return n == RECOVERY_RECORDS ||
			n >= RECOVERY_RECORDS - may_lose ?
		    1 :
		    -1;
	}
	*why = "the error does not say where";
	if (!recovery_says_where(byte))
		return -1;
	*why = "refused, and files were changed";
	return scene_unchanged(recovery.dir, before, "index") ? 0 : -1;
}

int
recovery_tell(int *shown, const char *what, enum recovery_state how,
    const char *file, size_t at, const char *why)
{
	if ((*shown)++ < SHOWN)
		printf("# %s, state %s, %s byte %zu: %s (%s)\n", what,
		    recovery_state_name[how], file, at, why, recovery.err.text);
	return 1;
}
