/* SPDX-License-Identifier: ISC */
/*
 * Templates: what each field and modifier prints, and what cannot be printed.
 */
#include "template.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <bsd/string.h>

#include "test.h"

static char err[256];
static struct out printed;

static const struct mq_header headers[] = { { BYTES("n"), BYTES("1") },
	{ BYTES("nn"), NOTHING }, { BYTES(""), BYTES("") } };
static const struct mq_record full = { "orders", 3, 5, 42, 1700000000123,
	BYTES("key"), BYTES("value"), headers, 3 };
static const struct mq_record empty = { NULL, -1, -1, -1, -1, NOTHING, NOTHING,
	NULL, 0 };

/* The record through the template, or the error; valid until the next. */
static const char *
print(const char *text, const struct mq_record *r)
{
	struct template *t;
	int rc;

	printed.len = 0;
	if ((t = template_parse(text, err, sizeof(err))) == NULL)
		return err;
	rc = template_print(t, r, 7, NULL, &printed, err, sizeof(err));
	template_free(t);
	if (rc == -1 && printed.len > 0)
		return "an error, and something is written";
	if (rc == -1)
		return err;
	(void)out_putc(&printed, '\0');
	return printed.data;
}

static int
test_fields(void)
{
	CHECK_TEXT(print("%t %k %v", &full), "orders key value");
	CHECK_TEXT(print("%p %o %d %e %i", &full), "3 42 1700000000123 5 7");
	CHECK_TEXT(print("%T %K %V %H", &full), "6 3 5 3");
	CHECK_TEXT(print("%h{%k=%v;}", &full), "n=1;nn=;=;");
	CHECK_TEXT(print("%h{%K,%V,%o }", &full), "1,1,42 2,-1,42 0,0,42 ");
	CHECK_TEXT(print("%t%k%v%h{x}%p %o %d %e", &empty), "-1 -1 -1 -1");
	CHECK_TEXT(print("%T %K %V %H", &empty), "-1 -1 -1 0");
	CHECK_TEXT(print("%v%v%k%v", &full), "valuevaluekeyvalue");
	CHECK_TEXT(print("", &full), "");
	return 0;
}

static int
test_literals(void)
{
	CHECK_TEXT(print("%%%{%}{}a", &full), "%{}{}a");
	CHECK_TEXT(print("a\\n\\t\\r\\\\\\x41\\x7e.", &full), "a\n\t\r\\A~.");
	CHECK_TEXT(print("{\"v\":\"%v\"}", &full), "{\"v\":\"value\"}");
	CHECK_TEXT(print("%v%{hex}", &full), "value{hex}");
	CHECK_TEXT(print("%h{%{%k%}}", &full), "{n}{nn}{}");
	(void)print("a\\0b", &full);
	CHECK(printed.len == 4 && memcmp(printed.data, "a\0b", 4) == 0);
	return 0;
}

static int
test_text_modifiers(void)
{
	CHECK_TEXT(print("%v{hex} %k{hex}", &full), "76616c7565 6b6579");
	CHECK_TEXT(print("%v{base64} %k{base64}", &full), "dmFsdWU= a2V5");
	CHECK_TEXT(print("%t{hex}%t{base64}", &full), "6f7264657273b3JkZXJz");
	CHECK_TEXT(print("%v{hex}%k{base64}%t{hex}", &empty), "");
	CHECK_TEXT(print("%v{5}%k{3}%t{6}", &full), "valuekeyorders");
	CHECK_TEXT(print("%v{0}", &empty), "");
	CHECK_TEXT(print("%h{%k{hex}=%v{base64};}", &full), "6e=MQ==;6e6e=;=;");
	return 0;
}

static int
test_hex_numbers(void)
{
	CHECK_TEXT(print("%o{ascii} %o{hex64}", &full), "42 000000000000002a");
	CHECK_TEXT(print("%o{hex32} %o{hex16}", &full), "0000002a 002a");
	CHECK_TEXT(print("%o{hex8} %p{hex4}", &full), "2a 3");
	CHECK_TEXT(print("%d{hex64} %d{hex4}", &empty), "ffffffffffffffff f");
	CHECK_TEXT(print("%T{hex8}%K{hex8}%V{hex8}%H{hex8}%i{hex8}%e{hex8}",
		       &full),
	    "060305030705");
	return 0;
}

/* Prints a timestamp; compares bytes. */
static int
number(const char *text, int64_t n, const char *want, size_t len)
{
	struct mq_record r = full;

	r.timestamp = n;
	(void)print(text, &r);
	return printed.len == len + 1 && memcmp(printed.data, want, len) == 0;
}

