/* SPDX-License-Identifier: ISC */
/*
 * A thread that writes into a regular file while the program makes what comes
 * next: for output by the hundred megabytes, where a second processor is there.
 * It has one thing to write at a time.
 */
#ifndef WRITER_H
#define WRITER_H

#include <stddef.h>
#include <stdint.h>

struct writer;

/* NULL where that would be of no use: no file, one processor, no thread. */
struct writer *writer_start(int fd);
/* Waits for what it writes, and ends it.  NULL is nothing to do. */
void writer_stop(struct writer *);

/*
 * Gives it something, when the last thing was waited for.  The bytes are its
 * own until then.
 */
void writer_give(struct writer *, const char *data, size_t len);
/* How many bytes of that are written; short only with errno set. */
size_t writer_wait(struct writer *);

#endif
