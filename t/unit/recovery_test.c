/* SPDX-License-Identifier: ISC */
/*
 * What was confirmed is read back right, or the partition says which byte is
 * bad and keeps everything.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scene.h"
#include "test.h"

#define BATCHES	  8
#define PER_BATCH 2
#define RECORDS	  (BATCHES * PER_BATCH)
#define TAIL_SLOT 152
#define SHOWN	  8 /* failures of one kind that are told */

static char root[SCENE_PATH], dir[SCENE_PATH + 16];
static struct scene_image whole;
static struct mq_err err;

/* What is left of partition.state. */
enum state {
	KEPT,	  /* as it was: the same boot */
	NO_TAIL,  /* another boot: the flush point is known */
	NO_STATE, /* removed */
	GARBLED	  /* bytes that say nothing */
};

static const char *const state_name[] = { "kept", "tail lost", "removed",
	"garbled" };

/* Three segments or so, of small batches; an index entry for each. */
static int
make(const char *segment_bytes)
{
	const struct scene_topic t = { "t",
		{ "segment.bytes", segment_bytes, "index.interval.bytes", "0",
		    "retention.ms", "-1", NULL } };
	struct mq *mq;
	int64_t n;
	int rc = 0;

	if (scene_dir(root) == -1 || (mq = scene_store(root, &t, &err)) == NULL)
		return -1;
	for (n = 0; rc == 0 && n < RECORDS; n += PER_BATCH)
		rc = scene_batch(mq, "t", n, n + PER_BATCH, &err);
	mq_close(mq);
	(void)snprintf(dir, sizeof(dir), "%s/t-0", root);
	return rc == 0 ? scene_load(dir, &whole) : -1;
}

static void
unmake(void)
{
	scene_free(&whole);
	scene_remove(root);
}

static int
put_back(enum state how)
{
	struct scene_file *f = scene_find(&whole, "partition.state");
	uint8_t page[4096];

	if (scene_restore(dir, &whole) == -1 || f == NULL || f->len != 4096)
		return -1;
	(void)memcpy(page, f->data, sizeof(page));
	if (how == NO_TAIL)
		(void)memset(page, 0, TAIL_SLOT);
	else if (how == GARBLED)
		(void)memset(page, 0xa5, sizeof(page));
	else if (how == NO_STATE) {
		char path[SCENE_PATH * 2];

		(void)snprintf(path, sizeof(path), "%s/partition.state", dir);
		return unlink(path);
	}
	return scene_write(dir, f->name, page, sizeof(page));
}

static int64_t
read_all(int64_t *wrong, int *rc)
{
	struct mq *mq = mq_open(root, 0, &err);
	int64_t n;

	if (mq == NULL) {
		*rc = -1;
		return 0;
	}
	n = scene_read(mq, "t", wrong, rc, &err);
	mq_close(mq);
	return n;
}

/* The sentence says where: topic, partition, file and byte. */
static int
says_where(int byte)
{
	return strstr(err.text, "topic t, partition 0: ") != NULL &&
	    strstr(err.text, ".log: ") != NULL &&
	    (!byte || strstr(err.text, "byte ") != NULL);
}

/*
 * What came of damage: 1 all read back right, 0 refused and kept, -1 what must
 * never be.  `lost` records at the end may be gone without a word (the flush
 * point was not known), 0 with it.
 */
static int
outcome(const struct scene_image *before, int64_t may_lose, int byte,
    const char **why)
{
	int64_t wrong, n;
	int rc;

	n = read_all(&wrong, &rc);
	*why = "a wrong record";
	if (n == -1)
		return -1;
	if (rc == 0) {
		*why = "records are missing";
		return n == RECORDS || n >= RECORDS - may_lose ? 1 : -1;
	}
	*why = "the error does not say where";
	if (!says_where(byte))
		return -1;
	*why = "refused, and files were changed";
	return scene_unchanged(dir, before, "index") ? 0 : -1;
}

static int
tell(int *shown, const char *what, enum state how, const char *file, size_t at,
    const char *why)
{
	if ((*shown)++ < SHOWN)
		printf("# %s, state %s, %s byte %zu: %s (%s)\n", what,
		    state_name[how], file, at, why, err.text);
	return 1;
}

static int
is_log(const struct scene_file *f)
{
	return strstr(f->name, ".log") != NULL;
}