static int
test_binary_numbers(void)
{
	int64_t n = 0x0102030405060708;

	CHECK(number("%d{big64}", n, "\1\2\3\4\5\6\7\10", 8));
	CHECK(number("%d{little64}", n, "\10\7\6\5\4\3\2\1", 8));
	CHECK(number("%d{big32}", 0x01020304, "\1\2\3\4", 4));
	CHECK(number("%d{little32}", 0x01020304, "\4\3\2\1", 4));
	CHECK(number("%d{big16}", 0x0102, "\1\2", 2));
	CHECK(number("%d{little16}", 0x0102, "\2\1", 2));
	CHECK(number("%d{big8}", 254, "\xfe", 1));
	CHECK(number("%d{little8}", 254, "\xfe", 1));
	CHECK(number("%d{big64}", -1, "\xff\xff\xff\xff\xff\xff\xff\xff", 8));
	CHECK(number("%d{little16}", -1, "\xff\xff", 2));
	return 0;
}

static int
test_dates(void)
{
	struct mq_record r = full;

	CHECK_TEXT(print("%d{strftime[%Y-%m-%dT%H:%M:%SZ]}", &full),
	    "2023-11-14T22:13:20Z");
	CHECK_TEXT(print("%d{strftime[a%%]} %d{strftime[[%j]]}", &full),
	    "a% [318]");
	r.timestamp = 0;
	CHECK_TEXT(print("%d{strftime[%s%F %T]}", &r),
	    "byte 13: unknown strftime conversion");
	CHECK_TEXT(print("%d{strftime[%F %T]}", &r), "1970-01-01 00:00:00");
	r.timestamp = -1;
	CHECK_TEXT(print("%d{strftime[%F %T]}", &r), "1969-12-31 23:59:59");
	r.timestamp = INT64_MAX;
	CHECK_TEXT(print("%d{strftime[%Y]}", &r), "292278994");
	r.timestamp = INT64_MIN;
	CHECK_TEXT(print("%d{strftime[%Y]}", &r), "-292275055");
	return 0;
}

/* The longest format, full of the longest conversion. */
static int
test_long_date(void)
{
	char text[160] = "%d{strftime[";
	int i;

	for (i = 0; i < 64; i++)
		(void)strlcat(text, "%c", sizeof(text));
	(void)strlcat(text, "]}", sizeof(text));
	CHECK(strlen(print(text, &full)) ==
	    64 * strlen("Tue Nov 14 22:13:20 2023"));
	return 0;
}

static int
test_too_wide(void)
{
	CHECK_TEXT(print("%i%d{hex32}", &full),
	    "%d is 1700000000123 and does not fit in 32 bits");
	CHECK_TEXT(print("%v%T{hex4}%V{hex4}%o{hex4}", &full),
	    "%o is 42 and does not fit in 4 bits");
	CHECK_TEXT(print("%h{%k%V{hex4}}%k{4}", &full),
	    "%k has 3 bytes, not the 4 of %k{4}");
	CHECK_TEXT(print("%h{%v{1}}", &full),
	    "%v has 0 bytes, not the 1 of %v{1}");
	CHECK(number("%d{big8}", 254, "\xfe", 1));
	CHECK(!number("%d{big8}", 255, "\xff", 1));
	CHECK(!number("%d{big8}", -2, "\xfe", 1));
	CHECK(number("%d{big32}", 0xfffffffe, "\xff\xff\xff\xfe", 4));
	CHECK(!number("%d{big32}", 0xffffffff, "\xff\xff\xff\xff", 4));
	CHECK(number("%d{big64}", -2, "\xff\xff\xff\xff\xff\xff\xff\xfe", 8));
	return 0;
}

static int
test_print_fails(void)
{
	struct template *t = template_parse("%v\\n", err, sizeof(err));
	struct out o;
	int rc = 0, i;

	out_init(&o, open("/dev/full", O_WRONLY));
	for (i = 0; i < 1000000 && rc == 0; i++)
		rc = template_print(t, &full, 1, NULL, &o, err, sizeof(err));
	CHECK(rc == -1 && errno == ENOSPC && err[0] == '\0');
	(void)close(o.fd);
	out_free(&o);
	template_free(t);
	return 0;
}

int
main(void)
{
	out_init(&printed, -1);
	RUN(test_fields, "fields print what they say, headers their own");
	RUN(test_literals, "literal text, braces and escapes");
	RUN(test_text_modifiers, "texts in hex, base64 and of a width");
	RUN(test_hex_numbers, "numbers in hexadecimal digits");
	RUN(test_binary_numbers, "numbers in bytes of both orders");
	RUN(test_dates, "dates are in UTC, before 1970 too");
	RUN(test_long_date, "the longest date fits");
	RUN(test_too_wide, "what does not fit is refused before it is printed");
	RUN(test_print_fails, "a full disk is noticed");
	out_free(&printed);
	return test_done();
}
