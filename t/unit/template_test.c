/* SPDX-License-Identifier: ISC */
/*
 * Templates: what each field and modifier prints, that it is read back as it
 * was, wherever the input is cut, and that everything else is refused.
 * Records are shown as their JSON lines.
 */
#include "template.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <bsd/string.h>

#include "json.h"
#include "test.h"

#define LOSSLESS "%d %K %V %H %h{%K %V %k%v}%k%v\\n"

/* A literal's bytes, with the NULs in it. */
#define BYTES(s)                 \
	{                        \
		s, sizeof(s) - 1 \
	}
#define NOTHING         \
	{               \
		NULL, 0 \
	}

static char err[256];
static struct out printed, shown;

static const struct mq_header headers[] = { { BYTES("n"), BYTES("1") },
	{ BYTES("nn"), NOTHING }, { BYTES(""), BYTES("") } };
static const struct mq_record full = { "orders", 3, 5, 42, 1700000000123,
	BYTES("key"), BYTES("value"), headers, 3 };
static const struct mq_record empty = { NULL, -1, -1, -1, -1, NOTHING, NOTHING,
	NULL, 0 };

/* ---- printing ------------------------------------------------------------ */

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

/* ---- refused templates ------------------------------------------------------ */

/* Why the text is no template, or none for input; valid until the next. */
static const char *
refusal(const char *text)
{
	struct template *t = template_parse(text, err, sizeof(err));
	int rc;

	if (t == NULL)
		return err;
	rc = template_for_input(t, err, sizeof(err));
	template_free(t);
	return rc == -1 ? err : "not refused";
}

static int
test_no_template(void)
{
	CHECK_TEXT(refusal("ab%"),
	    "byte 2: a % ends the template (written %%)");
	CHECK_TEXT(refusal("%x"), "byte 0: unknown field %x");
	CHECK_TEXT(refusal("a%\xff"), "byte 1: unknown field %\\xff");
	CHECK_TEXT(refusal("%v\\"), "byte 2: a backslash ends the text");
	CHECK_TEXT(refusal("%v\\x1"),
	    "byte 2: \\x needs two hexadecimal digits behind it");
	CHECK_TEXT(refusal("%v{hex"),
	    "byte 2: { without its } "
	    "(a brace behind a field is written %{)");
	CHECK_TEXT(refusal("%v{}"), "byte 2: %v does not take {}");
	CHECK_TEXT(refusal("%v{hex8}"), "byte 2: %v does not take {hex8}");
	CHECK_TEXT(refusal("%p{hex}"), "byte 2: %p does not take {hex}");
	CHECK_TEXT(refusal("%p{4}"), "byte 2: %p does not take {4}");
	CHECK_TEXT(refusal("%o{strftime[%Y]}"),
	    "byte 2: %o does not take {strftime[%Y]}");
	CHECK_TEXT(refusal("%v{123456789012345678901234567890123}"),
	    "byte 2: "
	    "%v does not take {1234567890123456789012345678...}");
	CHECK_TEXT(refusal("%v{104857601}"),
	    "byte 2: {104857601} is too large "
	    "(0 to 104857600 bytes)");
	CHECK_TEXT(refusal("%v{1a}"),
	    "byte 2: {1a} is invalid (0 to 104857600 bytes)");
	return 0;
}

static int
test_no_headers(void)
{
	CHECK_TEXT(refusal("%h"), "byte 2: %h needs {...} behind it");
	CHECK_TEXT(refusal("%hx"), "byte 2: %h needs {...} behind it");
	CHECK_TEXT(refusal("%H %h{%k"), "byte 5: %h{ without its }");
	CHECK_TEXT(refusal("%H %h{%h{}}"), "byte 6: %h within %h");
	CHECK_TEXT(refusal("%H %h{%z}"), "byte 6: unknown field %z");
	return 0;
}

