/* SPDX-License-Identifier: ISC */
/*
 * Recovery ends the same, once or twice, interrupted or not, and a partition
 * that it refuses is as it was.
 */
#include <sys/stat.h>
#include <unistd.h>

#include "base/crc32c.h"
#include "recovery_scene.h"
#include "test.h"

/* Sets the flush point back (or forward) in an image's state, tail lost. */
static int
set_flushed(int64_t offset)
{
	uint8_t page[4096];
	struct scene_file *f = scene_find(&recovery.whole, "partition.state");
	uint32_t crc;

	(void)memcpy(page, f->data, sizeof(page));
	(void)memset(page, 0, RECOVERY_TAIL_SLOT);
	(void)memcpy(page + 512 + 8, &offset, sizeof(offset));
	crc = mq_crc32c(page + 512 + 8, 16);
	(void)memcpy(page + 512 + 4, &crc, sizeof(crc));
	return scene_write(recovery.dir, f->name, page, sizeof(page));
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

	CHECK(recovery_make("250") == 0);
	f = scene_find(&recovery.whole, "00000000000000000000.log");
	CHECK(
	    f != NULL && recovery_records(f, f->len) >= 2 * RECOVERY_PER_BATCH);
	f->data[f->len - 1] ^= 1; /* its last batch is bad */
	n = recovery_records(f, f->len) - RECOVERY_PER_BATCH;
	CHECK(recovery_put_back(RECOVERY_KEPT) == 0 && set_flushed(n) == 0);
	CHECK(recovery_read(&wrong, &rc) == n && rc == 0);
	CHECK(scene_load(recovery.dir, &once) == 0);

	/* A directory in the place of a segment's index cannot be unlinked. */
	CHECK(recovery_put_back(RECOVERY_KEPT) == 0 && set_flushed(n) == 0);
	(void)snprintf(name, sizeof(name), "%020lld.index",
	    (long long)(n + RECOVERY_PER_BATCH));
	(void)snprintf(path, sizeof(path), "%s/%s", recovery.dir, name);
	CHECK(unlink(path) == 0 && mkdir(path, 0700) == 0);
	(void)recovery_read(&wrong, &rc);
	CHECK(rc == -1);
	CHECK(rmdir(path) == 0);
	CHECK(recovery_read(&wrong, &rc) == n);
	CHECK(rc == 0);
	CHECK(scene_load(recovery.dir, &twice) == 0);
	CHECK(scene_unchanged(recovery.dir, &once, NULL));
	scene_free(&once);
	scene_free(&twice);
	recovery_unmake();
	return 0;
}

/* A second recovery finds nothing to do. */
static int
again(void)
{
	struct scene_image first;
	int64_t wrong;
	int rc, how;

	CHECK(recovery_make("250") == 0);
	for (how = RECOVERY_NO_TAIL; how <= RECOVERY_GARBLED; how++) {
		CHECK(recovery_put_back((enum recovery_state)how) == 0);
		CHECK(
		    recovery_read(&wrong, &rc) == RECOVERY_RECORDS && rc == 0);
		CHECK(scene_load(recovery.dir, &first) == 0);
		CHECK(recovery_put_back((enum recovery_state)how) == 0);
		CHECK(
		    recovery_read(&wrong, &rc) == RECOVERY_RECORDS && rc == 0);
		CHECK(scene_unchanged(recovery.dir, &first, NULL));
		scene_free(&first);
	}
	recovery_unmake();
	return 0;
}

/* Where a partition is refused, not even a hint is touched. */
static int
kept(void)
{
	struct scene_file *f;
	int64_t wrong;
	int rc;

	CHECK(recovery_make("250") == 0);
	f = scene_find(&recovery.whole, "00000000000000000012.log");
	CHECK(f != NULL);
	f->data[f->len - 1] ^= 1;
	CHECK(recovery_put_back(RECOVERY_NO_TAIL) == 0);
	(void)recovery_read(&wrong, &rc);
	CHECK(rc == -1);
	CHECK(scene_unchanged(recovery.dir, &recovery.whole, NULL));
	recovery_unmake();
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

	CHECK(recovery_make("250") == 0);
	for (i = 0; i < recovery.whole.count; i++) {
		f = &recovery.whole.file[i];
		if (!recovery_is_log(f))
			continue;
		segments++;
		for (how = RECOVERY_KEPT; how <= RECOVERY_NO_TAIL; how++) {
			CHECK(recovery_put_back((enum recovery_state)how) == 0);
			(void)snprintf(path, sizeof(path), "%s/%s",
			    recovery.dir, f->name);
			CHECK(unlink(path) == 0);
			CHECK(scene_load(recovery.dir, &less) == 0);
			/* Any sentence will do: there is no byte. */
			if (recovery_outcome(&less, 0, 0, &why) != 0)
				bad += recovery_tell(&shown, "unlink",
				    (enum recovery_state)how, f->name, 0, why);
			scene_free(&less);
		}
	}
	CHECK(segments >= 3);
	recovery_unmake();
	CHECK(bad == 0);
	return 0;
}

int
main(void)
{
	RUN(again, "a recovered log is found as it was, time and again");
	RUN(kept, "a partition that is refused is as it was, with its indexes");
	RUN(interrupted,
	    "a recovery that is interrupted ends as one that is not");
	RUN(missing_segment, "a segment that is missing is told");
	return test_done();
}
