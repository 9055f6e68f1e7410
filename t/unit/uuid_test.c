/* SPDX-License-Identifier: ISC */
/* A uuid is Kafka's text for a random (version 4) one, and no option. */
#include "base/uuid.h"

#include <stdint.h>

#include "test.h"

#define MANY 20000

static const char set[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static int
decode(const char *text, uint8_t raw[16])
{
	unsigned bits = 0, have = 0;
	const char *p;
	int at = 0;

	for (; *text != '\0'; text++) {
		if ((p = strchr(set, *text)) == NULL)
			return -1;
		bits = (bits << 6 | (unsigned)(p - set)) & 0xffff;
		if ((have += 6) >= 8) {
			if (at == 16)
				return -1;
			have -= 8;
			raw[at++] = (uint8_t)(bits >> have);
		}
	}
	/* Four bits are left, and they are padding. */
	return at == 16 && have == 4 && (bits & 15) == 0 ? 0 : -1;
}

static int
shape(void)
{
	char text[MQ_UUID_TEXT];
	uint8_t raw[16];
	int i;

	for (i = 0; i < MANY; i++) {
		CHECK(mq_uuid_random(text) == 0);
		CHECK(strlen(text) == MQ_UUID_TEXT - 1);
		CHECK(text[0] != '-');
		CHECK(decode(text, raw) == 0);
		CHECK(raw[6] >> 4 == 4);
		CHECK(raw[8] >> 6 == 2);
	}
	return 0;
}

static int
bits_vary(void)
{
	char text[MQ_UUID_TEXT];
	uint8_t raw[16], ones[16] = { 0 }, zeros[16] = { 0 };
	int i, j;

	for (i = 0; i < 1000; i++) {
		CHECK(mq_uuid_random(text) == 0 && decode(text, raw) == 0);
		for (j = 0; j < 16; j++) {
			ones[j] |= raw[j];
			zeros[j] |= (uint8_t)~raw[j];
		}
	}
	for (j = 0; j < 16; j++) {
		CHECK(ones[j] == (j == 6 ? 0x4f : j == 8 ? 0xbf : 0xff));
		CHECK(zeros[j] == (j == 6 ? 0xbf : j == 8 ? 0x7f : 0xff));
	}
	return 0;
}

int
main(void)
{
	RUN(shape, "22 characters, version 4, never a dash in front");
	RUN(bits_vary, "every other bit is random");
	return test_done();
}