static int
test_no_date(void)
{
	CHECK_TEXT(refusal("%d{strftime[%Y"),
	    "byte 2: strftime[ without its ]}");
	CHECK_TEXT(refusal("%d{strftime[]}"),
	    "byte 12: a strftime format has 1 to 128 bytes");
	CHECK_TEXT(refusal("%d{strftime[%Y%]}"),
	    "byte 14: unknown strftime conversion");
	CHECK_TEXT(refusal("%d{strftime[%Ey]}"),
	    "byte 13: unknown strftime conversion");
	CHECK_TEXT(refusal("%d{strftime[%99999d]}"),
	    "byte 13: unknown strftime conversion");
	CHECK_TEXT(refusal("%d{strftime[%Y]}\\n"),
	    "byte 0: %d as a date cannot be read back");
	return 0;
}

static int
test_no_end_of_text(void)
{
	const char *text = "byte 0: %k needs its length before it or literal "
			   "text behind it";

	CHECK_TEXT(refusal("%k%v\\n"), text);
	CHECK_TEXT(refusal("%k%V %v"), text);
	CHECK_TEXT(refusal("%k{hex}%v\\n"), text);
	CHECK_TEXT(refusal("%H %h{%k}\\n"),
	    "byte 6: %k needs its length "
	    "before it or literal text behind it");
	CHECK_TEXT(refusal("%K %k%v{3}"), "not refused");
	CHECK_TEXT(refusal("%k\\n%v"), "not refused");
	return 0;
}

static int
test_no_end_of_number(void)
{
	const char *text = "byte 0: %V needs literal text behind it that does "
			   "not begin with a digit";

	CHECK_TEXT(refusal("%V%v"), text);
	CHECK_TEXT(refusal("%V1%v"), text);
	CHECK_TEXT(refusal("%V%p{hex8} %v"), text);
	CHECK_TEXT(refusal("%p\\n%o"),
	    "byte 4: %o needs literal text behind "
	    "it that does not begin with a digit");
	CHECK_TEXT(refusal(",%p"), "not refused");
	CHECK_TEXT(refusal("%V-%v"), "not refused");
	CHECK_TEXT(refusal("%V{hex8}%v"), "not refused");
	return 0;
}

/* What stands behind a number may be %h's beginning, or what is behind %h. */
static int
test_no_end_at_headers(void)
{
	CHECK_TEXT(refusal("%H%h{ %k;}%v\\n"),
	    "byte 0: %H needs literal text "
	    "behind it that does not begin with a digit");
	CHECK_TEXT(refusal("%H%h{1%k;} %v\\n"),
	    "byte 0: %H needs literal text "
	    "behind it that does not begin with a digit");
	CHECK_TEXT(refusal("%H%h{}\\n"),
	    "byte 0: %H needs literal text "
	    "behind it that does not begin with a digit");
	CHECK_TEXT(refusal("%H%h{%k;}"),
	    "byte 0: %H needs literal text "
	    "behind it that does not begin with a digit");
	CHECK_TEXT(refusal("%H %h{;%k;%V%v}\\n"),
	    "byte 10: %V needs literal "
	    "text behind it that does not begin with a digit");
	CHECK_TEXT(refusal("%H%h{ %k;} %v\\n"), "not refused");
	CHECK_TEXT(refusal("\\n%H%h{,%k;}"), "not refused");
	return 0;
}

static int
test_no_use(void)
{
	CHECK_TEXT(refusal("%V \\n"),
	    "byte 0: %V is not followed by what it "
	    "counts");
	CHECK_TEXT(refusal("%k %K\\n"),
	    "byte 3: %K is not followed by what it "
	    "counts");
	CHECK_TEXT(refusal("%T\\n"),
	    "byte 0: %T is not followed by what it "
	    "counts");
	CHECK_TEXT(refusal("%H\\n"),
	    "byte 0: %H is not followed by what it "
	    "counts");
	CHECK_TEXT(refusal("%H %h{%K,%V,%k}\\n"),
	    "byte 9: %V is not followed "
	    "by what it counts");
	CHECK_TEXT(refusal("%h{%k;}\\n"), "byte 0: %h needs %H before it");
	CHECK_TEXT(refusal("%H %h{%v;}\\n"),
	    "byte 3: %h needs %k, the header's name, within it");
	CHECK_TEXT(refusal("%H %h{%k;%p;}\\n"),
	    "byte 9: %p within %h cannot be read back");
	CHECK_TEXT(refusal("%H %h{%k;%t;}\\n"),
	    "byte 9: %t within %h cannot be read back");
	CHECK_TEXT(refusal("%v,%v\\n"), "byte 3: %v stands there twice");
	CHECK_TEXT(refusal("%V %v{3}\\n"), "byte 3: %v has two lengths");
	return 0;
}

