/* SPDX-License-Identifier: ISC */
/* murmur2 gives what Kafka's UtilsTest.testMurmur2 expects of the Java one. */
#include "base/murmur2.h"

#include <stdint.h>

#include "test.h"

static int
vectors(void)
{
	static const struct {
		const char *key;
		int32_t hash;
	} v[] = {
		{ "21", -973932308 },
		{ "foobar", -790332482 },
		{ "a-little-bit-long-string", -985981536 },
		{ "a-little-bit-longer-string", -1486304829 },
		{ "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8",
		    -58897971 },
		{ "abc", 479470107 },
	};
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		printf("# %s\n", v[i].key);
		CHECK((int32_t)mq_murmur2(v[i].key, strlen(v[i].key)) ==
		    v[i].hash);
	}
	return 0;
}

/* librdkafka's rdmurmur2.c has this one, computed by the Java client. */
static int
empty(void)
{
	CHECK(mq_murmur2("", 0) == 0x106e08d9);
	CHECK(mq_murmur2(NULL, 0) == 0x106e08d9);
	return 0;
}

static int
alignment(void)
{
	char b[64] = { 0 };
	uint32_t want;
	size_t at, len;

	for (len = 0; len < 9; len++) {
		(void)memcpy(b, "partition", len);
		want = mq_murmur2(b, len);
		for (at = 1; at < 8; at++) {
			(void)memcpy(b + at, "partition", len);
			CHECK(mq_murmur2(b + at, len) == want);
		}
	}
	return 0;
}

int
main(void)
{
	RUN(vectors, "keys hash as in Kafka's Java client");
	RUN(empty, "so does the empty key");
	RUN(alignment, "the address of a key makes no difference");
	return test_done();
}
