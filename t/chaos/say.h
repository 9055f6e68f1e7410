/* SPDX-License-Identifier: ISC */
/*
 * What a worker has to say of itself: lines on its standard output, each written
 * at once, so that a kill loses none.
 */
#ifndef SAY_H
#define SAY_H

#include <err.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define SAY_MAX 1024

/* The wall's clock. */
static int64_t
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void say(const char *, ...) __attribute__((format(printf, 1, 2)));

static void
say(const char *format, ...)
{
	char line[SAY_MAX];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	if (n < 0 || n >= SAY_MAX || write(1, line, (size_t)n) != n)
		err(1, "the log");
}

#endif