static int
test_no_bytes(void)
{
	CHECK_TEXT(refusal(""), "the template takes no bytes of the input");
	CHECK_TEXT(refusal("%v{0}"),
	    "the template takes no bytes of the input");
	CHECK_TEXT(refusal("%H %h{%k{0}}"),
	    "the template within %h takes no bytes of the input");
	CHECK_TEXT(refusal("%v{1}"), "not refused");
	CHECK_TEXT(refusal("%v"), "not refused");
	return 0;
}

/* ---- reading ---------------------------------------------------------------- */

/* One way to hand the input over. */
struct feed {
	const struct template *t;
	struct template_state state;
	size_t first; /* bytes there at the start; then one more each time */
};

/* Reads one record from a block of just the bytes that are there. */
static int
feed_one(struct feed *f, const char *data, size_t len, size_t *used,
    struct mq_record *r, char **block)
{
	size_t there = f->first < len ? f->first : len;
	int rc;

	for (;; there++) {
		*block = malloc(there + 1);
		(void)memcpy(*block + 1, data, there);
		rc = template_scan(f->t, *block + 1, there, 0, used, &f->state,
		    r, err, sizeof(err));
		if (rc == 0 && there == len)
			rc = template_scan(f->t, *block + 1, there, 1, used,
			    &f->state, r, err, sizeof(err));
		if (rc != 0 || there == len)
			return rc;
		free(*block);
	}
}

/* Shows all records of the input, or up to the error with its byte. */
static void
feed_all(struct feed *f, const char *data, size_t len)
{
	struct mq_record r;
	size_t at = 0, used = 0;
	char *block;
	int rc;

	shown.len = 0;
	do {
		rc = feed_one(f, data + at, len - at, &used, &r, &block);
		if (rc == 1)
			(void)json_put_record(&shown, &r);
		else if (rc == -1)
			(void)out_printf(&shown, "byte %zu: %s", at + used,
			    err);
		free(block);
		at += used;
	} while (rc == 1);
	if (rc == 0 && at != len)
		(void)out_printf(&shown, "left at %zu", at);
	(void)out_putc(&shown, '\0');
}

/* The same for every first cut, each of which must show the same. */
static const char *
scan(const char *text, const char *data, size_t len)
{
	struct template *t = template_parse(text, err, sizeof(err));
	struct feed f = { t, { 0 }, len };
	char *whole;
	size_t i;

	if (t == NULL || template_for_input(t, err, sizeof(err)) == -1) {
		template_free(t);
		return err;
	}
	feed_all(&f, data, len);
	whole = strdup(shown.data);
	for (i = 0; i < len; i++) {
		f.first = i;
		feed_all(&f, data, len);
		if (strcmp(whole, shown.data) != 0) {
			(void)printf("# cut at %zu: %s", i, shown.data);
			(void)printf("# whole: %s", whole);
			break;
		}
	}
	free(whole);
	template_free(t);
	template_state_free(&f.state);
	return i < len ? "not the same" : shown.data;
}

#define SCAN(text, data) scan(text, data, sizeof(data) - 1)

/* What a record with nothing but these members is shown as. */
#define NOWHERE \
	"{\"topic\":null,\"partition\":-1,\"offset\":-1,\"timestamp\":-9223372036854775808,"
#define VALUE(v)   NOWHERE "\"key\":null,\"value\":" v "}\n"
#define BOTH(k, v) NOWHERE "\"key\":" k ",\"value\":" v "}\n"

