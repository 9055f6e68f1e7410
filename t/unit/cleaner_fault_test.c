/* SPDX-License-Identifier: ISC */
/*
 * While a log is compacted every system call fails in turn, and the power goes
 * at every one of them: the last value of each key that was confirmed is
 * there, every record that is there is the one that was written at its offset,
 * and the log goes on.  FAULT_LONG=1 tries more states.
 */
#include "fault_io.h"

#include "fault_sweep.h"

#include "client/client.h"
#include "log/append.h"
#include "log/cleaner.h"
#include "log/flush.h"
#include "log/reader.h"

#define OFFSETS 100
#define KEYS	5

/* By offset: what was written there.  The keys are numbers. */
static struct {
	int tried;	       /* values, which count up from 1 */
	int key[OFFSETS];      /* of each value */
	int value_at[OFFSETS]; /* confirmed, or 0 */
	int64_t end;	       /* behind the last one that was confirmed */
} model;

static char root[SCENE_PATH], path[SCENE_PATH + 16];
static struct mq_err err;
static int states, brief;

/* Appends a batch of one record, and flushes it. */
static int
produce(struct mq_partition *p, int key)
{
	struct mq_batch_builder b;
	struct mq_record r;
	char text[16], name[16];
	uint8_t *data;
	size_t size;
	int64_t base;
	int rc, value = ++model.tried;

	model.key[value] = key;
	(void)memset(&b, 0, sizeof(b));
	(void)memset(&r, 0, sizeof(r));
	b.limit = 1000;
	r.timestamp = 1000 + value;
	r.key.data = name;
	r.key.len = (size_t)snprintf(name, sizeof(name), "%d", key);
	r.value.data = text;
	r.value.len = (size_t)snprintf(text, sizeof(text), "%d", value);
	rc = mq_batch_builder_add(&b, &r, &err);
	if (rc == 0)
		rc = mq_batch_builder_finish(&b, &data, &size, &err);
	if (rc == 0)
		rc = mq_append(p, data, size, &base, &err);
	if (rc == 0)
		rc = mq_flush(p, base + 1, &err);
	mq_batch_builder_free(&b);
	if (rc == 0 && base < OFFSETS) {
		model.value_at[base] = value;
		model.end = base + 1;
	}
	return rc;
}

static int
number(const struct mq_bytes *b)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%.*s", (int)b->len,
	    (const char *)b->data);
	return atoi(text);
}

static int
open_partition(struct mq *mq, struct mq_partition *p)
{
	return mq == NULL ? -1 : mq_client_partition(mq, "t", 0, p, &err);
}

static int
clean(struct mq_partition *p)
{
	struct mq_cleaner_options o = { 1000000, MQ_CLEANER_DEDUPE_BUFFER_SIZE,
		1 };
	struct mq_retention done = { 0, 0 };

	return mq_cleaner_clean(p, &o, &done, &err);
}

/*
 * A log whose segments become smaller and then one.  A second process appends
 * and reads, and compacts when the first one was not able to.
 */
static void
scenario(void)
{
	struct mq_partition a, b;
	struct mq *mq = mq_open(path, 0, &err);
	int has_a = open_partition(mq, &a) == 0;
	int has_b = open_partition(mq, &b) == 0, i;

	/* The second time segments become one; nothing mends what failed. */
	for (i = 0; i < 2 && brief; i++)
		if (has_a)
			(void)clean(&a);
	for (i = 0; i < 3 && !brief; i++) {
		if (has_a)
			(void)clean(&a);
		if (has_b)
			(void)produce(&b, i);
		if (has_a)
			(void)produce(&a, KEYS - 1 - i);
	}
	if (has_b && !brief)
		(void)clean(&b);
	if (has_a)
		mq_partition_close(&a);
	if (has_b)
		mq_partition_close(&b);
	mq_close(mq);
}

static int
check_record(const struct mq_record *r, int64_t *last, int seen[KEYS])
{
	int key = number(&r->key), value = number(&r->value);

	if (r->offset <= *last)
		return wrong("offset %lld after %lld", (long long)r->offset,
		    (long long)*last);
	*last = r->offset;
	if (value < 1 || value > model.tried || key != model.key[value])
		return wrong("invented: %d under key %d", value, key);
	if (r->timestamp != 1000 + value)
		return wrong("the timestamp of %d", value);
	if (r->offset < OFFSETS && model.value_at[r->offset] != 0 &&
	    model.value_at[r->offset] != value)
		return wrong("offset %lld was %d, is %d", (long long)r->offset,
		    model.value_at[r->offset], value);
	seen[key] = value;
	return 0;
}