/* The last segment that holds a batch, and where its last batch starts. */
static const struct scene_file *
last_log(size_t *last_batch)
{
	const struct scene_file *f, *last = NULL;
	size_t i, at, size;

	for (i = 0; i < whole.count; i++) {
		f = &whole.file[i];
		if (is_log(f) && f->len != 0 &&
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

static int
flip_all(enum state how, int *counts)
{
	static const uint8_t masks[] = { 0x01, 0x80, 0xff };
	int shown = 0, bad = 0, got;
	struct scene_image damaged;
	size_t i, at, m, tail = 0;
	const struct scene_file *last = last_log(&tail);
	const char *why;
	struct scene_file *f;

	for (i = 0; i < whole.count; i++) {
		f = &whole.file[i];
		if (!is_log(f))
			continue;
		for (at = 0; at < f->len; at++) {
			for (m = 0; m < sizeof(masks); m++) {
				int rot =
				    how >= NO_STATE && f == last && at >= tail;

				f->data[at] ^= masks[m];
				if (put_back(how) == -1)
					return -1;
				damaged = whole;
				got = outcome(&damaged, rot ? PER_BATCH : 0, 1,
				    &why);
				f->data[at] ^= masks[m];
				if (got == -1)
					bad += tell(&shown, "flip", how,
					    f->name, at, why);
				counts[got + 1]++;
			}
		}
	}
	return bad;
}

static int
flips(enum state how)
{
	int counts[3] = { 0, 0, 0 }, bad;

	CHECK(make("250") == 0);
	bad = flip_all(how, counts);
	printf("# %d flips, state %s: %d read back whole, %d refused, %d bad\n",
	    counts[0] + counts[1] + counts[2], state_name[how], counts[2],
	    counts[1], counts[0]);
	unmake();
	CHECK(bad == 0);
	return 0;
}

static int
flip_kept(void)
{
	return flips(KEPT);
}

static int
flip_no_tail(void)
{
	return flips(NO_TAIL);
}

static int
flip_no_state(void)
{
	return flips(NO_STATE);
}

/* Index files are hints: whatever is in them, all is read. */
static int
flip_indexes(void)
{
	static const uint8_t masks[] = { 0x01, 0x80, 0xff };
	size_t i, at, m, tries = 0;
	const char *why = "";
	int shown = 0, bad = 0, got;
	struct scene_file *f;

	CHECK(make("250") == 0);
	for (i = 0; i < whole.count; i++) {
		f = &whole.file[i];
		if (strstr(f->name, "index") == NULL)
			continue;
		for (at = 0; at < f->len; at++)
			for (m = 0; m < 3; m++) {
				f->data[at] ^= masks[m];
				CHECK(put_back((at + m) % 2 ? NO_TAIL : KEPT) ==
				    0);
				got = outcome(&whole, 0, 1, &why);
				f->data[at] ^= masks[m];
				tries++;
				if (got != 1)
					bad += tell(&shown, "index", KEPT,
					    f->name, at, why);
			}
	}
	printf("# %zu flips in indexes\n", tries);
	unmake();
	CHECK(bad == 0);
	return 0;
}

/* partition.state is a hint, too: a flip in it loses and hides nothing. */
static int
flip_state(void)
{
	const char *why = "";
	int shown = 0, bad = 0;
	struct scene_file *f;
	size_t at;

	CHECK(make("250") == 0);
	f = scene_find(&whole, "partition.state");
	for (at = 0; at < 600; at++) {
		f->data[at] ^= 0xff;
		CHECK(put_back(KEPT) == 0);
		f->data[at] ^= 0xff;
		if (outcome(&whole, 0, 1, &why) != 1)
			bad += tell(&shown, "flip", KEPT, f->name, at, why);
	}
	unmake();
	CHECK(bad == 0);
	return 0;
}

/* Whole batches that lie in the first `len` bytes of a segment. */
static int64_t
batches_in(const struct scene_file *f, size_t len)
{
	size_t at = 0, size;
	int64_t n = 0;

	while (at + 12 <= len) {
		size = 12 + ((size_t)f->data[at + 10] << 8 | f->data[at + 11]);
		if (at + size > len)
			break;
		at += size;
		n++;
	}
	return n;
}

/*
 * The last segment is cut at every byte (fill: what is cut reads as zeros).
 * Flushed records that are gone are told; where nobody knows that they were,
 * those that are whole are read.
 */
static int
cuts(enum state how, int fill)
{
	const struct scene_file *last;
	size_t tail = 0, at, len, same;
	int64_t wrong, n, left, before;
	int rc, bad = 0, shown = 0;
	uint8_t *bytes;

	CHECK(make("300") == 0);
	last = last_log(&tail);
	CHECK(last != NULL);
	left = batches_in(last, last->len) * PER_BATCH;
	before = RECORDS - left;
	CHECK(left >= 2 * PER_BATCH && before > 0);
	bytes = calloc(1, last->len);
	for (at = 0; at < last->len; at++) {
		(void)memcpy(bytes, last->data, at);
		(void)memset(bytes + at, 0, last->len - at);
		len = fill ? last->len : at;
		CHECK(put_back(how) == 0);
		CHECK(scene_write(dir, last->name, bytes, len) == 0);
		/* What was zero stays as it was. */
		for (same = at; fill && same < len; same++)
			if (last->data[same] != 0)
				break;
		n = read_all(&wrong, &rc);
		if (how == NO_STATE &&
		    (rc != 0 ||
			n != before + batches_in(last, same) * PER_BATCH))
			bad += tell(&shown, "cut", how, last->name, at,
			    "not the whole batches that are left");
		/* A tail that ends in zeros may be as it was. */
		if (how != NO_STATE && !(rc == 0 && n == RECORDS && fill) &&
		    (rc != -1 || n == -1 || !says_where(0)))
			bad += tell(&shown, "cut", how, last->name, at,
			    "not refused");
	}
	free(bytes);
	printf("# %zu cuts, state %s\n", last->len, state_name[how]);
	unmake();
	CHECK(bad == 0);
	return 0;
}

static int
cut_known(void)
{
	return cuts(NO_TAIL, 0);
}

static int
cut_unknown(void)
{
	return cuts(NO_STATE, 0);
}

static int
zeros_known(void)
{
	return cuts(NO_TAIL, 1);
}

static int
zeros_unknown(void)
{
	return cuts(NO_STATE, 1);
}

static void
ignore(const struct mq_finding *f, void *arg)
{
	(void)arg;
	printf("# %s: %s\n", f->file, f->text);
}

/*
 * Bytes behind the flush point, as a killed writer or a power cut leaves them:
 * they are cut, nothing else is, and the next records follow.
 */
static int
torn_tails(void)
{
	static const char *const tails[] = { "x\0\0\0\0\0\0\0\0\0\0\0",
		"garbage that is no batch\0\0\0\0\0\0\0\0\0\0\0",
		"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" };
	static const size_t lens[] = { 1, 24, 2000 };
	const struct scene_file *last;
	struct mq *mq;
	size_t i, tail = 0, len, how;
	int64_t wrong;
	uint8_t bytes[4096];
	int rc;

	CHECK(make("300") == 0);
	last = last_log(&tail);
	for (i = 0; i < 3 * 3; i++) {
		how = i / 3;
		CHECK(put_back((enum state)how) == 0);
		(void)memcpy(bytes, last->data, last->len);
		(void)memset(bytes + last->len, 'x', lens[i % 3]);
		(void)memcpy(bytes + last->len, tails[i % 3],
		    strlen(tails[i % 3]) + 12);
		len = last->len + lens[i % 3];
		CHECK(scene_write(dir, last->name, bytes, len) == 0);
		CHECK((mq = mq_open(root, 0, &err)) != NULL);
		CHECK(scene_batch(mq, "t", RECORDS, RECORDS + 1, &err) == 0);
		CHECK(scene_read(mq, "t", &wrong, &rc, &err) == RECORDS + 1);
		CHECK(rc == 0);
		/* A tail that was kept would be a fault. */
		CHECK(mq_verify(mq, "t", ignore, NULL, &err) == 0);
		mq_close(mq);
	}
	unmake();
	return 0;
}

/* Sets the flush point back (or forward) in an image's state, tail lost. */
static int
set_flushed(int64_t offset)
{
	uint8_t page[4096];
	struct scene_file *f = scene_find(&whole, "partition.state");
	extern uint32_t mq_crc32c(const void *, size_t);
	uint32_t crc;

	(void)memcpy(page, f->data, sizeof(page));
	(void)memset(page, 0, TAIL_SLOT);
	(void)memcpy(page + 512 + 8, &offset, sizeof(offset));
	crc = mq_crc32c(page + 512 + 8, 16);
	(void)memcpy(page + 512 + 4, &crc, sizeof(crc));
	return scene_write(dir, f->name, page, sizeof(page));
}

/*
 * A batch in the first segment was never flushed and is torn: it and all that
 * follows goes, however often recovery is stopped on the way.  Here it stops
 * where a segment cannot be deleted.
 */
static int
interrupted(void)
{
	char path[SCENE_PATH * 2], name[64];
	struct scene_image once, twice;
	struct scene_file *f;
	int64_t wrong, n;
	int rc;

	CHECK(make("250") == 0);
	f = scene_find(&whole, "00000000000000000000.log");
	CHECK(f != NULL && batches_in(f, f->len) >= 2);
	f->data[f->len - 1] ^= 1; /* its last batch is bad */
	n = (batches_in(f, f->len) - 1) * PER_BATCH;
	CHECK(put_back(KEPT) == 0 && set_flushed(n) == 0);
	CHECK(read_all(&wrong, &rc) == n && rc == 0);
	CHECK(scene_load(dir, &once) == 0);

	/* A directory in the place of a segment's index cannot be unlinked. */
	CHECK(put_back(KEPT) == 0 && set_flushed(n) == 0);
	(void)snprintf(name, sizeof(name), "%020lld.index",
	    (long long)(n + PER_BATCH));
	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	CHECK(unlink(path) == 0 && mkdir(path, 0700) == 0);
	(void)read_all(&wrong, &rc);
	CHECK(rc == -1);
	CHECK(rmdir(path) == 0);
	CHECK(read_all(&wrong, &rc) == n);
	CHECK(rc == 0);
	CHECK(scene_load(dir, &twice) == 0);
	CHECK(scene_unchanged(dir, &once, NULL));
	scene_free(&once);
	scene_free(&twice);
	unmake();
	return 0;
}

/* A second recovery finds nothing to do. */
static int
again(void)
{
	struct scene_image first;
	int64_t wrong;
	int rc, how;

	CHECK(make("250") == 0);
	for (how = NO_TAIL; how <= GARBLED; how++) {
		CHECK(put_back((enum state)how) == 0);
		CHECK(read_all(&wrong, &rc) == RECORDS && rc == 0);
		CHECK(scene_load(dir, &first) == 0);
		CHECK(put_back((enum state)how) == 0);
		CHECK(read_all(&wrong, &rc) == RECORDS && rc == 0);
		CHECK(scene_unchanged(dir, &first, NULL));
		scene_free(&first);
	}
	unmake();
	return 0;
}

/* Where a partition is refused, not even a hint is touched. */
static int
kept(void)
{
	struct scene_file *f;
	int64_t wrong;
	int rc;

	CHECK(make("250") == 0);
	f = scene_find(&whole, "00000000000000000012.log");
	CHECK(f != NULL);
	f->data[f->len - 1] ^= 1;
	CHECK(put_back(NO_TAIL) == 0);
	(void)read_all(&wrong, &rc);
	CHECK(rc == -1);
	CHECK(scene_unchanged(dir, &whole, NULL));
	unmake();
	return 0;
}

/* Without the file of a segment in the middle nothing is passed over. */
static int
missing_segment(void)
{
	const char *why = "";
	char path[SCENE_PATH * 2];
	struct scene_image less;
	struct scene_file *f;
	size_t i, segments = 0;
	int how, bad = 0, shown = 0;

	CHECK(make("250") == 0);
	for (i = 0; i < whole.count; i++) {
		f = &whole.file[i];
		if (!is_log(f))
			continue;
		segments++;
		for (how = KEPT; how <= NO_TAIL; how++) {
			CHECK(put_back((enum state)how) == 0);
			(void)snprintf(path, sizeof(path), "%s/%s", dir,
			    f->name);
			CHECK(unlink(path) == 0);
			CHECK(scene_load(dir, &less) == 0);
			/* Any sentence will do: there is no byte. */
			if (outcome(&less, 0, 0, &why) != 0)
				bad += tell(&shown, "unlink", (enum state)how,
				    f->name, 0, why);
			scene_free(&less);
		}
	}
	CHECK(segments >= 3);
	unmake();
	CHECK(bad == 0);
	return 0;
}

int
main(void)
{
	RUN(again, "a recovered log is found as it was, time and again");
	RUN(torn_tails, "bytes behind the flush point are cut, and no more");
	RUN(cut_known, "a flushed record that is cut off is told");
	RUN(cut_unknown, "without a flush point the whole batches are read");
	RUN(zeros_known, "a flushed record that reads as zeros is told");
	RUN(zeros_unknown, "without a flush point zeros are the end");
	RUN(flip_kept, "every byte flipped while the log is in use is told");
	RUN(flip_no_tail, "every byte flipped below the flush point is told");
	RUN(flip_no_state, "the same without partition.state");
	RUN(flip_indexes, "indexes are hints");
	RUN(flip_state, "partition.state is a hint");
	RUN(kept, "a partition that is refused is as it was, with its indexes");
	RUN(interrupted,
	    "a recovery that is interrupted ends as one that is not");
	RUN(missing_segment, "a segment that is missing is told");
	return test_done();
}
