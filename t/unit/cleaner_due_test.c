/* SPDX-License-Identifier: ISC */
/*
 * When a log is compacted, and which part of it: the configs that say what is
 * young, what is worth it and what is overdue.
 */
#include "log/cleaner_plan.h"

#include "cleaner_scene.h"
#include "test.h"

/* The clock of this machine is not asked: it is far from these times. */
#define LAG  1000000000000 /* ms */
#define THEN (CLEANER_NOW - 800000000000)
#define DUE  (THEN + LAG + 1)

static int
left_alone(void)
{
	CHECK(cleaner_start("10000", "min.compaction.lag.ms", "5000") == 0);
	CHECK(cleaner_append_at("a1 a2", CLEANER_NOW - 9000, 0) == 0 &&
	    cleaner_roll() == 0);
	CHECK(cleaner_append_at("a3 b1 b2", CLEANER_NOW - 5000, 0) == 0 &&
	    cleaner_roll() == 0);
	CHECK(cleaner_append_at("a4 b3 b4", CLEANER_NOW - 4999, 0) == 0 &&
	    cleaner_roll() == 0);
	/* Old, but behind one that is young. */
	CHECK(cleaner_append_at("a5 b5 b6", CLEANER_NOW - 9000, 0) == 0 &&
	    cleaner_roll() == 0);
	CHECK(cleaner_append_at("a6 a7", CLEANER_NOW - 9000, 0) == 0);
	CHECK(cleaner_clean() == 0);
	CHECK_TEXT(cleaner_from(0),
	    "2:a3 4:b2 5:a4 6:b3 7:b4 8:a5 9:b5 10:b6 11:a6 12:a7 ");
	cleaner.options.now_ms = CLEANER_NOW + 1;
	CHECK(cleaner_clean() == 0);
	CHECK_TEXT(cleaner_from(0), "8:a5 10:b6 11:a6 12:a7 ");
	CHECK(cleaner_sound());
	cleaner_end();
	return 0;
}

static int
by_ratio(void)
{
	CHECK(cleaner_start("700", "min.cleanable.dirty.ratio", "0.5") == 0);
	cleaner.options.force = 0;
	CHECK(cleaner_append("a1 a2 b1") == 0 && cleaner_clean() == 0);
	CHECK_TEXT(cleaner_from(0),
	    "0:a1 1:a2 2:b1 "); /* all of it is active */
	CHECK(cleaner_roll() == 0 && cleaner_clean() == 0);
	CHECK_TEXT(cleaner_from(0), "1:a2 2:b1 ");
	CHECK(cleaner_append("a3") == 0 && cleaner_roll() == 0 &&
	    cleaner_clean() == 0);
	CHECK_TEXT(cleaner_from(0),
	    "1:a2 2:b1 3:a3 "); /* less than half is dirty */
	CHECK(cleaner_append("a4 b2 a5") == 0 && cleaner_roll() == 0 &&
	    cleaner_clean() == 0);
	CHECK_TEXT(cleaner_from(0), "5:b2 6:a5 ");
	cleaner_end();
	return 0;
}

static int
overdue(void)
{
	CHECK(cleaner_start("140", "max.compaction.lag.ms", "1000000000000") ==
	    0);
	cleaner.options.force = 0;
	cleaner.options.now_ms = DUE - 1;
	CHECK(cleaner_append_at("a1", THEN, 0) == 0 &&
	    cleaner_append_at("a2", THEN, 0) == 0);
	CHECK(cleaner_append_at("b1", THEN, 0) == 0 && cleaner_clean() == 0);
	CHECK_TEXT(cleaner_from(0), "0:a1 1:a2 2:b1 ");
	cleaner.options.now_ms = DUE;
	CHECK(cleaner_clean() == 0);
	CHECK_TEXT(cleaner_from(0), "1:a2 2:b1 ");
	/* What is clean is not too old; what is written to is not asked. */
	CHECK(
	    cleaner_append_at("b2", THEN + 9, 0) == 0 && cleaner_clean() == 0);
	CHECK_TEXT(cleaner_from(0), "1:a2 2:b1 3:b2 ");
	CHECK(cleaner_roll() == 0 && cleaner_clean() == 0);
	CHECK_TEXT(cleaner_from(0), "1:a2 3:b2 ");
	/* A young one, of which only the last record is old; no time at all. */
	CHECK(cleaner_append_at("b3", THEN + 9, 0) == 0);
	CHECK(cleaner_append_at("b4", THEN - 9, 0) == 0 && cleaner_roll() == 0);
	cleaner.options.now_ms = DUE + 8;
	CHECK(cleaner_append_at("b5", -1, 0) == 0 &&
	    cleaner_append_at("b6", 0, 0) == 0);
	CHECK(cleaner_roll() == 0 && cleaner_clean() == 0);
	CHECK_TEXT(cleaner_from(0), "1:a2 3:b2 4:b3 5:b4 6:b5 7:b6 ");
	cleaner.options.now_ms++;
	CHECK(cleaner_clean() == 0);
	CHECK_TEXT(cleaner_from(0), "1:a2 7:b6 ");
	CHECK(cleaner_sound());
	cleaner_end();
	return 0;
}

/* What would be too old is closed before, in a log that is compacted. */
static int
closed_in_time(void)
{
	CHECK(cleaner_start("10000", "max.compaction.lag.ms",
		  "1000000000000") == 0);
	CHECK(cleaner_append_at("a1", THEN, 0) == 0);
	CHECK(cleaner_append_at("b1", THEN + LAG, 0) == 0);
	CHECK_TEXT(cleaner_segments(), "0 ");
	CHECK(cleaner_append_at("a2", THEN + LAG + 1, 0) == 0);
	CHECK_TEXT(cleaner_segments(), "0 2 ");
	cleaner_end();
	return 0;
}

/* Appending compacts when a new segment starts. */
static int
on_roll(void)
{
	int i;

	CHECK(cleaner_start("140", "min.cleanable.dirty.ratio", "0.4") == 0);
	for (i = 0; i < 40; i++)
		CHECK(cleaner_append(i % 2 == 0 ? "a1" : "b1") == 0);
	CHECK(strlen(cleaner_from(0)) < 8 * 6);
	CHECK(strstr(cleaner.line, "38:a1 39:b1 ") != NULL && cleaner_sound());
	cleaner_end();
	return 0;
}

int
main(void)
{
	RUN(left_alone, "what is young, or is written to, is left alone");
	RUN(by_ratio,
	    "min.cleanable.dirty.ratio decides whether it is worth it");
	RUN(overdue, "max.compaction.lag.ms makes it due whatever that says");
	RUN(closed_in_time, "and closes a segment in time");
	RUN(on_roll, "a new segment compacts what is due");
	return test_done();
}
