/* SPDX-License-Identifier: ISC */
/* Records that are not to be delivered before a time. */
#include <bsd/stdlib.h>
#include <string.h>

#include "client/share.h"

int64_t
mq_share_due(const struct mq_record *r, int64_t now)
{
	char text[24];
	const struct mq_header *h;
	const char *why;
	int64_t at, grid = 1;
	size_t i;

	for (i = 0; i < r->header_count; i++) {
		h = &r->headers[i];
		if (h->name.len != sizeof(MQ_DELAY_HEADER) - 1 ||
		    memcmp(h->name.data, MQ_DELAY_HEADER, h->name.len) != 0)
			continue;
		if (h->value.len == 0 || h->value.len >= sizeof(text))
			return 0;
		(void)memcpy(text, h->value.data, h->value.len);
		text[h->value.len] = '\0';
		at = strtonum(text, 0, INT64_MAX / 2, &why);
		if (why != NULL || at <= now)
			return 0;
		while (grid <= (at - now) / 512)
			grid *= 2;
		return (at + grid - 1) / grid * grid;
	}
	return 0;
}