static int
test_scan_texts(void)
{
	CHECK_TEXT(SCAN("%v\\n", "a\n\nbc\n"),
	    VALUE("\"a\"") VALUE("\"\"") VALUE("\"bc\""));
	CHECK_TEXT(SCAN("%k=%v;;", "a=b;c;;=;;x==;;;"),
	    BOTH("\"a\"", "\"b;c\"") BOTH("\"\"", "\"\"") BOTH("\"x\"",
		"\"=\"") "byte 16: the input ends before the \"=\" behind %k");
	CHECK_TEXT(SCAN("%v", "a\nb\0"), VALUE("\"a\\nb\\u0000\""));
	CHECK_TEXT(SCAN("%k:%v", "a:b\nc:d\n"),
	    BOTH("\"a\"", "\"b\\nc:d\\n\""));
	CHECK_TEXT(SCAN("%k:%v", "a:"), BOTH("\"a\"", "\"\""));
	CHECK_TEXT(SCAN("%v{2}", "abcd"), VALUE("\"ab\"") VALUE("\"cd\""));
	CHECK_TEXT(SCAN("%t\\n", "any topic\n"), VALUE("null"));
	CHECK_TEXT(SCAN("%v\\n", ""), "");
	return 0;
}

static int
test_scan_lengths(void)
{
	CHECK_TEXT(SCAN("%V %v", "3 a\n00 -1 5 1 2 3"),
	    VALUE("\"a\\n0\"") VALUE("\"\"") VALUE("null") VALUE("\"1 2 3\""));
	CHECK_TEXT(SCAN("%K,%V,%v%k\\n", "1,2,ab3\n-1,0,\n"),
	    BOTH("\"3\"", "\"ab\"") BOTH("null", "\"\""));
	CHECK_TEXT(SCAN("%V{big16}%v", "\0\3abc\0\0\xff\xff"),
	    VALUE("\"abc\"") VALUE("\"\"") VALUE("null"));
	CHECK_TEXT(SCAN("%V{little32}%v", "\1\0\0\0a"), VALUE("\"a\""));
	CHECK_TEXT(SCAN("%V{hex4}%v", "3abcFf0"),
	    VALUE("\"abc\"") VALUE("null") VALUE("null") VALUE("\"\""));
	CHECK_TEXT(SCAN("%T %t%v\\n", "3 a\nbc\n-1 d\n"),
	    VALUE("\"c\"") VALUE("\"d\""));
	CHECK_TEXT(SCAN("%V %v", "000000000000000003 abc"), VALUE("\"abc\""));
	return 0;
}

static int
test_scan_encodings(void)
{
	CHECK_TEXT(SCAN("%k{hex} %v{base64}\\n", "6b0A dgA=\n \n"),
	    BOTH("\"k\\n\"", "\"v\\u0000\"") BOTH("\"\"", "\"\""));
	CHECK_TEXT(SCAN("%K %V %k{base64}%v{hex}", "1 3 aw==6e0a0d-1 0 "),
	    BOTH("\"k\"", "\"n\\n\\r\"") BOTH("null", "\"\""));
	CHECK_TEXT(SCAN("%v{hex}\\n", "6b6\n"), "byte 3: bad hex in %v");
	CHECK_TEXT(SCAN("%v{hex}\\n", "6b6x\n"), "byte 3: bad hex in %v");
	CHECK_TEXT(SCAN("%v{hex}\\n", "6bx6\n"), "byte 2: bad hex in %v");
	CHECK_TEXT(SCAN("%v{base64}\\n", "Zm9\n"), "byte 3: bad base64 in %v");
	CHECK_TEXT(SCAN("%v{base64}\\n", "\nZ*9v\n"),
	    VALUE("\"\"") "byte 2: bad base64 in %v");
	return 0;
}

