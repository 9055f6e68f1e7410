/* SPDX-License-Identifier: ISC */
#include "client/share_file.h"

#include <bsd/stdlib.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/crc32c.h"
#include "base/cursor.h"
#include "base/fail.h"
#include "base/io.h"
#include "client/lock.h"

#define MAGIC	  0x6d717368 /* mqsh */
#define SLOTS	  3
#define PAGE	  ((size_t)4096)
#define HEADER	  56
#define AT_CRC	  4
#define AT_BEHIND 8 /* what the CRC covers begins here */
#define AT_ID	  24
#define AT_SYNCED 48		    /* and ends here */
#define STATE_MAX ((size_t)1 << 26) /* bytes: runs for the largest window */
#define PEEKS	  100 /* a state may be saved over while it is looked at */

static const uint8_t zeros[SLOTS * PAGE];

/* What the first page of a slot says. */
struct slot {
	uint64_t sequence; /* 0: it holds nothing */
	size_t len;
	int synced; /* boolean */
	int ours;   /* boolean: of this topic */
};

void
mq_share_file_name(char name[MQ_SHARE_FILE_NAME], const char *topic,
    int32_t partition)
{
	(void)snprintf(name, MQ_SHARE_FILE_NAME,
	    MQ_LAYOUT_PARTITION MQ_SHARE_FILE_SUFFIX, topic, partition);
}

int
mq_share_file_parse(char *name, int32_t *partition)
{
	size_t len = strlen(name), suffix = sizeof(MQ_SHARE_FILE_SUFFIX) - 1;
	const char *why;
	char *dash;

	if (len <= suffix ||
	    strcmp(name + len - suffix, MQ_SHARE_FILE_SUFFIX) != 0)
		return 0;
	name[len - suffix] = '\0';
	if ((dash = strrchr(name, '-')) == NULL || dash == name)
		return 0;
	*partition =
	    (int32_t)strtonum(dash + 1, 0, MQ_LAYOUT_PARTITIONS_MAX, &why);
	*dash = '\0';
	return why == NULL;
}

int
mq_share_file_open(struct mq_share_file *f, int dir, const char *name,
    const char *id, const struct mq_share_config *config, int create,
    struct mq_err *err)
{
	int flags = create ? O_RDWR | O_CREAT : O_RDONLY;

	(void)memset(f, 0, sizeof(*f));
	(void)snprintf(f->id, sizeof(f->id), "%s", id);
	f->dir = dir;
	f->config = *config;
	mq_share_partition_init(&f->p, config, 0);
	if ((f->fd = mq_io_open(dir, name, flags, 0666)) != -1)
		return 1;
	if (errno == ENOENT && !create)
		return 0;
	return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "%s", name);
}

void
mq_share_file_close(struct mq_share_file *f)
{
	if (f->fd != -1)
		(void)mq_io_close(f->fd);
	f->fd = -1;
	mq_share_partition_free(&f->p);
	mq_buf_free(&f->buf);
}

/* ---- slots ------------------------------------------------------------------ */

static void
read_header(const struct mq_share_file *f, const uint8_t *page, struct slot *s)
{
	(void)memset(s, 0, sizeof(*s));
	if (mq_get32(page) != MAGIC ||
	    mq_get32(page + AT_CRC) !=
		mq_crc32c(page + AT_BEHIND, AT_SYNCED - AT_BEHIND))
		return;
	s->sequence = mq_get64(page + 8);
	s->len = mq_get64(page + 16);
	s->ours =
	    strncmp((const char *)page + AT_ID, f->id, AT_SYNCED - AT_ID) == 0;
	s->synced = mq_get64(page + AT_SYNCED) == s->sequence;
}

/* The newest of the slots that hold something; -1 there is none. */
static int
newest(const struct slot *slot, int synced)
{
	int i, found = -1;

	for (i = 0; i < SLOTS; i++)
		if (slot[i].sequence != 0 && (!synced || slot[i].synced) &&
		    (found == -1 || slot[i].sequence > slot[found].sequence))
			found = i;
	return found;
}