/* The last confirmed value of each key, or one that was written later. */
static int
check_keys(const int seen[KEYS])
{
	int64_t i;
	int last[KEYS] = { 0 }, key;

	for (i = 0; i < OFFSETS; i++)
		if (model.value_at[i] != 0)
			last[model.key[model.value_at[i]]] = model.value_at[i];
	for (key = 0; key < KEYS; key++)
		if (seen[key] < last[key])
			return wrong("key %d is %d, and %d was confirmed", key,
			    seen[key], last[key]);
	return 0;
}

static int
read_all(struct mq_partition *p)
{
	struct mq_batch_iter it;
	struct mq_reader reader;
	struct mq_record r;
	struct mq_batch b;
	int64_t last = -1;
	int seen[KEYS] = { 0 }, rc;

	(void)memset(&it, 0, sizeof(it));
	mq_reader_init(&reader, p, 0);
	while ((rc = mq_reader_next(&reader, &b, &err)) == 1) {
		rc = mq_batch_iter_init(&it, &b, &err);
		while (
		    rc != -1 && (rc = mq_batch_iter_next(&it, &r, &err)) == 1)
			if (check_record(&r, &last, seen) == -1)
				break;
		if (rc != 0)
			break;
	}
	if (rc == -1)
		(void)wrong("cannot be read: %s", err.text);
	else if (rc == 0 && reader.next < model.end)
		rc = wrong("ends at %lld", (long long)reader.next);
	else if (rc == 0)
		rc = check_keys(seen);
	mq_batch_iter_free(&it);
	mq_reader_free(&reader);
	return rc == 0 ? 0 : -1;
}

static void
found_fault(const struct mq_finding *f, void *arg)
{
	/* What a killed appender left is told until somebody appends. */
	if (strcmp(f->file, "partition.state") == 0 && arg == NULL)
		return;
	if (strstr(f->file, "index") == NULL)
		(void)wrong("verify: %s: %s", f->file, f->text);
}

static int
leftovers(const struct mq_partition *p)
{
	struct mq_io_names names;
	size_t i;
	int rc = 0;

	if (mq_io_list(p->dir, &names) == -1)
		return -1;
	for (i = 0; i < names.count; i++)
		if (strstr(names.name[i], ".cleaned") != NULL ||
		    strstr(names.name[i], "swap") != NULL)
			rc = wrong("%s is left", names.name[i]);
	mq_io_names_free(&names);
	return rc;
}

/* The store as the next one finds it; then it goes on, and is compacted. */
static int
check(void)
{
	struct mq_partition p;
	struct mq *mq;
	int rc;

	states++;
	*why = '\0';
	mq = mq_open(path, 0, &err);
	if (mq == NULL || open_partition(mq, &p) == -1) {
		mq_close(mq);
		return wrong("cannot be opened: %s", err.text);
	}
	rc = read_all(&p);
	if (rc == 0 && mq_verify(mq, "t", found_fault, NULL, &err) != 0)
		rc = *why != '\0' ? -1 : 0;
	if (rc == 0 && (rc = produce(&p, 1)) == -1)
		(void)wrong("the next is not taken: %s", err.text);
	if (rc == 0 && (rc = clean(&p)) == -1)
		(void)wrong("cannot be compacted: %s", err.text);
	if (rc == 0)
		rc = read_all(&p);
	if (rc == 0)
		rc = leftovers(&p);
	if (rc == 0 && mq_verify(mq, "t", found_fault, &p, &err) != 0)
		rc = *why != '\0' ? -1 : 0;
	mq_partition_close(&p);
	mq_close(mq);
	return rc;
}

/* A topic with twelve records of five keys, in six segments; all synced. */
static void
start(void)
{
	const struct scene_topic topic = { "t",
		{ "cleanup.policy", "compact", "segment.bytes", "150",
		    "index.interval.bytes", "0", "min.cleanable.dirty.ratio",
		    "1", NULL } };
	struct mq_partition p;
	struct mq *mq;
	int i;

	scene_remove(root);
	(void)mkdir(root, 0777);
	disk_start(root);
	(void)memset(&model, 0, sizeof(model));
	(void)memset(&fault, 0, sizeof(fault));
	mq = scene_store(path, &topic, &err);
	if (open_partition(mq, &p) == -1)
		abort();
	for (i = 0; i < 12; i++)
		if (produce(&p, i < 4 ? i : i % 3) == -1)
			abort();
	mq_partition_close(&p);
	mq_close(mq);
	disk_sync_all();
}

