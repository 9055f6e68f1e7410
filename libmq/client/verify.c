/* SPDX-License-Identifier: ISC */
/* mq_verify: the partitions of a topic, or what a store has beside them. */
#include "log/verify.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "client/client.h"
#include "client/leftover.h"
#include "log/layout.h"

struct report {
	struct mq_finding finding;
	void (*found)(const struct mq_finding *, void *);
	void *arg;
};

static void
found(const char *file, int64_t position, const char *text, void *arg)
{
	struct report *r = arg;

	r->finding.file = file;
	r->finding.position = position;
	r->finding.text = text;
	r->found(&r->finding, r->arg);
}

static int
verify_topic(struct mq *mq, const char *topic, struct report *r,
    struct mq_err *err)
{
	struct mq_topic_file file;
	int32_t i;
	int rc, faults = 0;

	r->finding.topic = topic;
	r->finding.partition = -1;
	if (mq_topic_file_read(mq->store.dir, topic, &file, err) == -1) {
		if (err->code != MQ_CORRUPT_MESSAGE &&
		    err->code != MQ_INVALID_CONFIG)
			return -1;
		found("its file", -1, err->text, r);
		return 1;
	}
	for (i = 0; i < file.partitions; i++) {
		r->finding.partition = i;
		rc = mq_verify_partition(&mq->store, topic, i, found, r, err);
		if (rc == -1)
			return mq_fail_context(err, "topic %s, partition %d",
			    topic, (int)i);
		faults += rc;
	}
	return faults;
}

/* A directory of records that no topic's file speaks of. */
static int
verify_name(struct mq *mq, const char *name, struct report *r)
{
	if (!mq_leftover_is(mq, name))
		return 0;
	found(name, -1, "no topic's file speaks of this partition", r);
	return 1;
}

/* The store's own files. */
static int
verify_store(struct mq *mq, struct report *r, struct mq_err *err)
{
	struct mq_io_names names;
	int faults;
	size_t i;

	r->finding.topic = NULL;
	r->finding.partition = -1;
	faults = mq_store_check_meta(&mq->store, err);
	if (faults == -1 && err->code == MQ_KAFKA_STORAGE_ERROR)
		return -1;
	if (faults == -1)
		found(MQ_LAYOUT_META, -1, err->text, r);
	faults = faults == -1;
	if (mq_io_list(mq->store.dir, &names) == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "listing");
	for (i = 0; i < names.count; i++)
		faults += verify_name(mq, names.name[i], r);
	mq_io_names_free(&names);
	return faults;
}

int
mq_verify(struct mq *mq, const char *topic,
    void (*report)(const struct mq_finding *, void *), void *arg,
    struct mq_err *err)
{
	struct report r = { { NULL, -1, NULL, -1, NULL }, report, arg };

	return topic != NULL ? verify_topic(mq, topic, &r, err) :
			       verify_store(mq, &r, err);
}