static int
test_scan_numbers(void)
{
	const char *want = "{\"topic\":null,\"partition\":3,\"offset\":-1,"
			   "\"timestamp\":17,\"key\":null,\"value\":null}\n";
	const char *none = "{\"topic\":null,\"partition\":-1,\"offset\":-1,"
			   "\"timestamp\":-1,\"key\":null,\"value\":null}\n";

	CHECK_TEXT(SCAN("%p %d %o %e %i\\n", "3 17 5 6 7\n"), want);
	CHECK_TEXT(SCAN("%p{hex8}%d{hex16}%o{hex32}\\n", "0300110000aBcD\n"),
	    want);
	CHECK_TEXT(SCAN("%p{big8}%d{big16}%o{big64}%e{big32}",
		       "\3\0\x11\1\2\3\4\5\6\7\10\1\2\3\4"),
	    want);
	CHECK_TEXT(SCAN("%p{little8}%d{little16}%o{little64}%e{little32}",
		       "\3\x11\0\1\2\3\4\5\6\7\10\1\2\3\4"),
	    want);
	CHECK_TEXT(SCAN("%p,%d\\n", "-1,-1\n"), none);
	CHECK_TEXT(SCAN("%p{big32}%d{big64}",
		       "\xff\xff\xff\xff"
		       "\xff\xff\xff\xff\xff\xff\xff\xff"),
	    none);
	CHECK_TEXT(SCAN("%o\\n", "-9223372036854775808\n"), VALUE("null"));
	return 0;
}

static int
test_scan_headers(void)
{
	CHECK_TEXT(SCAN("%H %h{%k=%v,}%v\\n", "2 a=1,b=,v\n0 w\n"),
	    NOWHERE "\"key\":null,\"value\":\"v\",\"headers\":"
		    "[[\"a\",\"1\"],[\"b\",\"\"]]}\n" VALUE("\"w\""));
	CHECK_TEXT(SCAN("%H{big8}%h{%K{big8}%V{big8}%k%v}%v;",
		       "\1\1\xff"
		       "ax;"),
	    NOWHERE "\"key\":null,\"value\":\"x\","
		    "\"headers\":[[\"a\",null]]}\n");
	CHECK_TEXT(SCAN("%H %h{%k{1}}\\n", "3 abc\n"),
	    NOWHERE "\"key\":null,"
		    "\"value\":null,\"headers\":[[\"a\",null],[\"b\",null],"
		    "[\"c\",null]]}\n");
	CHECK_TEXT(SCAN("%H %h{%k{hex},%v{base64};}\\n", "1 6e,Zm8=;\n"),
	    NOWHERE "\"key\":null,\"value\":null,\"headers\":"
		    "[[\"n\",\"fo\"]]}\n");
	return 0;
}

static int
test_scan_literal_errors(void)
{
	CHECK_TEXT(SCAN("<%V>%v", "<1>x(1>x"),
	    VALUE("\"x\"") "byte 4: expected \"<\", found \"(\"");
	CHECK_TEXT(SCAN("%v{1}abc", "xab\nc"),
	    "byte 3: expected \"c\", found \"\\n\"");
	CHECK_TEXT(SCAN("%v{1}abc", "xab"),
	    "byte 3: expected \"c\", found the end of input");
	CHECK_TEXT(SCAN("%v{1}\\0", "x"),
	    "byte 1: expected \"\\0\", found the end of input");
	CHECK_TEXT(SCAN("%v\\r\\n", "ab\r\nc\r"),
	    VALUE(
		"\"ab\"") "byte 6: the input ends before the \"\\r\\n\" behind %v");
	return 0;
}

static int
test_scan_number_errors(void)
{
	CHECK_TEXT(SCAN("%p\\n", "x\n"),
	    "byte 0: expected a number for %p, found \"x\"");
	CHECK_TEXT(SCAN("%p\\n", "3\n-\n"),
	    "{\"topic\":null,\"partition\":3,"
	    "\"offset\":-1,\"timestamp\":-9223372036854775808,\"key\":null,\"value\":null}\n"
	    "byte 3: expected a number for %p, found \"\\n\"");
	CHECK_TEXT(SCAN("%p\\n", "12"), "byte 2: the input ends within %p");
	CHECK_TEXT(SCAN("%p\\n", "-"), "byte 1: the input ends within %p");
	CHECK_TEXT(SCAN("%p{big32}", "\1\2"),
	    "byte 2: the input ends within %p");
	CHECK_TEXT(SCAN("%p{hex16}", "01g2"),
	    "byte 2: bad hexadecimal digit in %p");
	CHECK_TEXT(SCAN("%o\\n", "9223372036854775808\n"),
	    "byte 0: %o is a number of more than 64 bits");
	CHECK_TEXT(SCAN("%o\\n", "000000000000000000000\n"),
	    "byte 0: %o is a number of more than 64 bits");
	return 0;
}