/* A slot that holds neither that one nor the newest on disk: the oldest. */
static int
choose(const struct slot *slot, int but)
{
	int i, disk = newest(slot, 1), found = -1;

	for (i = 0; i < SLOTS; i++)
		if (i != but && i != disk &&
		    (found == -1 || slot[i].sequence < slot[found].sequence))
			found = i;
	return found;
}

/* How many bytes of a slot lie in its j-th run of pages; where that is. */
static size_t
extent(int slot, int j, int64_t *at)
{
	size_t n = (size_t)1 << j;

	*at = (int64_t)(PAGE * (SLOTS * (n - 1) + (size_t)slot * n));
	return PAGE * n;
}

/* Reads what follows the first page, of `len` bytes in all, into buf. */
static int
read_rest(struct mq_share_file *f, int slot, size_t len, struct mq_err *err)
{
	struct mq_buf *b = &f->buf;
	int64_t at;
	size_t n;
	int j;

	for (j = 1; b->len < len; j++) {
		n = extent(slot, j, &at);
		if (n > len - b->len)
			n = len - b->len;
		if (mq_buf_reserve(b, n) == -1)
			return mq_fail_memory(err);
		if (mq_io_pread(f->fd, b->data + b->len, n, at) != (ssize_t)n)
			return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
			    "reading");
		b->len += n;
	}
	return 0;
}

/* Loads a slot: 1, 0 it is not whole, -1. */
static int
load(struct mq_share_file *f, int i, const struct slot *slot,
    const uint8_t *page, struct mq_err *err)
{
	size_t len = HEADER + slot->len;

	if (slot->len < 4 || slot->len > STATE_MAX)
		return 0;
	f->buf.len = 0;
	if (mq_buf_append(&f->buf, page, len < PAGE ? len : PAGE) == -1)
		return mq_fail_memory(err);
	errno = 0;
	if (read_rest(f, i, len, err) == -1)
		return err->sys == 0 ? 0 : -1;
	mq_share_partition_free(&f->p);
	if (mq_share_partition_load(&f->p, &f->config, f->buf.data + HEADER,
		slot->len, err) == 0)
		return 1;
	return err->code == MQ_CORRUPT_MESSAGE ? 0 : -1;
}

/*
 * Has the newest whole state of this topic in p: 1, 0 there is none, -1.  A
 * slot that is not whole may have been the newest: numbers go on from its own.
 */
static int
refresh(struct mq_share_file *f, struct mq_err *err)
{
	uint8_t pages[SLOTS * PAGE];
	struct slot slot[SLOTS];
	int i, rc = 0, mine = 0, other = 0;
	ssize_t n;

	if ((n = mq_io_pread(f->fd, pages, sizeof(pages), 0)) == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "reading");
	(void)memset(pages + n, 0, sizeof(pages) - (size_t)n);
	for (i = 0; i < SLOTS; i++)
		read_header(f, pages + PAGE * (size_t)i, &slot[i]);
	i = newest(slot, 0);
	f->top = i != -1 ? slot[i].sequence : 0;
	f->target = choose(slot, i);
	if (i != -1 && slot[i].ours && f->loaded == f->top)
		return 1;
	for (f->loaded = 0; rc == 0 && i != -1; i = newest(slot, 0)) {
		mine |= slot[i].ours;
		other |= !slot[i].ours;
		f->target = choose(slot, i);
		if (slot[i].ours)
			rc =
			    load(f, i, &slot[i], pages + PAGE * (size_t)i, err);
		(void)memset(&slot[i], 0, sizeof(slot[i]));
	}
	if (rc == 1) {
		f->loaded = f->top;
		f->changes = f->p.changes;
	}
	if (rc != 0 || other)
		return rc;
	if (mine || memcmp(pages, zeros, sizeof(pages)) != 0)
		return mq_fail(err, MQ_CORRUPT_MESSAGE,
		    "no slot holds a whole state");
	return 0;
}

