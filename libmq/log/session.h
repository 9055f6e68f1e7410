/* SPDX-License-Identifier: ISC */
/*
 * A session names the time during which the page cache of a store can be
 * relied on: this boot, and this mount.  A mount has another number in each
 * mount namespace (a container, a service); so the number counts only for the
 * first to come, and whoever finds others there joins their session: while
 * they hold the store open its file system cannot have gone.
 *
 * The session is written into store.lock, of which a byte is held shared by
 * everyone who may write, and for a moment exclusively by the first.
 */
#ifndef MQ_SESSION_H
#define MQ_SESSION_H

#include <stdint.h>

#include "base/err.h"
#include "base/io.h"

/*
 * The lock is store.lock, open; it keeps the byte until it is closed.  One who
 * may only read joins where there is a session, and has a token of nobody's
 * otherwise.
 */
int mq_session_join(int lock, uint8_t token[MQ_IO_TOKEN], struct mq_err *);

#endif