static int
test_scan_ranges(void)
{
	CHECK_TEXT(SCAN("%p\\n", "-2\n"),
	    "byte 0: %p is -2, not within -1 to 2147483647");
	CHECK_TEXT(SCAN("%p\\n", "2147483648\n"),
	    "byte 0: %p is 2147483648, not within -1 to 2147483647");
	CHECK_TEXT(SCAN("%V %v", "104857601 "),
	    "byte 0: %V is 104857601, not within -1 to 104857600");
	CHECK_TEXT(SCAN("%V{big64}%v", "\x80\0\0\0\0\0\0\0"),
	    "byte 0: %V is "
	    "-9223372036854775808, not within -1 to 104857600");
	CHECK_TEXT(SCAN("%H %h{%k;}\\n", "-1 \n"),
	    "byte 0: %H is -1, not within 0 to 1048576");
	CHECK_TEXT(SCAN("%H %h{%k;}\\n", "1048577 \n"),
	    "byte 0: %H is 1048577, not within 0 to 1048576");
	CHECK_TEXT(SCAN("%H %h{%K %k}\\n", "1 -1 \n"),
	    "byte 2: %K is -1, not within 0 to 104857600");
	return 0;
}

static int
test_scan_text_errors(void)
{
	CHECK_TEXT(SCAN("%V %v", "5 abc"), "byte 5: the input ends within %v");
	CHECK_TEXT(SCAN("%V %v", "104857600 abc"),
	    "byte 13: the input ends within %v");
	CHECK_TEXT(SCAN("%V %v{hex}", "2 616"),
	    "byte 5: the input ends within %v");
	CHECK_TEXT(SCAN("%v{3}", "abcab"),
	    VALUE("\"abc\"") "byte 5: the input ends within %v");
	CHECK_TEXT(SCAN("%H %h{%k;}\\n", "1048576 a;"),
	    "byte 10: the input ends before the \";\" behind %k");
	return 0;
}

/* A text without an end is given up at the cap, found late or not at all. */
static int
test_scan_cap(void)
{
	struct template *t = template_parse("%v\\r\\n", err, sizeof(err));
	struct template_state state = { 0 };
	size_t max = TEMPLATE_BYTES_MAX, used;
	char *data = calloc(1, max + 4);
	struct mq_record r;

	CHECK(t != NULL && data != NULL);
	CHECK(template_for_input(t, err, sizeof(err)) == 0);
	CHECK(template_scan(t, data, max + 1, 0, &used, &state, &r, err,
		  sizeof(err)) == 0);
	CHECK(template_scan(t, data, max + 2, 0, &used, &state, &r, err,
		  sizeof(err)) == -1);
	CHECK_TEXT(err, "%v is longer than 104857600 bytes");
	CHECK(used == 0);
	(void)memcpy(data + max + 1, "\r\n", 2);
	CHECK(template_scan(t, data, max + 3, 0, &used, &state, &r, err,
		  sizeof(err)) == -1);
	CHECK_TEXT(err, "%v is longer than 104857600 bytes");
	(void)memcpy(data + max, "\r\n", 2);
	CHECK(template_scan(t, data, max + 2, 0, &used, &state, &r, err,
		  sizeof(err)) == 1);
	CHECK(used == max + 2 && r.value.len == max);
	template_state_free(&state);
	template_free(t);
	free(data);
	return 0;
}

/* ---- there and back ----------------------------------------------------------- */

/* Prints with one template and reads with it again; the JSON must agree. */
static int
returns(const char *text, const struct mq_record *r)
{
	struct out want;
	int same;

	out_init(&want, -1);
	(void)print(text, r);
	(void)json_put_record(&want, r);
	(void)out_putc(&want, '\0');
	same =
	    strcmp(scan(text, printed.data, printed.len - 1), want.data) == 0;
	if (!same)
		printf("# %s: %s# not %s", text, shown.data, want.data);
	out_free(&want);
	return same;
}

