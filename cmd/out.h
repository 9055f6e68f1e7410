/* SPDX-License-Identifier: ISC */
/*
 * Output by the million: a buffer before a descriptor.  Writing into it is a
 * copy, and the buffer goes out when it is full or when it is told to.  With
 * descriptor -1 it is a run of bytes in memory that grows and stays (len is
 * the caller's to set back).  What goes out in bulk may still be on its way
 * when a function returns; out_flush waits for it.
 *
 * Functions return 0 (or a pointer), and -1 (or NULL) with errno when the
 * descriptor failed or memory is out.  What was not written is kept, so that
 * out_flush may be called again.  A descriptor that does not block is waited
 * for.  Once a signal came (signals.h) a reader that takes nothing for a second
 * is not waited for any more: that is EINTR.
 */
#ifndef OUT_H
#define OUT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * Bytes of the buffer before a descriptor: sixteen batches of a producer's
 * default size, and room for what was not a whole page.
 */
#define OUT_SIZE ((size_t)4160 * 1024)

struct out {
	char *data;
	size_t len; /* <= cap; data[0..len) waits to be written */
	size_t cap;
	int fd;		  /* not closed by out; -1: memory only */
	uint64_t written; /* bytes that the descriptor took */
	int file;	  /* boolean: the descriptor is a regular file */
	int narrow; /* boolean, the caller's: little is to be on its way */
	/* In bulk another thread writes meanwhile: spare[0..given). */
	struct writer *writer; /* NULL: it was not worth its start */
	char *spare;
	size_t given;	/* 0: nothing is on its way */
	unsigned bulks; /* so often there was much */
};

/* Cannot fail: memory is taken by the first write. */
void out_init(struct out *, int fd);
/* Drops what was not flushed. */
void out_free(struct out *);
/* Writes out everything; with fd -1 nothing happens. */
int out_flush(struct out *);
/*
 * Writes out what fills whole pages, and keeps the rest: a file that is written
 * page by page is written faster.
 */
int out_flush_pages(struct out *);
/*
 * Copies a range of a file behind what was written, in the kernel where that
 * can be.  For an out with a descriptor; into a file out_write is faster.
 */
int out_copy(struct out *, int from, int64_t at, size_t len);
int out_printf(struct out *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* A number in decimal digits. */
int out_decimal(struct out *, int64_t);

/* The slow halves of the functions below. */
char *out_make_room(struct out *, size_t);
int out_write_through(struct out *, const void *, size_t);

/*
 * Room for n bytes behind len, in one piece; the caller fills it and adds to
 * len what it filled.
 */
static inline char *
out_reserve(struct out *o, size_t n)
{
	if (n > o->cap - o->len || o->data == NULL)
		return out_make_room(o, n);
	return o->data + o->len;
}

/* Whether it is time to flush: a pipe's reader begins on what is in the cache. */
static inline int
out_is_full(const struct out *o)
{
	return o->len > (o->file && !o->narrow ? OUT_SIZE / 2 : OUT_SIZE / 16);
}

/* How many bytes there have been, written or not. */
static inline uint64_t
out_end(const struct out *o)
{
	return o->written + o->given + o->len;
}

/* Takes all of the bytes (0), or none of them (-1). */
static inline int
out_write(struct out *o, const void *data, size_t len)
{
	if (len == 0)
		return 0;
	if (len > o->cap - o->len)
		return out_write_through(o, data, len);
	(void)memcpy(o->data + o->len, data, len);
	o->len += len;
	return 0;
}

static inline int
out_putc(struct out *o, char c)
{
	if (o->len == o->cap && out_make_room(o, 1) == NULL)
		return -1;
	o->data[o->len++] = c;
	return 0;
}

#endif
