/* SPDX-License-Identifier: ISC */
/* What verify finds in partition.state and the checkpoints. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/io.h"
#include "log/checkpoint.h"
#include "log/layout.h"
#include "log/partition_state.h"
#include "log/verify_internal.h"

void
mq_verify_read_state(struct mq_verify *v, int64_t *begun)
{
	struct mq_partition_flushed f;
	struct mq_partition_tail t;
	struct mq_err ignored;
	int fd = mq_io_open(v->dir, MQ_LAYOUT_STATE, O_RDONLY, 0);

	v->flushed = *begun = -1;
	if (fd == -1)
		return;
	if (mq_partition_state_flushed(fd, &f, &ignored) == 1)
		v->flushed = f.offset;
	if (mq_partition_state_tail(fd, &t, &ignored) == 1 && t.rolling &&
	    memcmp(v->token, t.token, sizeof(t.token)) == 0)
		*begun = t.log_end;
	(void)mq_io_close(fd);
}

/* As recovery, which refuses the partition then. */
void
mq_verify_start(struct mq_verify *v, int64_t first)
{
	struct mq_checkpoint_line line = { 0, 0 };
	struct mq_partition_tail t;
	struct mq_err ignored;
	int64_t start = -1;
	char name[MQ_LAYOUT_NAME];
	size_t n;
	int fd = mq_io_open(v->dir, MQ_LAYOUT_STATE, O_RDONLY, 0);

	if (fd != -1 && mq_partition_state_tail(fd, &t, &ignored) == 1 &&
	    memcmp(v->token, t.token, sizeof(t.token)) == 0)
		start = t.log_start;
	if (fd != -1)
		(void)mq_io_close(fd);
	if (mq_checkpoint_read(v->dir, MQ_LAYOUT_LOG_START, &line, 1, &n,
		&ignored) == 1 &&
	    n > 0 && line.second > start)
		start = line.second;
	if (start != -1 && start < first) {
		(void)snprintf(name, sizeof(name), MQ_LAYOUT_LOG, first);
		mq_verify_tell(v, name, -1,
		    "it is the first, and offsets %lld to %lld are missing",
		    (long long)start, (long long)first - 1);
	}
}

/* Whether nothing was written to a slot of the state page. */
static int
blank(int fd, int64_t at)
{
	static const uint8_t none[8];
	uint8_t first[8];

	return mq_io_pread(fd, first, sizeof(first), at) != sizeof(first) ||
	    memcmp(first, none, sizeof(first)) == 0;
}

/* What the state page says of the log's end, against the log. */
static void
check_tail(struct mq_verify *v, int fd)
{
	struct mq_partition_tail t;
	struct mq_err ignored;

	if (mq_partition_state_tail(fd, &t, &ignored) != 1) {
		/* None is there before the first opening. */
		if (!blank(fd, MQ_PARTITION_STATE_TAIL))
			mq_verify_tell(v, MQ_LAYOUT_STATE,
			    MQ_PARTITION_STATE_TAIL,
			    "its tail does not match its checksum");
	} else if (memcmp(v->token, t.token, sizeof(t.token)) == 0 &&
	    v->next != -1 && t.log_end > v->next)
		/* One from another boot says nothing of now. */
		mq_verify_tell(v, MQ_LAYOUT_STATE, -1,
		    "it says that the log ends at %lld; it ends at %lld",
		    (long long)t.log_end, (long long)v->next);
}

static void
check_state(struct mq_verify *v)
{
	struct mq_partition_flushed f;
	struct mq_err ignored;
	int fd = mq_io_open(v->dir, MQ_LAYOUT_STATE, O_RDONLY, 0);

	if (fd == -1) {
		/* It is made when the partition is opened first. */
		if (errno != ENOENT)
			mq_verify_tell(v, MQ_LAYOUT_STATE, -1,
			    "it cannot be read");
		return;
	}
	check_tail(v, fd);
	if (mq_partition_state_flushed(fd, &f, &ignored) == 1) {
		if (v->next != -1 && f.offset > v->next)
			mq_verify_tell(v, MQ_LAYOUT_STATE, -1,
			    "records up to offset %lld were confirmed, and the "
			    "log ends at %lld",
			    (long long)f.offset - 1, (long long)v->next);
	} else if (!blank(fd, MQ_PARTITION_STATE_TAIL) ||
	    !blank(fd, MQ_PARTITION_STATE_FLUSHED))
		/* Both are blank where an opening was refused: as none. */
		mq_verify_tell(v, MQ_LAYOUT_STATE, MQ_PARTITION_STATE_FLUSHED,
		    "its flush point does not match its checksum");
	(void)mq_io_close(fd);
}

static void
check_checkpoint(struct mq_verify *v, const char *name, int needed)
{
	struct mq_checkpoint_line line = { 0, 0 };
	size_t n, len = strlen(name);
	struct mq_err why;
	int rc;

	rc = mq_checkpoint_read(v->dir, name, &line, 1, &n, &why);
	/* The sentence begins with the name; tell gives it. */
	if (rc == -1)
		mq_verify_tell(v, name, -1, "%s",
		    strncmp(why.text, name, len) == 0 ?
			why.text + len + strlen(": ") :
			why.text);
	else if (rc == 0 && needed)
		mq_verify_tell(v, name, -1, "it is missing");
	else if (rc == 1 && !needed && v->next != -1 && line.second > v->next)
		mq_verify_tell(v, name, -1,
		    "it says offset %lld, and the log ends at "
		    "%lld",
		    (long long)line.second, (long long)v->next);
}

void
mq_verify_others(struct mq_verify *v)
{
	check_checkpoint(v, MQ_LAYOUT_EPOCHS, 1);
	check_checkpoint(v, MQ_LAYOUT_LOG_START, 0);
	check_checkpoint(v, MQ_LAYOUT_CLEANER, 0);
	check_state(v);
}
