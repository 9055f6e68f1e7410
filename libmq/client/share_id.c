/* SPDX-License-Identifier: ISC */
/* A record that is held, as text that survives the process. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/fail.h"
#include "client/share.h"

void
mq_share_id(const struct mq_share_record *r, char id[MQ_SHARE_ID])
{
	(void)snprintf(id, MQ_SHARE_ID, "%s:%" PRId32 ":%" PRId64 ":%" PRIu64,
	    r->record.topic, r->record.partition, r->record.offset, r->holder);
}

int
mq_share_id_parse(const char *id, char topic[MQ_TOPIC_MAX + 1],
    struct mq_share_record *r, struct mq_err *err)
{
	const char *colon = strchr(id, ':');
	char again[MQ_SHARE_ID];

	(void)memset(r, 0, sizeof(*r));
	if (colon != NULL && colon - id <= MQ_TOPIC_MAX &&
	    sscanf(colon, ":%" SCNd32 ":%" SCNd64 ":%" SCNu64,
		&r->record.partition, &r->record.offset, &r->holder) == 3) {
		(void)snprintf(topic, MQ_TOPIC_MAX + 1, "%.*s",
		    (int)(colon - id), id);
		r->record.topic = topic;
		mq_share_id(r, again);
		if (strcmp(id, again) == 0 &&
		    mq_topic_name_check(topic, err) == 0 &&
		    r->record.partition >= 0 && r->record.offset >= 0 &&
		    r->holder != 0)
			return 0;
	}
	return mq_fail(err, MQ_INVALID_REQUEST,
	    "%.100s is no id: it is topic:partition:offset:lock", id);
}

int
mq_share_acknowledge_id(struct mq_share *s, const char *id,
    enum mq_acknowledge type, int64_t delay_ms, struct mq_err *err)
{
	char topic[MQ_TOPIC_MAX + 1];
	struct mq_share_record r;
	uint64_t before = s->late;
	struct mq_share_part *part;
	int rc;

	if (mq_share_id_parse(id, topic, &r, err) == -1 ||
	    (part = mq_share_part_get(s, topic, r.record.partition, err)) ==
		NULL ||
	    mq_share_write(s, err) == -1)
		return -1;
	s->late = 0;
	rc = mq_share_say(s, &r, type, delay_ms, 1, err);
	if (rc == 0 && type == MQ_ACCEPT &&
	    (rc = mq_share_flush(s, err)) == -1 &&
	    err->code == MQ_INVALID_RECORD_STATE)
		s->late = 1;
	/* At once, or not at all. */
	if (rc == -1 && err->code == MQ_REQUEST_TIMED_OUT)
		mq_share_part_unsay(part, 0,
		    type == MQ_RELEASE_UNCOUNTED ?
			MQ_SHARE_RELEASE :
			(enum mq_share_ack_type)type);
	if (s->late != 0)
		rc = mq_fail(err, MQ_INVALID_RECORD_STATE,
		    "%s: its lock is over, or it was acknowledged", id);
	s->late = before;
	return rc;
}
