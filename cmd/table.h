/* SPDX-License-Identifier: ISC */
/*
 * Rows of columns: aligned below a header on a terminal, otherwise parted by
 * tabs and without one.
 */
#ifndef TABLE_H
#define TABLE_H

#include <stddef.h>
#include <stdint.h>

struct table {
	size_t columns;
	char **cell; /* columns for each row; the header first */
	size_t cells;
	int numeric; /* bit i: column i is aligned to the right */
};

/* heads: columns parted by blanks; a '#' before one that holds numbers. */
void table_start(struct table *, const char *heads);
void table_text(struct table *, const char *);
void table_number(struct table *, int64_t);
/* Prints to standard output and empties it; exits where that fails. */
void table_print(struct table *);
/* The same of many rows that need not be aligned, so that few are kept. */
void table_drain(struct table *);

/* Flushes standard output; exits where that fails. */
void table_flush(void);

#endif
