/* SPDX-License-Identifier: ISC */
/* Every escape stands for its byte, every other is refused with its place. */
#include "escape.h"

#include <stdlib.h>

#include "test.h"

static char err[256];

/* Is this what becomes of the text? */
static int
gives(const char *text, const char *want, size_t want_len)
{
	char *bytes;
	size_t len;
	int same;

	if (escape_parse(text, &bytes, &len, err, sizeof(err)) == -1)
		return 0;
	same = len == want_len && memcmp(bytes, want, len) == 0;
	free(bytes);
	return same;
}

static const char *
refusal(const char *text)
{
	char *bytes = NULL;
	size_t len;

	(void)snprintf(err, sizeof(err), "not refused");
	if (escape_parse(text, &bytes, &len, err, sizeof(err)) == 0)
		free(bytes);
	return err;
}

static int
test_letters(void)
{
	CHECK(gives("\\n", "\n", 1));
	CHECK(gives("\\t", "\t", 1));
	CHECK(gives("\\r", "\r", 1));
	CHECK(gives("\\\\", "\\", 1));
	CHECK(gives("\\0", "\0", 1));
	CHECK(gives("\\0\\0a", "\0\0a", 3));
	return 0;
}

static int
test_hex(void)
{
	char text[8], want;
	int i;

	for (i = 0; i < 256; i++) {
		want = (char)i;
		(void)snprintf(text, sizeof(text), "\\x%02x", (unsigned)i);
		CHECK(gives(text, &want, 1));
		(void)snprintf(text, sizeof(text), "\\x%02X", (unsigned)i);
		CHECK(gives(text, &want, 1));
	}
	CHECK(gives("\\x414", "A4", 2));
	return 0;
}

static int
test_plain(void)
{
	CHECK(gives("", "", 0));
	CHECK(gives("a%{b}", "a%{b}", 5));
	CHECK(gives("\xff\xc3\xa9", "\xff\xc3\xa9", 3));
	CHECK(gives("::\\n::", "::\n::", 5));
	return 0;
}

static int
test_refused(void)
{
	CHECK_TEXT(refusal("ab\\"), "byte 2: a backslash ends the text");
	CHECK_TEXT(refusal("\\q"),
	    "byte 0: unknown escape \\q "
	    "(known: \\n \\t \\r \\\\ \\0 \\xNN)");
	CHECK_TEXT(refusal("\\\x01"),
	    "byte 0: unknown escape \\\\x01 "
	    "(known: \\n \\t \\r \\\\ \\0 \\xNN)");
	CHECK_TEXT(refusal("a\\x"),
	    "byte 1: \\x needs two hexadecimal digits behind it");
	CHECK_TEXT(refusal("a\\x4"),
	    "byte 1: \\x needs two hexadecimal digits behind it");
	CHECK_TEXT(refusal("a\\xg0"),
	    "byte 1: \\x needs two hexadecimal digits behind it");
	CHECK_TEXT(refusal("a\\x4g"),
	    "byte 1: \\x needs two hexadecimal digits behind it");
	return 0;
}

static int
test_show(void)
{
	char text[64];

	escape_show(text, sizeof(text), "a\n\t\r\\\0\x01\x7f\xff~ ", 11);
	CHECK_TEXT(text, "a\\n\\t\\r\\\\\\0\\x01\\x7f\\xff~ ");
	escape_show(text, sizeof(text), "", 0);
	CHECK_TEXT(text, "");
	return 0;
}

static int
test_show_cut(void)
{
	char text[8];

	escape_show(text, sizeof(text), "1234567", 7);
	CHECK_TEXT(text, "1234567");
	escape_show(text, sizeof(text), "12345678", 8);
	CHECK_TEXT(text, "1234...");
	escape_show(text, sizeof(text),
	    "123\xff"
	    "5",
	    5);
	CHECK_TEXT(text, "123...");
	escape_show(text, sizeof(text), "1234\xff", 5);
	CHECK_TEXT(text, "1234...");
	return 0;
}

/* What is shown whole is what escape_parse reads. */
static int
test_show_and_parse(void)
{
	char all[256], text[1100];
	int i;

	for (i = 0; i < 256; i++)
		all[i] = (char)i;
	escape_show(text, sizeof(text), all, sizeof(all));
	CHECK(gives(text, all, sizeof(all)));
	return 0;
}

int
main(void)
{
	RUN(test_letters, "the letters stand for their bytes");
	RUN(test_hex, "\\x stands for every byte");
	RUN(test_plain, "other text stands for itself");
	RUN(test_refused, "what is no escape is refused, with its place");
	RUN(test_show, "bytes are shown escaped");
	RUN(test_show_cut, "what does not fit is cut between bytes");
	RUN(test_show_and_parse, "what is shown can be read back");
	return test_done();
}
