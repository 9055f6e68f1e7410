/* SPDX-License-Identifier: ISC */
#include "base/uuid.h"

#include <stdint.h>

#include "base/io.h"

int
mq_uuid_random(char text[MQ_UUID_TEXT])
{
	static const char set[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	uint8_t raw[16];
	unsigned bits = 0, have = 0;
	int i, at = 0;

	do {
		if (mq_io_random(raw, sizeof(raw)) == -1)
			return -1;
	} while (raw[0] >> 2 == 62);
	raw[6] = (uint8_t)((raw[6] & 0x0f) | 0x40); /* version 4 */
	raw[8] = (uint8_t)((raw[8] & 0x3f) | 0x80); /* RFC 4122 variant */
	for (i = 0; i < 16; i++) {
		bits = (bits << 8 | raw[i]) & 0xffff;
		for (have += 8; have >= 6; have -= 6)
			text[at++] = set[bits >> (have - 6) & 63];
	}
	text[at++] = set[bits << (6 - have) & 63];
	text[at] = '\0';
	return 0;
}
