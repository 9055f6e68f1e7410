/* SPDX-License-Identifier: ISC */
/*
 * Every system call fails in turn, and the power goes at every one of them:
 * what was confirmed stays, in its place and order, nothing is invented, and
 * the log goes on.  FAULT_LONG=1 tries more states.
 */
#include "fault_io.h"

#include "fault_sweep.h"

#include "client/client.h"
#include "log/append.h"
#include "log/flush.h"
#include "log/reader.h"
#include "log/retention.h"

#define VALUES	200
#define TRIM	3 /* the scenario trims to there */
#define SEGMENT "320"

/* What became of the values, which are numbers from 0 that count up. */
static struct {
	int tried;
	int64_t at[VALUES]; /* confirmed there, or -1 */
	int64_t end;	    /* offsets below were seen */
	int seen[VALUES];   /* by offset: the value, or -1 */
	int trimmed;
} model;

static char root[SCENE_PATH], path[SCENE_PATH + 16];
static struct mq_err err;
static int states, fresh;

static struct mq *
open_store(int flags)
{
	return mq_open(path, flags, &err);
}

/* Appends a batch of one value; its offset, or -1. */
static int64_t
append(struct mq_partition *p, int *value)
{
	struct mq_batch_builder b;
	struct mq_record r;
	char text[64];
	int64_t base = -1;
	uint8_t *data;
	size_t size;
	int rc;

	*value = model.tried++;
	(void)memset(&b, 0, sizeof(b));
	(void)memset(&r, 0, sizeof(r));
	b.limit = 1000;
	r.timestamp = 1000 + *value;
	r.value.data = text;
	/* Some are longer, so that one may fit where another made a roll. */
	r.value.len = (size_t)snprintf(text, sizeof(text), "%d%*s", *value,
	    *value % 3 == 0 ? 40 : 0, "");
	model.at[*value] = -1;
	rc = mq_batch_builder_add(&b, &r, &err);
	if (rc == 0)
		rc = mq_batch_builder_finish(&b, &data, &size, &err);
	if (rc == 0)
		rc = mq_append(p, data, size, &base, &err);
	mq_batch_builder_free(&b);
	return rc == 0 ? base : -1;
}

/* And flushes it. */
static int
produce(struct mq_partition *p)
{
	int value;
	int64_t base = append(p, &value);

	if (base == -1 || mq_flush(p, base + 1, &err) == -1)
		return -1;
	model.at[value] = base;
	return 0;
}

/*
 * Several batches that wait for one flush.  Before it comes, another writer is
 * killed in the middle of its batch.
 */
static void
produce_together(struct mq_partition *p, struct mq_partition *other)
{
	static const uint8_t torn[30] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 90 };
	int64_t base[3], size;
	int value[3], i;

	for (i = 0; i < 3; i++)
		base[i] = append(p, &value[i]);
	if (!fault.dead && other != NULL && p->active.log != -1 &&
	    mq_io_size(p->active.log, &size) == 0)
		(void)mq_io_pwrite(p->active.log, torn, sizeof(torn), size);
	if (other != NULL)
		(void)produce(other);
	if (base[0] == -1 || base[1] == -1 || base[2] == -1 ||
	    mq_flush(p, base[2] + 1, &err) == -1)
		return;
	for (i = 0; i < 3; i++)
		model.at[value[i]] = base[i];
}

/* Reads all there is: 0, or -1 with errors; 1 where what is read is wrong. */
static int
consume(struct mq_partition *p, int64_t *start, int64_t *end)
{
	struct mq_partition_tail t;
	struct mq_batch_iter it;
	struct mq_reader reader;
	struct mq_record r;
	struct mq_batch b;
	char text[64];
	int rc, value;

	if (mq_partition_tail(p, &t, &err) == -1)
		return -1;
	*start = *end = t.log_start;
	(void)memset(&it, 0, sizeof(it));
	mq_reader_init(&reader, p, t.log_start);
	while ((rc = mq_reader_next(&reader, &b, &err)) == 1) {
		if ((rc = mq_batch_iter_init(&it, &b, &err)) == -1)
			break;
		while ((rc = mq_batch_iter_next(&it, &r, &err)) == 1) {
			if (r.offset < t.log_start)
				continue;
			(void)snprintf(text, sizeof(text), "%.*s",
			    (int)r.value.len, (const char *)r.value.data);
			value = atoi(text);
			if (value < 0 || value >= model.tried)
				rc = wrong("invented: %s", text);
			else if (r.offset != *end)
				rc = wrong("offset %lld where %lld is due",
				    (long long)r.offset, (long long)*end);
			else if (r.offset >= VALUES ||
			    (model.seen[r.offset] != -1 &&
				model.seen[r.offset] != value))
				rc = wrong("offset %lld was %d, is %d",
				    (long long)r.offset, model.seen[r.offset],
				    value);
			if (rc == -1) {
				rc = 1;
				goto done;
			}
			model.seen[r.offset] = value;
			*end = r.offset + 1;
		}
		if (rc == -1)
			break;
	}
done:
	mq_batch_iter_free(&it);
	mq_reader_free(&reader);
	return rc;
}

