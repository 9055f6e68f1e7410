/* SPDX-License-Identifier: ISC */
#include "client/lock.h"

#include "base/clock.h"
#include "base/fail.h"
#include "base/io.h"

#define PAUSE_MS 16 /* the longest between two tries */

int
mq_lock_until(int fd, int64_t until_ms, struct mq_err *err)
{
	int64_t start = mq_clock_mono_ms(), now = start, pause;
	int rc;

	while ((rc = mq_io_trylock(fd, 0, MQ_IO_EXCLUSIVE)) == 1) {
		if (now >= until_ms)
			return mq_fail(err, MQ_REQUEST_TIMED_OUT, MQ_LOCK_HELD);
		pause = 1 + (now - start) / 128;
		if (pause > PAUSE_MS)
			pause = PAUSE_MS;
		if (pause > until_ms - now)
			pause = until_ms - now;
		(void)mq_io_poll(NULL, 0, pause);
		now = mq_clock_mono_ms();
	}
	return rc == -1 ?
	    mq_fail_errno(err, MQ_KAFKA_STORAGE_ERROR, "its lock") :
	    0;
}

int64_t
mq_lock_patience(void)
{
	return mq_clock_mono_ms() + MQ_LOCK_PATIENCE_MS;
}
