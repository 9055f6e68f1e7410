/* SPDX-License-Identifier: ISC */
/* Anything as -o's argument: read, or refused with the byte. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mq.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct mq_position from, until;
	struct mq_ranges *ranges;
	char *text = malloc(len + 1);
	struct mq_err err;
	int32_t p;

	if (text == NULL)
		return 0;
	if (len != 0)
		(void)memcpy(text, data, len);
	text[len] = '\0';
	ranges = mq_ranges_parse(text, &err);
	if (ranges == NULL && (err.code != MQ_INVALID_REQUEST || !*err.text))
		abort();
	for (p = -1; p < 3 && ranges != NULL; p++)
		if (mq_ranges_get(ranges, p, &from, &until) > 0 &&
		    from.kind > MQ_POSITION_STORED)
			abort();
	mq_ranges_free(ranges);
	free(text);
	return 0;
}