static int
open_partition(struct mq *mq, struct mq_partition *p)
{
	return mq == NULL ? -1 : mq_client_partition(mq, "t", 0, p, &err);
}

/* A life of a topic.  It goes on after errors, as others would. */
static void
scenario(void)
{
	const struct scene_topic topic = { "t",
		{ "segment.bytes", SEGMENT, "index.interval.bytes", "0",
		    "retention.ms", "-1", NULL } };
	struct mq_partition a, b;
	struct mq *mq = scene_store(path, &topic, &err), *other;
	int has_a, has_b, i;
	int64_t start, end;
	struct mq_cleaned cleaned;

	if (mq == NULL)
		mq = open_store(MQ_OPEN_CREATE);
	has_a = open_partition(mq, &a) == 0;
	other = open_store(0);
	has_b = open_partition(other, &b) == 0;
	for (i = 0; i < 8; i++) {
		if (has_a)
			(void)produce(&a);
		if (has_b && i % 3 == 2)
			(void)produce(&b);
		if (has_a && i == 3)
			produce_together(&a, has_b ? &b : NULL);
		if (has_b && i == 6)
			produce_together(&b, NULL);
		if (has_b && i == 4)
			(void)consume(&b, &start, &end);
		if (mq != NULL && i == 5) {
			model.trimmed = 1;
			(void)mq_topic_trim(mq, "t", 0, TRIM, &start, &err);
			(void)mq_topic_clean(mq, "t", 0, &cleaned, &err);
		}
	}
	if (has_a)
		mq_partition_close(&a);
	if (has_b)
		mq_partition_close(&b);
	mq_close(mq);
	mq_close(other);
}

static int
confirmed_are_there(int64_t start, int64_t end)
{
	int64_t last;
	int i;

	if (start > (model.trimmed ? TRIM : 0))
		return wrong("the log starts at %lld", (long long)start);
	for (i = 0; i < model.tried; i++) {
		if (model.at[i] == -1)
			continue;
		last = model.at[i];
		if (last >= end)
			return wrong("lost: %d, confirmed at %lld; the log "
				     "ends at %lld",
			    i, (long long)last, (long long)end);
		if (last >= start && model.seen[last] != i)
			return wrong("lost: %d, confirmed at %lld, where %d is",
			    i, (long long)last, model.seen[last]);
	}
	return 0;
}

static void
found_fault(const struct mq_finding *f, void *arg)
{
	(void)arg;
	/* Of hints only the first readers know whether they hold. */
	if (strstr(f->file, "index") == NULL)
		(void)wrong("verify: %s: %s", f->file, f->text);
}

/* The store as the next one finds it. */
static int
check(void)
{
	int confirmed = 0, i, rc;
	struct mq_partition p;
	int64_t start, end;
	struct mq *mq;

	states++;
	for (i = 0; i < model.tried; i++)
		confirmed += model.at[i] != -1;
	/* What was read and not confirmed may be gone after a power cut. */
	mq = open_store(MQ_OPEN_CREATE);
	if (mq == NULL)
		return wrong("cannot be opened: %s", err.text);
	if (open_partition(mq, &p) == -1) {
		const struct scene_topic topic = { "t", { NULL } };

		mq_close(mq);
		if (confirmed != 0 || err.code != MQ_UNKNOWN_TOPIC_OR_PARTITION)
			return wrong("%d confirmed: %s", confirmed, err.text);
		if ((mq = scene_store(path, &topic, &err)) == NULL)
			return wrong("not made again: %s", err.text);
		if (open_partition(mq, &p) == -1) {
			mq_close(mq);
			return wrong("made again: %s", err.text);
		}
	}
	rc = consume(&p, &start, &end);
	if (rc == -1)
		(void)wrong("cannot be read: %s", err.text);
	if (rc == 0)
		rc = confirmed_are_there(start, end);
	if (rc == 0 && (rc = produce(&p)) == -1)
		(void)wrong("the next is not taken: %s", err.text);
	if (rc == 0 && consume(&p, &start, &end) != 0)
		rc = wrong("then: %s %s", why, err.text);
	if (rc == 0)
		rc = confirmed_are_there(start, end);
	mq_partition_close(&p);
	why[rc == 0 ? 0 : strlen(why)] = '\0';
	if (rc == 0 &&
	    (mq_verify(mq, "t", found_fault, NULL, &err) == -1 || *why))
		rc = -1;
	mq_close(mq);
	return rc == 0 ? 0 : -1;
}

static void
start(void)
{
	int i;

	scene_remove(root);
	(void)mkdir(root, 0777);
	disk_start(root);
	(void)memset(&model, 0, sizeof(model));
	for (i = 0; i < VALUES; i++)
		model.seen[i] = -1;
	(void)memset(&fault, 0, sizeof(fault));
	if (fresh)
		return;
	/* The directory is there, and synced. */
	mq_close(open_store(MQ_OPEN_CREATE));
	disk_sync_all();
}

