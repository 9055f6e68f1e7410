/* SPDX-License-Identifier: ISC */
/*
 * Base64 with the standard alphabet and padding (RFC 4648, section 4), and
 * strict: one run of bytes has exactly one text, and no other is decoded.
 */
#ifndef BASE64_H
#define BASE64_H

#include <stddef.h>
#include <stdint.h>

/* Characters that len bytes take, without a NUL. */
static inline size_t
base64_size(size_t len)
{
	return len / 3 * 4 + (len % 3 != 0 ? 4 : 0);
}

/*
 * Writes base64_size(len) characters and no NUL; -1 where cap is less than
 * that.
 */
int base64_encode(char *text, size_t cap, const void *data, size_t len);

/*
 * Decodes text_len characters; *len is how many bytes came of them, at most
 * text_len / 4 * 3.  -1 for what is no base64 or does not fit in cap, when
 * *len is the character where it goes wrong, from 0.
 */
int base64_decode(uint8_t *data, size_t cap, size_t *len, const char *text,
    size_t text_len);

#endif
