/* SPDX-License-Identifier: ISC */
#include "share_text.h"

#include <inttypes.h>

#include "base/buf.h"
#include "group/share_partition.h"

static int
put(struct mq_buf *b, const struct mq_share_range *r)
{
	int rc =
	    mq_buf_printf(b, "%s%" PRId64, b->len != 0 ? ", " : "", r->first);

	if (r->last != r->first)
		rc |= mq_buf_printf(b, "-%" PRId64, r->last);
	rc |= mq_buf_printf(b, " %s", mq_share_state_name(r->state));
	if (!mq_share_range_finished(r) || r->delivery_count != 0)
		rc |= mq_buf_printf(b, " %d", r->delivery_count);
	if (r->holder != 0)
		rc |= mq_buf_printf(b, " by %" PRIu64 " until", r->holder);
	else if (r->until_ms != 0)
		rc |= mq_buf_printf(b, " from");
	if (r->until_ms != 0)
		rc |= mq_buf_printf(b, " %" PRId64, r->until_ms);
	return rc;
}

const char *
share_text(const struct mq_share_ranges *r)
{
	static struct mq_buf b;
	size_t i;

	b.len = 0;
	for (i = 0; i < r->count; i++)
		if (put(&b, &r->at[i]) != 0)
			return "out of memory";
	return mq_buf_append(&b, "", 1) == 0 ? (char *)b.data : "";
}
