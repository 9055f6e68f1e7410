/* SPDX-License-Identifier: ISC */
#include "table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"

#define COLUMNS_MAX 16
#define ROWS	    256 /* that are kept where they need not be */

void
table_text(struct table *t, const char *text)
{
	/* Grows at each power of two. */
	if ((t->cells & (t->cells - 1)) == 0)
		t->cell = cmd_alloc(t->cell, t->cells == 0 ? 1 : t->cells * 2,
		    sizeof(*t->cell));
	if ((t->cell[t->cells++] = strdup(text)) == NULL)
		cmd_die(CMD_IO, "out of memory");
}

void
table_number(struct table *t, int64_t n)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%lld", (long long)n);
	table_text(t, text);
}

void
table_start(struct table *t, const char *heads)
{
	char *copy = strdup(heads), *rest = copy, *head;

	(void)memset(t, 0, sizeof(*t));
	while (copy != NULL && (head = strsep(&rest, " ")) != NULL) {
		if (*head == '#') {
			t->numeric |= 1 << t->columns;
			head++;
		}
		t->columns++;
		table_text(t, head);
	}
	free(copy);
}

static void
print_row(const struct table *t, char *const *row, const int *width)
{
	size_t i;

	for (i = 0; i < t->columns; i++) {
		if (width == NULL)
			(void)printf("%s%s", i == 0 ? "" : "\t", row[i]);
		else if ((t->numeric & 1 << i) != 0)
			(void)printf("%s%*s", i == 0 ? "" : "  ", width[i],
			    row[i]);
		else if (i + 1 < t->columns)
			(void)printf("%s%-*s", i == 0 ? "" : "  ", width[i],
			    row[i]);
		else
			(void)printf("  %s", row[i]);
	}
	(void)putchar('\n');
}

/* All of it, and lets go of the rows. */
static void
print_rows(struct table *t, const int *width)
{
	size_t i;

	for (i = width != NULL ? 0 : t->columns; i < t->cells; i += t->columns)
		print_row(t, t->cell + i, width);
	table_flush();
	while (t->cells > t->columns)
		free(t->cell[--t->cells]);
}

void
table_print(struct table *t)
{
	int width[COLUMNS_MAX] = { 0 }, len;
	size_t i;

	for (i = 0; i < t->cells; i++) {
		len = (int)strlen(t->cell[i]);
		if (len > width[i % t->columns])
			width[i % t->columns] = len;
	}
	/* A header alone tells nothing. */
	print_rows(t,
	    isatty(STDOUT_FILENO) && t->cells > t->columns ? width : NULL);
	while (t->cells != 0)
		free(t->cell[--t->cells]);
	free(t->cell);
	(void)memset(t, 0, sizeof(*t));
}

void
table_drain(struct table *t)
{
	if (t->cells > t->columns * ROWS && !isatty(STDOUT_FILENO))
		print_rows(t, NULL);
}

void
table_flush(void)
{
	if (fflush(stdout) == EOF || ferror(stdout))
		cmd_die(CMD_IO, "standard output: %s", strerror(errno));
}
