/* SPDX-License-Identifier: ISC */
/*
 * Unit tests print TAP: one line a case.  A failed CHECK says where and ends
 * its case; the others go on.
 */
#ifndef TEST_H
#define TEST_H

#include <stdio.h>
#include <string.h>

static int test_count, test_failed;

#define CHECK(cond)                                                         \
	do {                                                                \
		if (!(cond)) {                                              \
			printf("# %s:%d: %s\n", __FILE__, __LINE__, #cond); \
			return 1;                                           \
		}                                                           \
	} while (0)

#define CHECK_TEXT(got, want)                                                  \
	do {                                                                   \
		const char *got_ = (got), *want_ = (want);                     \
		if (strcmp(got_, want_) != 0) {                                \
			printf("# %s:%d: got \"%s\", want \"%s\"\n", __FILE__, \
			    __LINE__, got_, want_);                            \
			return 1;                                              \
		}                                                              \
	} while (0)

/* A literal as struct mq_bytes, with the NULs in it; and no bytes. */
#define BYTES(s)                 \
	{                        \
		s, sizeof(s) - 1 \
	}
#define NOTHING         \
	{               \
		NULL, 0 \
	}

#define RUN(fn, title)                                                        \
	do {                                                                  \
		int failed_ = (fn)();                                         \
		test_count++;                                                 \
		test_failed += failed_;                                       \
		printf("%s %d - %s\n", failed_ ? "not ok" : "ok", test_count, \
		    title);                                                   \
		(void)fflush(stdout);                                         \
	} while (0)

static inline int
test_done(void)
{
	printf("1..%d\n", test_count);
	return test_failed != 0;
}

#endif
