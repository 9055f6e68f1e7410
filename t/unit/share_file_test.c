/* SPDX-License-Identifier: ISC */
/*
 * The file of a share-partition: whatever is torn, garbled or cut in it, and
 * wherever the power goes, no record is lost, and what was flushed counts.
 */
#include "fault_io.h"

#include "client/share_file.h"
#include "test.h"

#define ID   "aaaaaaaaaaaaaaaaaaaaaa"
#define PAGE 4096

static const struct mq_share_config config = MQ_SHARE_CONFIG_DEFAULT;
static struct mq_err err;
static struct mq_share_file f;
static char root[SCENE_PATH];
static int dir = -1;

static int
open_as(const char *id)
{
	return mq_share_file_open(&f, dir, "t-0.share", id, &config, 1, &err);
}

static int
start(void)
{
	dir = scene_dir_open(root);
	return dir != -1 && open_as(ID) == 1 ? 0 : -1;
}

static void
end(void)
{
	mq_share_file_close(&f);
	(void)close(dir);
	scene_remove(root);
}

/*
 * One act: accepts what was acquired in the act before, and acquires n more;
 * of each run every second record, where `holes` is set, stays acquired.  The
 * records that were accepted; -1.
 */
static int64_t
act(int64_t n, int holes, int durable)
{
	struct mq_share_acquire want = { 7, INT32_MAX, n, 0 };
	struct mq_share_ack ack = { .holder = 7, .type = MQ_SHARE_ACCEPT };
	struct mq_share_ranges out = { 0 };
	int64_t accepted = 0, at;
	int rc = mq_share_file_lock(&f, INT64_MAX, &err);

	if (rc == -1)
		return -1;
	if (rc == 0)
		mq_share_partition_init(&f.p, &config, 0);
	rc = 0;
	for (at = f.p.end_offset - n; at < f.p.end_offset && rc == 0; at++) {
		if (at < 0 || (holes && at % 2 == 0))
			continue;
		ack.first = ack.last = at;
		if (mq_share_partition_acknowledge(&f.p, 1000, &ack, NULL,
			&err) == 0)
			accepted++;
	}
	if (mq_share_partition_acquire(&f.p, 1000, &want, &out, &err) == -1 ||
	    mq_share_file_save(&f, durable, &err) == -1)
		rc = -1;
	mq_share_ranges_free(&out);
	mq_share_file_unlock(&f);
	return rc == -1 ? -1 : accepted;
}

/* What a load finds: 1 a state, 0 none, -1; where SPEO is. */
static int
look(int64_t *speo)
{
	struct mq_share_file g;
	int rc;

	if (mq_share_file_open(&g, dir, "t-0.share", ID, &config, 0, &err) != 1)
		return -1;
	rc = mq_share_file_peek(&g, &err);
	*speo = g.p.end_offset;
	mq_share_file_close(&g);
	return rc;
}

static int
in_turn(void)
{
	struct mq_share_file a, b;
	int64_t speo;
	int i;

	CHECK(start() == 0);
	mq_share_file_close(&f);
	CHECK(open_as(ID) == 1);
	a = f;
	CHECK(open_as(ID) == 1);
	b = f;
	for (i = 1; i <= 20; i++) {
		f = i % 3 == 0 ? a : b;
		CHECK(act(2, 0, 0) == (i == 1 ? 0 : 2));
		CHECK(f.p.end_offset == 2 * i);
		if (i % 3 == 0)
			a = f;
		else
			b = f;
		CHECK(look(&speo) == 1 && speo == 2 * i);
	}
	f = a;
	mq_share_file_close(&b);
	/* Another topic of that name has no state, and then its own. */
	mq_share_file_close(&f);
	CHECK(open_as("bbbbbbbbbbbbbbbbbbbbbb") == 1);
	CHECK(act(2, 0, 0) == 0 && f.p.end_offset == 2);
	CHECK(act(2, 0, 0) == 2 && f.p.end_offset == 4);
	end();
	return 0;
}

/*
 * Any byte of any slot is wrong, or the file ends there: an older state counts,
 * in which less is accepted, or (where none is whole) none at all, and that is
 * told.  A state that was never saved does not appear.
 */
static int
sweep(int64_t n, int holes, int acts, size_t step)
{
	struct scene_image image;
	struct scene_file *file;
	uint8_t byte;
	int64_t speo;
	size_t i, len;
	int rc, k;

	CHECK(start() == 0);
	for (k = 0; k < acts; k++)
		CHECK(act(n, holes, 0) != -1);
	CHECK(scene_load(root, &image) == 0 && image.count == 1);
	file = &image.file[0];
	len = file->len;
	for (i = 0; i < len; i += i % PAGE < 128 ? 1 : step) {
		byte = file->data[i];
		file->data[i] ^= (uint8_t)(1 + i % 255);
		CHECK(scene_restore(root, &image) == 0);
		CHECK(look(&speo) == 1);
		CHECK(speo == acts * n || speo == (acts - 1) * n);
		file->data[i] = byte;
		/* The next one goes on from there. */
		mq_share_file_close(&f);
		CHECK(open_as(ID) == 1);
		CHECK(act(n, holes, 0) != -1);
		CHECK(look(&speo) == 1 && speo >= acts * n);
		file->len = i;
		CHECK(scene_restore(root, &image) == 0);
		rc = look(&speo);
		CHECK(rc != 1 || (speo <= acts * n && speo % n == 0));
		CHECK(rc != -1 || err.code == MQ_CORRUPT_MESSAGE);
		file->len = len;
	}
	scene_free(&image);
	end();
	return 0;
}

