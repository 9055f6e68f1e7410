/* SPDX-License-Identifier: ISC */
/*
 * Bytes into a descriptor, all of them: a call that is cut short or would block
 * goes on.  Once a signal came (signals.h) a reader that takes nothing for a
 * second is not waited for any more: that is EINTR.
 */
#ifndef SINK_H
#define SINK_H

#include <stddef.h>
#include <stdint.h>

/* How many were written; fewer than len only with errno set. */
size_t sink_write(int fd, const char *data, size_t len);
/* The same of a range of a file, in the kernel where that can be. */
size_t sink_copy(int fd, int from, int64_t at, size_t len);
/*
 * A pipe that much goes through holds a megabyte from now on, where the system
 * allows that: fewer turns of reader and writer.  Others stay as they are.
 */
void sink_widen(int fd);

#endif