int
mq_share_file_peek(struct mq_share_file *f, struct mq_err *err)
{
	int rc, tries;

	for (tries = 0; tries < PEEKS; tries++) {
		rc = refresh(f, err);
		if (rc != -1 || err->code != MQ_CORRUPT_MESSAGE)
			break;
	}
	return rc;
}

/* ---- under the lock ----------------------------------------------------------- */

int
mq_share_file_lock(struct mq_share_file *f, int64_t until_ms,
    struct mq_err *err)
{
	int rc;

	if (mq_lock_until(f->fd, until_ms, err) == -1)
		return -1;
	if ((rc = refresh(f, err)) == -1)
		mq_share_file_unlock(f);
	return rc;
}

void
mq_share_file_unlock(struct mq_share_file *f)
{
	if (f->p.changes != f->changes)
		f->loaded = 0;
	(void)mq_io_unlock(f->fd, 0);
}

/* Header and state, in buf. */
static int
encode(struct mq_share_file *f, struct mq_err *err)
{
	struct mq_buf *b = &f->buf;

	b->len = 0;
	if (mq_buf_append(b, zeros, HEADER) == -1)
		return mq_fail_memory(err);
	if (mq_share_partition_save(&f->p, b, err) == -1)
		return -1;
	mq_put32(b->data, MAGIC);
	mq_put64(b->data + 8, f->top + 1);
	mq_put64(b->data + 16, b->len - HEADER);
	(void)memcpy(b->data + AT_ID, f->id, sizeof(f->id));
	mq_put32(b->data + AT_CRC,
	    mq_crc32c(b->data + AT_BEHIND, AT_SYNCED - AT_BEHIND));
	return 0;
}

/* The first page comes last: a kill before it leaves the slot as it was. */
static int
write_slot(struct mq_share_file *f, struct mq_err *err)
{
	struct mq_buf *b = &f->buf;
	size_t n, done = PAGE;
	int64_t at;
	int j, rc = 0;

	for (j = 1; rc == 0 && done < b->len; j++, done += n) {
		n = extent(f->target, j, &at);
		if (n > b->len - done)
			n = b->len - done;
		rc = mq_io_pwrite(f->fd, b->data + done, n, at);
	}
	n = b->len < PAGE ? b->len : PAGE;
	if (rc == 0)
		rc = mq_io_pwrite(f->fd, b->data, n, (int64_t)PAGE * f->target);
	return rc == -1 ?
	    mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "writing") :
	    0;
}

/* Onto the disk, and what is known of that beside it. */
static int
make_durable(struct mq_share_file *f, struct mq_err *err)
{
	int64_t at = (int64_t)PAGE * f->target;
	uint8_t sequence[8];

	if (mq_io_datasync(f->fd) == -1 ||
	    (f->top == 0 && mq_io_sync(f->dir) == -1))
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "flushing");
	mq_put64(sequence, f->top + 1);
	/* Where this fails the slot is only not known to be on disk. */
	(void)mq_io_pwrite(f->fd, sequence, sizeof(sequence), at + AT_SYNCED);
	return 0;
}

int
mq_share_file_save(struct mq_share_file *f, int durable, struct mq_err *err)
{
	int first = f->top == 0, rc = 0;

	if (!first && f->loaded == f->top && f->p.changes == f->changes)
		return 0;
	f->loaded = 0;
	/* Room for small states, so that a full disk does not stop them. */
	if (first && mq_io_pwrite(f->fd, zeros, sizeof(zeros), 0) == -1)
		rc = mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "writing");
	if (rc == 0 && encode(f, err) == 0 && write_slot(f, err) == 0 &&
	    (!(durable || first) || make_durable(f, err) == 0)) {
		f->loaded = ++f->top;
		f->changes = f->p.changes;
		return 0;
	}
	/*
	 * The slot is given up, and the state before it counts again: after a
	 * failed sync the page cache tells of one that the disk does not hold.
	 */
	(void)mq_io_pwrite(f->fd, zeros, PAGE, (int64_t)PAGE * f->target);
	return -1;
}