static int
small_states(void)
{
	return sweep(2, 0, 5, 61);
}

/* States of several runs of pages. */
static int
large_states(void)
{
	return sweep(300, 1, 4, 997);
}

/* ---- the disk ------------------------------------------------------------------- */

#define ACTS 8

static int64_t confirmed; /* accepted, and that was flushed */

/* Accepted, as the state has it. */
static int64_t
finished(void)
{
	return f.p.start_offset + f.p.records[MQ_SHARE_ACKNOWLEDGED];
}

/* Acts, each by another process, until one fails; every third is flushed. */
static int
run(int64_t n, int holes, int all)
{
	int64_t got, sum = 0;
	int k, durable, rc = 0;

	confirmed = 0;
	for (k = 0; rc == 0 && k < ACTS; k++) {
		if (open_as(ID) != 1)
			return -1;
		durable = all || k % 3 == 0;
		got = act(n, holes, durable);
		mq_share_file_close(&f);
		if (got == -1)
			rc = -1;
		else
			sum += got;
		if (rc == 0 && durable)
			confirmed = sum;
	}
	return rc;
}

/* Whether the next process finds at least what was confirmed. */
static int
holds(int nth)
{
	int rc;

	CHECK(open_as(ID) == 1);
	if ((rc = mq_share_file_lock(&f, INT64_MAX, &err)) == -1)
		printf("# call %d: %s\n", nth, err.text);
	CHECK(rc != -1);
	if (rc == 0 ? confirmed != 0 : finished() < confirmed)
		printf("# call %d: %lld of %lld\n", nth,
		    rc == 0 ? 0LL : (long long)finished(),
		    (long long)confirmed);
	CHECK(rc == 0 ? confirmed == 0 : finished() >= confirmed);
	mq_share_file_unlock(&f);
	mq_share_file_close(&f);
	return 0;
}

/* Each call fails in turn; or (error 0) the power goes with it. */
static int
strike(int error, int64_t n, int holes, int all, enum disk_keep keep)
{
	int nth, over = 0, bad;

	CHECK(scene_dir(root) == 0);
	for (nth = 1; !over; nth++) {
		scene_remove(root);
		CHECK(mkdir(root, 0777) == 0);
		disk_start(root);
		(void)memset(&fault, 0, sizeof(fault));
		dir = mq_io_open(AT_FDCWD, root, O_RDONLY | O_DIRECTORY, 0);
		CHECK(dir != -1);
		disk_sync_all();
		fault.calls = FAULT_ALL;
		fault.nth = nth;
		fault.error = error;
		(void)run(n, holes, all);
		over = fault.struck == 0;
		(void)memset(&fault, 0, sizeof(fault));
		bad = error != 0 && holds(nth) != 0;
		(void)mq_io_close(dir);
		CHECK(!bad);
		disk_crash(keep, (uint32_t)nth);
		dir = mq_io_open(AT_FDCWD, root, O_RDONLY | O_DIRECTORY, 0);
		CHECK(dir != -1 && holds(nth) == 0);
		(void)mq_io_close(dir);
	}
	scene_remove(root);
	disk_clear();
	return 0;
}

static int
power_cut(void)
{
	int seed;

	CHECK(strike(0, 2, 0, 1, DISK_NONE) == 0);
	CHECK(strike(0, 2, 0, 0, DISK_NONE) == 0);
	for (seed = 0; seed < 20; seed++) {
		CHECK(strike(0, 2 + seed, 0, seed % 2, DISK_SOME) == 0);
		CHECK(strike(0, 290 + seed, 1, seed % 2, DISK_SOME) == 0);
	}
	return 0;
}

static int
failing_call(void)
{
	CHECK(strike(EIO, 2, 0, 1, DISK_NONE) == 0);
	CHECK(strike(ENOSPC, 300, 1, 1, DISK_NONE) == 0);
	CHECK(strike(EIO, 300, 1, 0, DISK_SOME) == 0);
	return 0;
}

/* What a failed flush leaves does not count: not now, and not later. */
static int
failed_flush(void)
{
	int64_t before;

	CHECK(start() == 0);
	CHECK(act(2, 0, 1) == 0 && act(2, 0, 1) == 2);
	before = f.p.start_offset;
	(void)memset(&fault, 0, sizeof(fault));
	fault.calls = FAULT_SYNC;
	fault.nth = 1;
	fault.error = EIO;
	CHECK(act(2, 0, 1) == -1);
	(void)memset(&fault, 0, sizeof(fault));
	CHECK(mq_share_file_lock(&f, INT64_MAX, &err) == 1);
	CHECK(f.p.start_offset == before && f.p.end_offset == before + 2);
	mq_share_file_unlock(&f);
	CHECK(act(2, 0, 1) == 2);
	end();
	return 0;
}

int
main(void)
{
	RUN(in_turn, "two save in turn, and each has the other's state");
	RUN(small_states, "a wrong byte, or a cut, anywhere");
	RUN(large_states, "the same in states of many pages");
	RUN(power_cut, "the power goes at any call: what was flushed counts");
	RUN(failing_call, "any call fails: what was confirmed counts");
	RUN(failed_flush, "what a failed flush leaves does not count");
	return test_done();
}
