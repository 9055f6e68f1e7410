/* SPDX-License-Identifier: ISC */
/* RFC 4648, and nothing that is not exactly that. */
#include "base64.h"

#include "test.h"

/* One of the vectors of RFC 4648, section 10, both ways. */
static int
vector(const char *bytes, const char *text)
{
	size_t len = strlen(bytes), got;
	uint8_t data[16];
	char out[16];

	CHECK(base64_size(len) == strlen(text));
	CHECK(base64_encode(out, sizeof(out), bytes, len) == 0);
	CHECK(memcmp(out, text, strlen(text)) == 0);
	CHECK(base64_decode(data, sizeof(data), &got, text, strlen(text)) == 0);
	CHECK(got == len && memcmp(data, bytes, len) == 0);
	return 0;
}

static int
test_vectors(void)
{
	CHECK(vector("", "") == 0);
	CHECK(vector("f", "Zg==") == 0);
	CHECK(vector("fo", "Zm8=") == 0);
	CHECK(vector("foo", "Zm9v") == 0);
	CHECK(vector("foob", "Zm9vYg==") == 0);
	CHECK(vector("fooba", "Zm9vYmE=") == 0);
	CHECK(vector("foobar", "Zm9vYmFy") == 0);
	return 0;
}

static int
test_every_byte(void)
{
	uint8_t all[256], back[256];
	char text[344];
	size_t i, got;

	for (i = 0; i < sizeof(all); i++)
		all[i] = (uint8_t)i;
	CHECK(base64_encode(text, sizeof(text), all, sizeof(all)) == 0);
	CHECK(memchr(text, '+', sizeof(text)) != NULL);
	CHECK(memchr(text, '/', sizeof(text)) != NULL);
	CHECK(base64_decode(back, sizeof(back), &got, text, sizeof(text)) == 0);
	CHECK(got == sizeof(all) && memcmp(all, back, got) == 0);
	return 0;
}

static int
test_encode_bounds(void)
{
	char text[10] = "??????????";

	CHECK(base64_encode(text, 7, "foob", 4) == -1);
	CHECK(base64_encode(text, 8, "foob", 4) == 0);
	CHECK(memcmp(text, "Zm9vYg==??", 10) == 0);
	return 0;
}

/* The character where it goes wrong, or -1 where it does not. */
static int
bad_at(const char *text, size_t cap)
{
	uint8_t data[64];
	size_t got;

	if (base64_decode(data, cap, &got, text, strlen(text)) == 0)
		return -1;
	return (int)got;
}

static int
test_decode_bounds(void)
{
	CHECK(bad_at("Zm9vYg==", 3) == 4);
	CHECK(bad_at("Zm9vYg==", 4) == -1);
	CHECK(bad_at("Zm9v", 2) == 0);
	CHECK(bad_at("", 0) == -1);
	return 0;
}

static int
test_bad_characters(void)
{
	CHECK(bad_at("Zm9v Yg==", 64) == 4);
	CHECK(bad_at("Zm-v", 64) == 2);
	CHECK(bad_at("Zm9_", 64) == 3);
	CHECK(bad_at("\xff"
		     "m9v",
		  64) == 0);
	CHECK(bad_at("Zm9v\n", 64) == 4);
	return 0;
}

static int
test_bad_padding(void)
{
	CHECK(bad_at("Z", 64) == 1);
	CHECK(bad_at("Zg", 64) == 2);
	CHECK(bad_at("Zg=", 64) == 2);
	CHECK(bad_at("Zm9vY", 64) == 5);
	CHECK(bad_at("====", 64) == 0);
	CHECK(bad_at("Z===", 64) == 1);
	CHECK(bad_at("Zg=x", 64) == 2);
	CHECK(bad_at("Zg==Zg==", 64) == 2);
	CHECK(bad_at("Zg==A", 64) == 2);
	return 0;
}

static int
test_loose_bits(void)
{
	CHECK(bad_at("Zh==", 64) == 1);
	CHECK(bad_at("Zm9=", 64) == 2);
	CHECK(bad_at("AA==", 64) == -1);
	CHECK(bad_at("AB==", 64) == 1);
	return 0;
}

/* A text cut anywhere but between groups is refused. */
static int
test_cut(void)
{
	const char *text = "Zm9vYmFyZm9vYg==";
	uint8_t data[16];
	size_t i, got;

	for (i = 0; i <= strlen(text); i++)
		CHECK((base64_decode(data, sizeof(data), &got, text, i) == 0) ==
		    (i % 4 == 0));
	return 0;
}

int
main(void)
{
	RUN(test_vectors, "the vectors of RFC 4648");
	RUN(test_every_byte, "every byte comes back");
	RUN(test_encode_bounds, "encoding stays in its bounds");
	RUN(test_decode_bounds, "decoding stays in its bounds");
	RUN(test_bad_characters, "characters of no base64 are refused");
	RUN(test_bad_padding, "padding stands at the end, and whole");
	RUN(test_loose_bits, "bits that padding hides are zero");
	RUN(test_cut, "a text that is cut is refused");
	return test_done();
}
