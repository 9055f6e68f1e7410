/* SPDX-License-Identifier: ISC */
/*
 * Every byte of a partition is flipped: what was confirmed is read back right,
 * or the partition says which byte is bad and keeps everything.
 */
#include "recovery_scene.h"

#include "test.h"

static int
flip_all(enum recovery_state how, int *counts)
{
	static const uint8_t masks[] = { 0x01, 0x80, 0xff };
	int shown = 0, bad = 0, got;
	struct scene_image damaged;
	size_t i, at, m, tail = 0;
	const struct scene_file *last = recovery_last_log(&tail);
	const char *why;
	struct scene_file *f;

	for (i = 0; i < recovery.whole.count; i++) {
		f = &recovery.whole.file[i];
		if (!recovery_is_log(f))
			continue;
		for (at = 0; at < f->len; at++) {
			for (m = 0; m < sizeof(masks); m++) {
				int rot = how >= RECOVERY_NO_STATE &&
				    f == last && at >= tail;

				f->data[at] ^= masks[m];
				if (recovery_put_back(how) == -1)
					return -1;
				damaged = recovery.whole;
				got = recovery_outcome(&damaged,
				    rot ? RECOVERY_PER_BATCH : 0, 1, &why);
				f->data[at] ^= masks[m];
				if (got == -1)
					bad += recovery_tell(&shown, "flip",
					    how, f->name, at, why);
				counts[got + 1]++;
			}
		}
	}
	return bad;
}

static int
flips(enum recovery_state how)
{
	int counts[3] = { 0, 0, 0 }, bad;

	CHECK(recovery_make("250") == 0);
	bad = flip_all(how, counts);
	printf("# %d flips, state %s: %d read back whole, %d refused, %d bad\n",
	    counts[0] + counts[1] + counts[2], recovery_state_name[how],
	    counts[2], counts[1], counts[0]);
	recovery_unmake();
	CHECK(bad == 0);
	return 0;
}

static int
flip_kept(void)
{
	return flips(RECOVERY_KEPT);
}

static int
flip_no_tail(void)
{
	return flips(RECOVERY_NO_TAIL);
}

static int
flip_no_state(void)
{
	return flips(RECOVERY_NO_STATE);
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

	CHECK(recovery_make("250") == 0);
	for (i = 0; i < recovery.whole.count; i++) {
		f = &recovery.whole.file[i];
		if (strstr(f->name, "index") == NULL)
			continue;
		for (at = 0; at < f->len; at++)
			for (m = 0; m < 3; m++) {
				f->data[at] ^= masks[m];
				CHECK(recovery_put_back((at + m) % 2 ?
					      RECOVERY_NO_TAIL :
					      RECOVERY_KEPT) == 0);
				got = recovery_outcome(&recovery.whole, 0, 1,
				    &why);
				f->data[at] ^= masks[m];
				tries++;
				if (got != 1)
					bad += recovery_tell(&shown, "index",
					    RECOVERY_KEPT, f->name, at, why);
			}
	}
	printf("# %zu flips in indexes\n", tries);
	recovery_unmake();
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

	CHECK(recovery_make("250") == 0);
	f = scene_find(&recovery.whole, "partition.state");
	for (at = 0; at < 600; at++) {
		f->data[at] ^= 0xff;
		CHECK(recovery_put_back(RECOVERY_KEPT) == 0);
		f->data[at] ^= 0xff;
		if (recovery_outcome(&recovery.whole, 0, 1, &why) != 1)
			bad += recovery_tell(&shown, "flip", RECOVERY_KEPT,
			    f->name, at, why);
	}
	recovery_unmake();
	CHECK(bad == 0);
	return 0;
}

int
main(void)
{
	RUN(flip_kept, "every byte flipped while the log is in use is told");
	RUN(flip_no_tail, "every byte flipped below the flush point is told");
	RUN(flip_no_state, "the same without partition.state");
	RUN(flip_indexes, "indexes are hints");
	RUN(flip_state, "partition.state is a hint");
	return test_done();
}
