/* SPDX-License-Identifier: ISC */
/*
 * Templates: what they read, wherever the input is cut, what of it they refuse,
 * and that it is what they printed.  Records are shown as their JSON lines.
 */
#include "template.h"

#include <stdlib.h>

#include "json.h"
#include "test.h"

#define LOSSLESS "%d %K %V %H %h{%K %V %k%v}%k%v\\n"

static char err[256];
static struct out printed, shown;

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
	"{\"topic\":null,\"partition\":null,\"offset\":-1,\"timestamp\":-9223372036854775808,"
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
	const char *none = "{\"topic\":null,\"partition\":null,\"offset\":-1,"
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

/* ---- there and back ------------------------------------------------------- */

/* Prints with one template and reads with it again; the JSON must agree. */
static int
returns(const char *text, const struct mq_record *r)
{
	struct template *t = template_parse(text, err, sizeof(err));
	struct out want;
	int same;

	printed.len = 0;
	if (t == NULL ||
	    template_print(t, r, 7, NULL, &printed, err, sizeof(err)) == -1)
		printf("# %s: %s", text, err);
	template_free(t);
	out_init(&want, -1);
	(void)json_put_record(&want, r);
	(void)out_putc(&want, '\0');
	same = strcmp(scan(text, printed.data, printed.len), want.data) == 0;
	if (!same)
		printf("# %s: %s# not %s", text, shown.data, want.data);
	out_free(&want);
	return same;
}

static int
test_lossless(void)
{
	const struct mq_record empty = { NULL, -1, -1, -1, -1, NOTHING, NOTHING,
		NULL, 0 };
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
