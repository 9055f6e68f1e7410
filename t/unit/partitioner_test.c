/* SPDX-License-Identifier: ISC */
/* Records go where Kafka's Java client sends them. */
#include "client/partitioner.h"

#include "test.h"

static int32_t
choose(struct mq_partitioner *p, const char *key)
{
	struct mq_record r;

	(void)memset(&r, 0, sizeof(r));
	if (key != NULL) {
		r.key.data = key;
		r.key.len = strlen(key);
	}
	return mq_partitioner_choose(p, &r);
}

/* Kafka's own UtilsTest: toPositive(murmur2(key)) of these keys. */
static int
keys(void)
{
	static const struct {
		const char *key;
		int32_t hash;
	} known[] = {
		{ "21", -973932308 },
		{ "foobar", -790332482 },
		{ "a-little-bit-long-string", -985981536 },
		{ "a-little-bit-longer-string", -1486304829 },
		{ "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8",
		    -58897971 },
		{ "abc", 479470107 },
	};
	struct mq_partitioner p;
	int32_t n;
	size_t i;

	for (n = 1; n < 100; n++)
		for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
			mq_partitioner_init(&p, n, 0, 5);
			CHECK(choose(&p, known[i].key) ==
			    (known[i].hash & 0x7fffffff) % n);
		}
	return 0;
}

/* An empty key is a key; a null one is none. */
static int
empty(void)
{
	struct mq_partitioner p;

	mq_partitioner_init(&p, 7, 0, 3);
	CHECK(choose(&p, "") == (int32_t)(275646681 % 7)); /* murmur2("") */
	CHECK(choose(&p, NULL) == 3);
	return 0;
}

static int
sticky(void)
{
	struct mq_partitioner p;

	mq_partitioner_init(&p, 3, 0, 7);
	CHECK(choose(&p, NULL) == 1 && choose(&p, NULL) == 1);
	mq_partitioner_sent(&p, 0); /* another's batch changes nothing */
	CHECK(choose(&p, NULL) == 1);
	mq_partitioner_sent(&p, 1);
	CHECK(choose(&p, NULL) == 2);
	mq_partitioner_sent(&p, 2);
	CHECK(choose(&p, NULL) == 0);
	return 0;
}

static int
round_robin(void)
{
	struct mq_partitioner p;

	mq_partitioner_init(&p, 3, 1, 2);
	CHECK(choose(&p, "a") == 2 && choose(&p, "a") == 0);
	CHECK(choose(&p, NULL) == 1);
	mq_partitioner_sent(&p, 2);
	CHECK(choose(&p, "a") == 2);
	mq_partitioner_init(&p, 1, 1, UINT32_MAX);
	CHECK(choose(&p, NULL) == 0 && choose(&p, NULL) == 0);
	return 0;
}

int
main(void)
{
	RUN(keys, "a key goes where Kafka sends it");
	RUN(empty, "an empty key is a key");
	RUN(sticky, "without a key: one partition until its batch is sent");
	RUN(round_robin, "round robin looks at no key");
	return test_done();
}
