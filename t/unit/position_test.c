/* SPDX-License-Identifier: ISC */
/* The grammar of mq-position(7). */
#include <stdint.h>
#include <stdlib.h>

#include "mq.h"
#include "test.h"

#define O MQ_POSITION_OFFSET
#define S MQ_POSITION_START
#define E MQ_POSITION_END
#define T MQ_POSITION_TIME

static struct mq_position from, until;
static struct mq_err err;

/* What is said of a partition in a text; -1 where it is refused. */
static int
parse(const char *text, int32_t partition)
{
	struct mq_ranges *rs = mq_ranges_parse(text, &err);
	int rc;

	if (rs == NULL)
		return -1;
	rc = mq_ranges_get(rs, partition, &from, &until);
	mq_ranges_free(rs);
	return rc;
}

static int
one(const char *text, enum mq_position_kind kind, int64_t value)
{
	return parse(text, 0) == 1 && from.kind == kind && from.value == value;
}

static int
positions(void)
{
	CHECK(one("start", S, 0) && one("end", E, 0));
	CHECK(one("0", O, 0) && one("42", O, 42));
	CHECK(one("9223372036854775807", O, INT64_MAX));
	CHECK(one("+3", S, 3) && one("-3", E, 3) && one("-0", E, 0));
	CHECK(one("@0", T, 0) && one("@1767225600000", T, 1767225600000));
	CHECK(one("5:", O, 5) && one(":", S, 0));
	return 0;
}

static int
times(void)
{
	CHECK(one("@1970-01-01", T, 0));
	CHECK(one("@2026-01-02", T, 1767312000000));
	CHECK(one("@2026-01-02T03:04:05", T, 1767323045000));
	CHECK(one("@2026-01-02T03:04:05Z", T, 1767323045000));
	CHECK(one("@2026-01-02 03:04:05z", T, 1767323045000));
	CHECK(one("@2026-01-02T03:04:05.6", T, 1767323045600));
	CHECK(one("@2026-01-02T03:04:05.6789+00:00", T, 1767323045678));
	CHECK(one("@2026-01-02T03:04:05+02:30", T, 1767314045000));
	CHECK(one("@2026-01-02T03:04:05-02:30", T, 1767332045000));
	CHECK(one("@2024-02-29", T, 1709164800000));
	CHECK(one("@9999-12-31T23:59:59.999Z", T, 253402300799999));
	return 0;
}

static int
ago(void)
{
	static const struct {
		const char *text;
		int64_t ms;
	} known[] = { { "@-0s", 0 }, { "@-500ms", 500 }, { "@-10s", 10000 },
		{ "@-5m", 300000 }, { "@-2h", 7200000 },
		{ "@-7d", 604800000 } };
	int64_t now, last = 0;
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		CHECK(parse(known[i].text, 0) == 1 && from.kind == T);
		now = from.value + known[i].ms;
		CHECK(last == 0 || (now >= last && now < last + 60000));
		last = now;
	}
	return 0;
}

static int
ranges(void)
{
	CHECK(parse("5:9", 0) == 2 && from.value == 5 && until.value == 9);
	CHECK(until.kind == O);
	CHECK(parse(":9", 0) == 2 && from.kind == S && until.value == 9);
	CHECK(parse("-9:end", 0) == 2 && from.kind == E && until.kind == E);
	CHECK(parse("@2026-01-02T03:04:05:@2026-01-03", 0) == 2);
	CHECK(from.value == 1767323045000 && until.value == 1767398400000);
	CHECK(parse("0=5,2=7:8", 0) == 1 && from.value == 5);
	CHECK(parse("0=5,2=7:8", 2) == 2 && from.value == 7);
	CHECK(parse("0=5,2=7:8", 1) == 0);
	CHECK(parse("end,1=5", 0) == 1 && from.kind == E);
	CHECK(parse("end,1=5", 1) == 1 && from.value == 5);
	CHECK(parse("1=5,end", 1) == 1 && from.value == 5);
	CHECK(parse("2147483647=5", INT32_MAX) == 1);
	return 0;
}

/* Refused, with the byte named. */
static int
refused(void)
{
	static const struct {
		const char *text;
		int byte;
	} bad[] = { { "", 1 }, { "x", 1 }, { "startx", 6 }, { "5,", 3 },
		{ "5:6:7", 4 }, { "5::", 3 }, { ",5", 1 }, { "+", 2 },
		{ "-", 2 }, { "+-1", 2 }, { " 5", 1 }, { "5 ", 2 },
		{ "9223372036854775808", 1 }, { "@", 2 }, { "@x", 2 },
		{ "@-5", 4 }, { "@-5x", 4 }, { "@-h", 3 },
		{ "@-9223372036854775807d", 22 }, { "@2026-13-01", 9 },
		{ "@2026-00-01", 9 }, { "@2026-01-00", 12 },
		{ "@2026-01-32", 12 }, { "@2025-02-29", 12 },
		{ "@2026-1-01", 8 }, { "@1969-12-31", 6 },
		{ "@2026-01-01T24:00:00", 15 }, { "@2026-01-01T01:60:00", 18 },
		{ "@2026-01-01T01:01", 18 }, { "@2026-01-01T01:01:01.", 22 },
		{ "@2026-01-01T01:01:01+1:00", 23 }, { "0=", 3 },
		{ "2147483648=1", 11 }, { "-1=5", 3 }, { "0==5", 3 } };
	char where[32];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)snprintf(where, sizeof(where), "byte %d:", bad[i].byte);
		if (parse(bad[i].text, 0) != -1 ||
		    err.code != MQ_INVALID_REQUEST ||
		    strstr(err.text, where) == NULL) {
			printf("# \"%s\": %s\n", bad[i].text, err.text);
			return 1;
		}
	}
	return 0;
}

int
main(void)
{
	RUN(positions, "offsets, ends and distances from them");
	RUN(times, "times, with fractions and zones");
	RUN(ago, "durations before now");
	RUN(ranges, "ranges, for all partitions and for some");
	RUN(refused, "whatever else is refused, and the byte is named");
	return test_done();
}
