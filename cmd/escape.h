/* SPDX-License-Identifier: ISC */
/*
 * Bytes that a shell's argument cannot hold, written \n \t \r \\ \0 \xNN: the
 * argument of -d and -K, the text of a -f template, and the way back for
 * messages and lines.  Functions that can fail return -1 and put one sentence in err;
 * places in texts are bytes counted from 0.
 */
#ifndef ESCAPE_H
#define ESCAPE_H

#include <stddef.h>

/* The whole of a text; the caller frees *bytes.  err names the byte. */
int escape_parse(const char *text, char **bytes, size_t *len, char *err,
    size_t errlen);

/*
 * One escape, where *at is its backslash: the byte it stands for, with *at
 * moved behind it.  err does not name the place, which the caller knows.
 */
int escape_one(const char **at, char *byte, char *err, size_t errlen);

/* A hexadecimal digit's value, or -1. */
int escape_digit(char);

/*
 * Writes bytes for a message, escaped and NUL-terminated; where they do not
 * fit in size, "..." ends them.  size is at least 8.
 */
void escape_show(char *text, size_t size, const void *bytes, size_t len);

/*
 * Writes bytes for a line of output, NUL-terminated: what would break the line,
 * and a backslash, stand as escapes, the rest as it is.  text has room for
 * ESCAPE_MOST bytes for each and for the NUL.
 */
#define ESCAPE_MOST 4
void escape_line(char *text, const void *bytes, size_t len);

#endif
