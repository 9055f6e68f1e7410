/* SPDX-License-Identifier: ISC */
/* mq_verify: every partition of a store, or of one topic. */
#include "log/verify.h"

#include "base/fail.h"
#include "client/client.h"

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

int
mq_verify(struct mq *mq, const char *topic,
    void (*report)(const struct mq_finding *, void *), void *arg,
    struct mq_err *err)
{
	struct report r = { { NULL, -1, NULL, -1, NULL }, report, arg };
	int rc = 0, faults = 0;
	char **names;
	size_t i;

	if (topic != NULL)
		return verify_topic(mq, topic, &r, err);
	if ((names = mq_store_topics(&mq->store, err)) == NULL)
		return -1;
	for (i = 0; names[i] != NULL && rc != -1; i++) {
		rc = verify_topic(mq, names[i], &r, err);
		faults += rc;
	}
	mq_names_free(names);
	return rc == -1 ? -1 : faults;
}
