/* SPDX-License-Identifier: ISC */
/* Backslash escapes, read and shown; see escape.h. */
#include "escape.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What follows the backslash, and what it stands for. */
static const char letters[] = "ntr\\0";
static const char meanings[] = "\n\t\r\\\0";

int
escape_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static int
escape_hex(const char **at, char *byte, char *err, size_t errlen)
{
	int high, low;

	high = escape_digit((*at)[2]);
	low = high == -1 ? -1 : escape_digit((*at)[3]);
	if (low == -1) {
		(void)snprintf(err, errlen,
		    "\\x needs two hexadecimal digits behind it");
		return -1;
	}
	*byte = (char)(high << 4 | low);
	*at += 4;
	return 0;
}

int
escape_one(const char **at, char *byte, char *err, size_t errlen)
{
	char c = (*at)[1], shown[8];
	const char *letter;

	if (c == '\0') {
		(void)snprintf(err, errlen, "a backslash ends the text");
		return -1;
	}
	if (c == 'x')
		return escape_hex(at, byte, err, errlen);
	if ((letter = strchr(letters, c)) == NULL) {
		escape_show(shown, sizeof(shown), &c, 1);
		(void)snprintf(err, errlen,
		    "unknown escape \\%s "
		    "(known: \\n \\t \\r \\\\ \\0 \\xNN)",
		    shown);
		return -1;
	}
	*byte = meanings[letter - letters];
	*at += 2;
	return 0;
}

int
escape_parse(const char *text, char **bytes, size_t *len, char *err,
    size_t errlen)
{
	const char *at = text;
	char *to, why[128];
	size_t n = 0;

	/* No escape is shorter than the byte it stands for. */
	if ((to = malloc(strlen(text) + 1)) == NULL) {
		(void)snprintf(err, errlen, "out of memory");
		return -1;
	}
	while (*at != '\0') {
		if (*at != '\\')
			to[n++] = *at++;
		else if (escape_one(&at, &to[n], why, sizeof(why)) == -1) {
			(void)snprintf(err, errlen, "byte %zu: %s",
			    (size_t)(at - text), why);
			free(to);
			return -1;
		} else
			n++;
	}
	*bytes = to;
	*len = n;
	return 0;
}

/* One byte as a message shows it, with a NUL: at most 5 characters. */
static size_t
show_byte(char text[5], char c)
{
	const char *meaning = memchr(meanings, c, sizeof(meanings) - 1);
	int n;

	if (meaning != NULL)
		n = snprintf(text, 5, "\\%c", letters[meaning - meanings]);
	else if (c >= ' ' && c <= '~')
		n = snprintf(text, 5, "%c", c);
	else
		n = snprintf(text, 5, "\\x%02x", (unsigned)(unsigned char)c);
	return (size_t)n;
}

void
escape_show(char *text, size_t size, const void *bytes, size_t len)
{
	const char *from = bytes;
	size_t i, n, whole = 0, at = 0, end;
	char one[5];

	assert(size >= 8);
	for (i = 0; i < len && whole < size; i++)
		whole += show_byte(one, from[i]);
	end = whole < size ? whole : size - sizeof("...");
	for (i = 0; i < len; i++) {
		n = show_byte(one, from[i]);
		if (n > end - at)
			break;
		(void)memcpy(text + at, one, n);
		at += n;
	}
	(void)memcpy(text + at, i < len ? "..." : "", i < len ? 4 : 1);
}

void
escape_line(char *text, const void *bytes, size_t len)
{
	const unsigned char *from = bytes;

	for (; len != 0; from++, len--) {
		if (*from >= ' ' && *from != 0x7f && *from != '\\')
			*text++ = (char)*from;
		else
			text += show_byte(text, (char)*from);
	}
	*text = '\0';
}
