/* SPDX-License-Identifier: ISC */
/*
 * The bytes of the input files, one behind the other, through one buffer.  A
 * framing takes bytes from the front and asks for more where a record is not
 * whole; places are counted in bytes of each file.
 */
#ifndef INPUT_H
#define INPUT_H

#include <stddef.h>
#include <stdint.h>

struct input {
	const char *name; /* as it is told: "standard input" for - */
	int fd;		  /* -1: none is open */
	char *buf;
	size_t start; /* buf[start..len) is not taken yet */
	size_t len;
	size_t cap;
	int64_t at;	/* place in the file of buf[start] */
	int64_t size;	/* of a regular file, -1 of others */
	int64_t base;	/* bytes of the files before this one */
	int eof;	/* the file has no more than what is in the buffer */
	int64_t now_ms; /* when it was last read */
	struct input_ahead *ahead; /* reads the next chunk, or NULL */
	unsigned reads;
};

/* Opens the next file ("-": standard input); -1 with errno. */
int input_open(struct input *, const char *name);
/* Takes a descriptor over. */
void input_take(struct input *, int fd, const char *name);
/*
 * Whether a read would give something at once.  Otherwise waits for that, for
 * wait_ms (-1: for ever), or until wakeup is readable: then 0.
 */
int input_ready(const struct input *, int wakeup, int64_t wait_ms);
/* Reads once behind what is there: 0 (eof may be set then), -1 with errno. */
int input_read(struct input *);
/* Takes n bytes from the front. */
void input_skip(struct input *, size_t n);
void input_close(struct input *);
void input_free(struct input *);

#endif
