/* SPDX-License-Identifier: ISC */
#include "log/session.h"

#include <errno.h>
#include <string.h>

#include "base/crc32c.h"
#include "base/fail.h"
#include "log/layout.h"

#define BOOT 16 /* bytes of a token that name the boot; the rest, the mount */

/* At the start of store.lock. */
struct slot {
	uint32_t crc;		     /* of what follows */
	uint8_t opened[MQ_IO_TOKEN]; /* boot and mount of the first */
	uint8_t token[MQ_IO_TOKEN];  /* of the session */
};

_Static_assert(sizeof(struct slot) == 52, "the session's slot");

static uint32_t
slot_crc(const struct slot *s)
{
	return mq_crc32c(s->opened, sizeof(s->opened) + sizeof(s->token));
}

/* 1 it holds a session of this boot, 0 not, -1. */
static int
slot_read(int lock, const uint8_t *here, struct slot *s)
{
	ssize_t n = mq_io_pread(lock, s, sizeof(*s), 0);

	if (n == -1)
		return -1;
	return n == (ssize_t)sizeof(*s) && s->crc == slot_crc(s) &&
	    memcmp(s->opened, here, BOOT) == 0;
}

/* A new session, of one who is alone. */
static int
slot_write(int lock, const uint8_t *here, struct slot *s)
{
	(void)memcpy(s->opened, here, sizeof(s->opened));
	(void)memcpy(s->token, here, BOOT);
	if (mq_io_random(s->token + BOOT, sizeof(s->token) - BOOT) == -1)
		return -1;
	s->crc = slot_crc(s);
	return mq_io_pwrite(lock, s, sizeof(*s), 0);
}

static int
alone(int lock, const uint8_t *here, struct slot *s)
{
	int rc = slot_read(lock, here, s);

	if (rc == 0 ||
	    (rc == 1 && memcmp(s->opened, here, sizeof(s->opened)) != 0))
		rc = slot_write(lock, here, s);
	/* From alone to one of many, without letting go. */
	if (rc != -1 &&
	    mq_io_trylock(lock, MQ_LAYOUT_SESSION, MQ_IO_SHARED) != 0)
		rc = -1;
	return rc == -1 ? -1 : 1;
}

static int
only_reading(int lock, const uint8_t *here, struct slot *s)
{
	int rc = slot_read(lock, here, s);

	if (rc == 1 && memcmp(s->opened, here, sizeof(s->opened)) != 0)
		rc = mq_io_locked(lock, MQ_LAYOUT_SESSION);
	return rc;
}

int
mq_session_join(int lock, uint8_t token[MQ_IO_TOKEN], struct mq_err *err)
{
	uint8_t here[MQ_IO_TOKEN];
	struct slot s;
	int rc;

	if (mq_io_token(lock, here) == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
		    "the boot's id");
	rc = mq_io_trylock(lock, MQ_LAYOUT_SESSION, MQ_IO_EXCLUSIVE);
	if (rc == 0)
		rc = alone(lock, here, &s);
	else if (rc == 1) {
		rc = mq_io_lock(lock, MQ_LAYOUT_SESSION, MQ_IO_SHARED);
		if (rc == 0)
			rc = slot_read(lock, here, &s);
	} else if (errno == EBADF)
		rc = only_reading(lock, here, &s);
	if (rc == -1)
		return mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR,
		    MQ_LAYOUT_STORE_LOCK);
	if (rc == 1)
		(void)memcpy(token, s.token, sizeof(s.token));
	else
		(void)memset(token, 0xff, MQ_IO_TOKEN);
	return 0;
}
