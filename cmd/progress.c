/* SPDX-License-Identifier: ISC */
#include "progress.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "cmd.h"

#define EVERY_MS 500

void
progress_start(struct progress *p, int forced, int quiet)
{
	p->on = forced ||
	    (!quiet && isatty(STDERR_FILENO) && !isatty(STDIN_FILENO));
	p->shown = 0;
	p->start_ms = p->on ? cmd_now_ms() : 0;
	p->next_ms = p->start_ms + EVERY_MS;
}

static void
show(struct progress *p, int64_t now, uint64_t records, int64_t bytes,
    int64_t size)
{
	double seconds = (double)(now - p->start_ms + 1) / 1000;
	double rate = (double)bytes / seconds;

	(void)fprintf(stderr, "%s%s: %llu records, %.1f MB, %.1f MB/s, %.0f/s",
	    p->shown ? "\r\033[K" : "", program_invocation_short_name,
	    (unsigned long long)records, (double)bytes / 1e6, rate / 1e6,
	    (double)records / seconds);
	if (size > 0 && rate > 0 && size >= bytes)
		(void)fprintf(stderr, ", %d%%, %.0f s left",
		    (int)(bytes * 100 / size), (double)(size - bytes) / rate);
	p->shown = isatty(STDERR_FILENO);
	if (!p->shown)
		(void)fputc('\n', stderr);
	(void)fflush(stderr);
}

void
progress_step(struct progress *p, uint64_t records, int64_t bytes, int64_t size)
{
	int64_t now;

	if (!p->on || (now = cmd_now_ms()) < p->next_ms)
		return;
	p->next_ms = now + EVERY_MS;
	show(p, now, records, bytes, size);
}

void
progress_end(struct progress *p, uint64_t records, int64_t bytes, int64_t size)
{
	/* A run that was over before the first line needs none, ... */
	if (!p->on || (isatty(STDERR_FILENO) && !p->shown))
		return;
	show(p, cmd_now_ms(), records, bytes, size);
	if (p->shown) /* ... and one on a terminal keeps its last. */
		(void)fputc('\n', stderr);
}
