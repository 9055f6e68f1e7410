/* SPDX-License-Identifier: ISC */
/* Base64, three bytes to four characters at a time. */
#include "base64.h"

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int
base64_encode(char *text, size_t cap, const void *data, size_t len)
{
	const uint8_t *p = data;
	uint32_t v;

	if (base64_size(len) > cap)
		return -1;
	for (; len >= 3; len -= 3, p += 3) {
		v = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
		*text++ = alphabet[v >> 18];
		*text++ = alphabet[v >> 12 & 63];
		*text++ = alphabet[v >> 6 & 63];
		*text++ = alphabet[v & 63];
	}
	if (len == 0)
		return 0;
	v = (uint32_t)p[0] << 16 | (len == 2 ? (uint32_t)p[1] << 8 : 0);
	*text++ = alphabet[v >> 18];
	*text++ = alphabet[v >> 12 & 63];
	*text++ = len == 2 ? alphabet[v >> 6 & 63] : '=';
	*text = '=';
	return 0;
}

/* The six bits of a character; -1 for one that is not in the alphabet. */
static int
bits_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

/*
 * Reads a group of four characters into *v, from its top, and how many bytes
 * that makes.  Returns how many characters are good: 4, or where it is wrong.
 */
static size_t
decode_group(const char *text, size_t left, uint32_t *v, size_t *bytes)
{
	size_t i, n = left < 4 ? left : 4;
	int bits;

	if (left == 4 && text[3] == '=')
		n = text[2] == '=' ? 2 : 3;
	*v = 0;
	*bytes = n - 1;
	for (i = 0; i < n; i++) {
		if ((bits = bits_of(text[i])) == -1)
			return i;
		*v |= (uint32_t)bits << (18 - 6 * i);
	}
	if (left < 4)
		return left;
	/* Bits that no byte is made of must be zero. */
	return (*v & 0xffffff >> 8 * *bytes) == 0 ? 4 : n - 1;
}

int
base64_decode(uint8_t *data, size_t cap, size_t *len, const char *text,
    size_t text_len)
{
	size_t at, n, i, done = 0, good;
	uint32_t v;

	for (at = 0; at < text_len; at += 4) {
		good = decode_group(text + at, text_len - at, &v, &n);
		if (good < 4 || n > cap - done) {
			*len = at + (good < 4 ? good : 0);
			return -1;
		}
		for (i = 0; i < n; i++)
			data[done++] = (uint8_t)(v >> (16 - 8 * i));
	}
	*len = done;
	return 0;
}