static int
sweep_errors(void)
{
	static const struct {
		const char *what;
		struct fault fault;
	} kinds[] = {
		{ "ENOSPC on a write",
		    { FAULT_WRITE, 0, ENOSPC, 0, 1, 0, 0, 0 } },
		{ "ENOSPC from there on",
		    { FAULT_WRITE | FAULT_NAME, 0, ENOSPC, 1, 1, 0, 0, 0 } },
		{ "EIO on a read", { FAULT_READ, 0, EIO, 0, 0, 0, 0, 0 } },
		{ "EMFILE on an open",
		    { FAULT_OPEN, 0, EMFILE, 0, 0, 0, 0, 0 } },
		{ "EIO on a truncate",
		    { FAULT_TRUNCATE, 0, EIO, 0, 0, 0, 0, 0 } },
		{ "EIO on a name", { FAULT_NAME, 0, EIO, 0, 0, 0, 0, 0 } },
		{ "EIO on a look", { FAULT_LOOK, 0, EIO, 0, 0, 0, 0, 0 } },
		{ "ENOLCK on a lock",
		    { FAULT_LOCK, 0, ENOLCK, 0, 0, 0, 0, 0 } },
	};
	int bad = 0;
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		bad += sweep(kinds[i].what, &kinds[i].fault, 0);
		bad += sweep(kinds[i].what, &kinds[i].fault, SWEEP_REBOOT);
	}
	return bad != 0;
}

static int
sweep_syncs(void)
{
	const struct fault once = { FAULT_SYNC, 0, EIO, 0, 0, 0, 0, 0 };
	const struct fault ever = { FAULT_SYNC, 0, EIO, 1, 0, 0, 0, 0 };
	int bad, part;

	bad = sweep("EIO on a sync", &once, 0);
	bad += sweep("EIO on a sync, then a reboot", &once, SWEEP_REBOOT);
	brief = 1;
	bad += sweep("EIO on a sync of the last, then a reboot", &once,
	    SWEEP_REBOOT);
	for (part = 1; part < 4; part++)
		bad += sweep("EIO on a sync of the last, then a power cut",
		    &once, part);
	brief = 0;
	bad += sweep("EIO on a sync, then a power cut", &once, 1);
	for (part = 2; part < (getenv("FAULT_LONG") != NULL ? 60 : 6); part++)
		bad += sweep("EIO on a sync, then a part of the disk", &once,
		    part);
	bad +=
	    sweep("EIO on all syncs from there on, then a power cut", &ever, 1);
	bad += sweep("EIO on all syncs from there on, then a part of the disk",
	    &ever, 2);
	return bad != 0;
}

/* The process is killed at the Nth call. */
static int
kills(void)
{
	int bad = 0, nth;

	sweep_of.shown = 0;
	for (nth = 1; sweep_cut(nth, 1, 0, 0, &bad); nth++)
		;
	printf("# kills at %d calls, %d bad\n", nth, bad);
	return bad != 0;
}

static int
power_cuts(void)
{
	int is_long = getenv("FAULT_LONG") != NULL, bad;

	bad = sweep_power(is_long ? 64 : 5, 4, 2);
	brief = 1;
	bad += sweep_power(is_long ? 64 : 12, 0, 0);
	brief = 0;
	return bad != 0;
}

static int
no_fault(void)
{
	start();
	fault.calls = FAULT_ALL;
	scenario();
	printf("# the scenario makes %d calls\n", fault.count);
	CHECK(model.end == 18);
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
	sweep_of.check = check;
	RUN(no_fault, "the scenario runs through");
	RUN(sweep_errors, "no call that fails loses a last value");
	RUN(sweep_syncs, "a sync that failed loses none");
	RUN(kills, "a kill at any call loses none, and is mended");
	RUN(power_cuts, "a power cut at any call loses none");
	printf("# %d states explored\n", states);
	disk_clear();
	scene_remove(root);
	return test_done();
}
