/* SPDX-License-Identifier: ISC */
/* Looks at the records of a share group without taking any. */
#include "base/clock.h"
#include "base/io.h"
#include "client/share_view.h"

/* Fills in the state of a record; 0 where it is finished. */
static int
peek_at(const struct mq_share_partition *p, struct mq_share_peeked *k,
    int64_t now)
{
	const struct mq_share_range *r =
	    mq_share_partition_find(p, k->record.offset);

	k->state = MQ_RECORD_AVAILABLE;
	k->delivery_count = 0;
	k->until_ms = 0;
	k->holder = 0;
	if (r != NULL) {
		if (mq_share_range_finished(r))
			return 0;
		k->delivery_count = r->delivery_count;
		k->until_ms = r->until_ms;
		k->holder = r->holder;
		if (r->state == MQ_SHARE_ACQUIRED)
			k->state = MQ_RECORD_ACQUIRED;
		else if (r->until_ms > now)
			k->state = MQ_RECORD_DELAYED;
	} else if ((k->until_ms = mq_share_due(&k->record, now)) != 0)
		k->state = MQ_RECORD_DELAYED;
	if (k->state == MQ_RECORD_AVAILABLE)
		k->until_ms = 0;
	return 1;
}

static int
peek(struct mq_share_view *v, const char *topic,
    int (*each)(const struct mq_share_peeked *, void *), void *arg,
    struct mq_err *err)
{
	int64_t now = mq_clock_wall_ms(), at = v->file.p.start_offset;
	struct mq_share_cursor c;
	struct mq_share_peeked k;
	int rc = 1;

	mq_share_cursor_init(&c, &v->partition);
	while (at < v->hw &&
	    (rc = mq_share_cursor_read(&c, at, &k.record, err)) == 1) {
		at = k.record.offset + 1;
		k.record.topic = topic;
		k.record.partition = v->partition.number;
		if (peek_at(&v->file.p, &k, now) && each(&k, arg) != 0)
			break;
	}
	mq_share_cursor_free(&c);
	return rc == -1 ? -1 : 0;
}

int
mq_share_peek(struct mq *mq, const char *group, const char *topic,
    int32_t partition, int (*each)(const struct mq_share_peeked *, void *),
    void *arg, struct mq_err *err)
{
	struct mq_share_view v;
	int dir, rc;

	if (mq_share_group_open(mq, group, &dir, err) == -1)
		return -1;
	rc = mq_share_view_load(&v, mq, dir, topic, partition, err);
	if (rc == 0) {
		rc = peek(&v, topic, each, arg, err);
		mq_share_view_close(&v);
	}
	if (dir != -1)
		(void)mq_io_close(dir);
	return rc;
}