/* The values that were read but never confirmed may change their mind. */
static void
forget_unconfirmed(void)
{
	int i;

	for (i = 0; i < VALUES; i++)
		model.seen[i] = -1;
}

/* A signal is no error: nobody is told of one. */
static int
all_confirmed(const struct fault *f)
{
	int i;

	if (f->error != EINTR)
		return 0;
	for (i = 0; i < model.tried; i++)
		if (model.at[i] == -1)
			return wrong("a signal was an error: %s", err.text);
	return 0;
}

static int
sweep_errors(void)
{
	static const struct {
		const char *what;
		struct fault fault;
	} kinds[] = {
		{ "ENOSPC on a write",
		    { FAULT_WRITE, 0, ENOSPC, 0, 0, 0, 0, 0 } },
		{ "ENOSPC after half a write",
		    { FAULT_WRITE, 0, ENOSPC, 0, 1, 0, 0, 0 } },
		{ "ENOSPC from there on",
		    { FAULT_WRITE | FAULT_NAME, 0, ENOSPC, 1, 1, 0, 0, 0 } },
		{ "EIO on a write", { FAULT_WRITE, 0, EIO, 0, 0, 0, 0, 0 } },
		{ "EINTR on a write",
		    { FAULT_WRITE, 0, EINTR, 0, 1, 0, 0, 0 } },
		{ "EIO on a read", { FAULT_READ, 0, EIO, 0, 0, 0, 0, 0 } },
		{ "EINTR on a read", { FAULT_READ, 0, EINTR, 0, 0, 0, 0, 0 } },
		{ "EMFILE on an open",
		    { FAULT_OPEN, 0, EMFILE, 0, 0, 0, 0, 0 } },
		{ "EINTR on an open", { FAULT_OPEN, 0, EINTR, 0, 0, 0, 0, 0 } },
		{ "EIO on a truncate",
		    { FAULT_TRUNCATE, 0, EIO, 0, 0, 0, 0, 0 } },
		{ "ENOSPC on a name",
		    { FAULT_NAME, 0, ENOSPC, 0, 0, 0, 0, 0 } },
		{ "EIO on a look", { FAULT_LOOK, 0, EIO, 0, 0, 0, 0, 0 } },
		{ "ENOLCK on a lock",
		    { FAULT_LOCK, 0, ENOLCK, 0, 0, 0, 0, 0 } },
		{ "EINTR on a lock", { FAULT_LOCK, 0, EINTR, 0, 0, 0, 0, 0 } },
	};
	int bad = 0;
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		bad += sweep(kinds[i].what, &kinds[i].fault, 0);
	return bad != 0;
}

static int
sweep_syncs(void)
{
	const struct fault once = { FAULT_SYNC, 0, EIO, 0, 0, 0, 0, 0 };
	const struct fault ever = { FAULT_SYNC, 0, EIO, 1, 0, 0, 0, 0 };
	int bad, part;

	bad = sweep("EIO on a sync", &once, 0);
	bad += sweep("EIO on a sync, then a power cut", &once, 1);
	for (part = 2; part < (getenv("FAULT_LONG") != NULL ? 60 : 4); part++)
		bad += sweep("EIO on a sync, then a part of the disk", &once,
		    part);
	bad +=
	    sweep("EIO on all syncs from there on, then a power cut", &ever, 1);
	return bad != 0;
}

/* The power goes at the Nth call; then in the recovery from that. */
static int
power_cuts(void)
{
	return getenv("FAULT_LONG") != NULL ? sweep_power(64, 3, 40) :
					      sweep_power(5, 3, 3);
}

/* The same for a store that is made in a directory that is not there. */
static int
new_store(void)
{
	int bad;

	fresh = 1;
	bad = power_cuts();
	fresh = 0;
	return bad;
}

static int
no_fault(void)
{
	int i, n = 0;

	start();
	fault.calls = FAULT_ALL;
	scenario();
	for (i = 0; i < model.tried; i++)
		n += model.at[i] != -1;
	printf("# the scenario makes %d calls\n", fault.count);
	CHECK(n == model.tried && n >= 10);
	if (check() == -1)
		printf("# %s\n", why);
	CHECK(*why == '\0');
	return 0;
}

int
main(void)
{
	if (scene_dir(root) == -1)
		return 1;
	(void)snprintf(path, sizeof(path), "%s/a/store", root);
	sweep_of.start = start;
	sweep_of.scene = scenario;
	sweep_of.after = all_confirmed;
	sweep_of.lost = forget_unconfirmed;
	sweep_of.check = check;
	RUN(no_fault, "the scenario runs through");
	RUN(sweep_errors, "no call that fails loses what was confirmed");
	RUN(sweep_syncs, "a sync that failed is not believed later");
	RUN(power_cuts, "a power cut at any call loses nothing confirmed");
	RUN(new_store, "the same while the store itself is made");
	printf("# %d states explored\n", states);
	disk_clear();
	scene_remove(root);
	return test_done();
}