static int
test_lossless(void)
{
	struct mq_header h[] = { { BYTES("n\n"), BYTES("\0\xff 1") },
		{ BYTES(""), NOTHING }, { BYTES("3 4 "), BYTES("") } };
	struct mq_record r = { NULL, -1, -1, -1, 1700000000123, BYTES("1 2\n"),
		BYTES("\0\xff\n-1"), h, 3 };

	CHECK(returns(LOSSLESS, &r));
	r.header_count = 0;
	r.headers = NULL;
	CHECK(returns(LOSSLESS, &r));
	r.key.len = 0;
	r.value = empty.value;
	CHECK(returns(LOSSLESS, &r));
	CHECK(returns(LOSSLESS, &empty));
	return 0;
}

static int
test_other_ways(void)
{
	struct mq_header h[] = { { BYTES("n\n"), BYTES("\0\xff 1") },
		{ BYTES(""), NOTHING } };
	struct mq_record r = { NULL, 3, -1, -1, 17, BYTES("1 2\n"),
		BYTES("\0\xff"), h, 2 };

	CHECK(returns("%p{big32}%d{big64}%K{big32}%V{big32}%H{big32}"
		      "%k%v%h{%K{big32}%V{big32}%k%v}",
	    &r));
	CHECK(returns("%p{hex8}%d{hex16}%K{hex4}%V{hex4}%H{hex8}"
		      "%k%v%h{%K{hex4}%V{hex8}%k%v}",
	    &r));
	CHECK(returns("%p{little16}%d{little32}%K{little8}%V{little64}"
		      "%H{little8}%k%v%h{%K{little8}%V{little8}%k%v}",
	    &r));
	CHECK(returns("%p,%d,%k{hex},%v{base64},%H,"
		      "%h{%V,%k{base64}:%v{hex};}\\n",
	    &r));
	return 0;
}

int
main(void)
{
	out_init(&printed, -1);
	out_init(&shown, -1);
	RUN(test_fields, "fields print what they say, headers their own");
	RUN(test_literals, "literal text, braces and escapes");
	RUN(test_text_modifiers, "texts in hex, base64 and of a width");
	RUN(test_hex_numbers, "numbers in hexadecimal digits");
	RUN(test_binary_numbers, "numbers in bytes of both orders");
	RUN(test_dates, "dates are in UTC, before 1970 too");
	RUN(test_long_date, "the longest date fits");
	RUN(test_too_wide, "what does not fit is refused before it is printed");
	RUN(test_print_fails, "a full disk is noticed");
	RUN(test_no_template, "bad fields and modifiers are refused by byte");
	RUN(test_no_headers, "bad header templates are refused");
	RUN(test_no_date, "bad dates are refused");
	RUN(test_no_end_of_text, "input: a text must have an end");
	RUN(test_no_end_of_number, "input: a number must have an end");
	RUN(test_no_end_at_headers, "input: there may be headers or none");
	RUN(test_no_use, "input: nothing is read for nothing");
	RUN(test_no_bytes, "input: every record takes a byte");
	RUN(test_scan_texts, "texts up to what is behind them");
	RUN(test_scan_lengths, "texts by their lengths");
	RUN(test_scan_encodings, "texts in hex and base64");
	RUN(test_scan_numbers, "numbers of every width");
	RUN(test_scan_headers, "headers");
	RUN(test_scan_literal_errors, "other text than the literal is refused");
	RUN(test_scan_number_errors, "what is no number is refused");
	RUN(test_scan_ranges, "numbers keep to their range");
	RUN(test_scan_text_errors, "texts that are cut are refused");
	RUN(test_scan_cap, "a text without an end is given up");
	RUN(test_lossless, "the lossless template loses nothing");
	RUN(test_other_ways, "other lossless templates lose nothing");
	out_free(&printed);
	out_free(&shown);
	return test_done();
}
