/* SPDX-License-Identifier: ISC */
/* A record is the same after it was a JSON line, whatever it holds. */
#include "json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "test.h"

static struct out line;
static struct json_record state;
static char err[256];

/* The record as its line; valid until the next. */
static const char *
put(const struct mq_record *r)
{
	line.len = 0;
	if (json_put_record(&line, r) == -1 || out_putc(&line, '\0') == -1)
		return "json_put_record failed";
	return line.data;
}

/* What a line is read as, and then put as: its common form, or the error. */
static const char *
form(const char *text)
{
	struct mq_record r;

	(void)snprintf(err, sizeof(err), "no error");
	if (json_get_record(text, strlen(text), &state, &r, err, sizeof(err)) ==
	    -1)
		return err;
	return put(&r);
}

static int
test_shape(void)
{
	struct mq_header h[] = { { BYTES("name"), BYTES("value") },
		{ BYTES("n2"), NOTHING } };
	struct mq_record r = { "t", 0, 5, 7, 1700000000000, BYTES("k"),
		BYTES("v"), h, 2 };

	CHECK_TEXT(put(&r),
	    "{\"topic\":\"t\",\"partition\":0,\"offset\":7,"
	    "\"timestamp\":1700000000000,\"key\":\"k\",\"value\":\"v\","
	    "\"headers\":[[\"name\",\"value\"],[\"n2\",null]]}\n");
	return 0;
}

static int
test_null_and_empty(void)
{
	struct mq_record r = { NULL, -1, -1, -1, -1, NOTHING, BYTES(""), NULL,
		0 };

	CHECK_TEXT(put(&r),
	    "{\"topic\":null,\"partition\":null,\"offset\":-1,"
	    "\"timestamp\":-1,\"key\":null,\"value\":\"\"}\n");
	CHECK(json_get_record(line.data, line.len - 1, &state, &r, err,
		  sizeof(err)) == 0);
	CHECK(r.topic == NULL && r.key.data == NULL && r.key.len == 0);
	CHECK(r.value.data != NULL && r.value.len == 0);
	CHECK(r.headers == NULL && r.header_count == 0);
	CHECK(r.leader_epoch == -1);
	return 0;
}

static int
test_escapes(void)
{
	struct mq_record r = { "t", 0, -1, 0, 0,
		BYTES("\0\x01\b\t\n\f\r\x1f\"\\/\x7f"),
		BYTES("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"), NULL, 0 };

	CHECK_TEXT(put(&r),
	    "{\"topic\":\"t\",\"partition\":0,\"offset\":0,"
	    "\"timestamp\":0,"
	    "\"key\":\"\\u0000\\u0001\\b\\t\\n\\f\\r\\u001f\\\"\\\\/\x7f\","
	    "\"value\":\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"}\n");
	return 0;
}

static int
test_binary(void)
{
	struct mq_header h[] = { { BYTES("n"), BYTES("\xff") },
		{ BYTES("\xfe"), BYTES("") }, { BYTES(""), NOTHING } };
	struct mq_record r = { "t", 0, -1, 0, 0, BYTES("\xff\0"),
		BYTES("a\x80"), h, 3 };
	const char *want =
	    "{\"topic\":\"t\",\"partition\":0,\"offset\":0,"
	    "\"timestamp\":0,\"key_b64\":\"/wA=\",\"value_b64\":\"YYA=\","
	    "\"headers\":[[\"n\",{\"b64\":\"/w==\"}],[{\"b64\":\"/g==\"},\"\"],"
	    "[\"\",null]]}\n";

	CHECK_TEXT(put(&r), want);
	CHECK_TEXT(form(want), want);
	return 0;
}

/* Every byte alone, and every first byte with every second. */
static int
test_every_byte(void)
{
	char bytes[2], copy[512];
	struct mq_record r = { "t", 0, -1, 0, 0, { bytes, 1 }, { bytes, 2 },
		NULL, 0 },
			 back;
	int i;

	for (i = 0; i < 65536; i++) {
		bytes[0] = (char)(i >> 8);
		bytes[1] = (char)i;
		(void)snprintf(copy, sizeof(copy), "%s", put(&r));
		CHECK(json_get_record(copy, strlen(copy), &state, &back, err,
			  sizeof(err)) == 0);
		CHECK(back.key.len == 1 && back.value.len == 2);
		CHECK(memcmp(back.key.data, bytes, 1) == 0);
		CHECK(memcmp(back.value.data, bytes, 2) == 0);
	}
	return 0;
}

/* Is this text put as a string, and not in base64? */
static int
as_text(const char *text)
{
	struct mq_record r = { "t", 0, -1, 0, 0, NOTHING,
		{ text, strlen(text) }, NULL, 0 };

	return strstr(put(&r), "value_b64") == NULL;
}

static int
test_utf8(void)
{
	CHECK(as_text("\xc2\x80") && as_text("\xdf\xbf"));
	CHECK(as_text("\xe0\xa0\x80") && as_text("\xef\xbf\xbf"));
	CHECK(as_text("\xed\x9f\xbf") && as_text("\xee\x80\x80"));
	CHECK(as_text("\xf0\x90\x80\x80") && as_text("\xf4\x8f\xbf\xbf"));
	CHECK(!as_text("\x80") && !as_text("\xc1\xbf"));
	CHECK(!as_text("\xe0\x9f\xbf") && !as_text("\xed\xa0\x80"));
	CHECK(!as_text("\xf0\x8f\xbf\xbf") && !as_text("\xf4\x90\x80\x80"));
	CHECK(!as_text("\xf5\x80\x80\x80") && !as_text("\xe2\x82"));
	CHECK(!as_text("a\xf0\x9f\x98") &&
	    !as_text("\xe2\x82"
		     "a"));
	CHECK(!as_text("\xc3\xc3") && !as_text("\xf0\x9f\x98\xff"));
	return 0;
}

static int
test_absent(void)
{
	const char *nothing =
	    "{\"topic\":null,\"partition\":null,\"offset\":-1,"
	    "\"timestamp\":-9223372036854775808,\"key\":null,\"value\":null}\n";

	CHECK_TEXT(form("{}"), nothing);
	CHECK_TEXT(form(" { } \r\n"), nothing);
	CHECK_TEXT(form("{\"topic\":null,\"partition\":null,\"offset\":null,"
			"\"timestamp\":null,\"key\":null,\"value_b64\":null,"
			"\"headers\":null}"),
	    nothing);
	CHECK_TEXT(form("{\"headers\":[]}"), nothing);
	CHECK_TEXT(form("{\"headers\":{}}"), nothing);
	CHECK_TEXT(form("{\"id\":[{}],\"Key\":1,\"delivery_count\":2.5}"),
	    nothing);
	return 0;
}

static int
test_any_order(void)
{
	CHECK_TEXT(
	    form("{\"value_b64\":\"Zm9v\",\"offset\":9,\"key\":\"\\u00e9\","
		 "\"timestamp\":1,\"partition\":2147483647,\"topic\":\"x\"}"),
	    "{\"topic\":\"x\",\"partition\":2147483647,\"offset\":9,"
	    "\"timestamp\":1,\"key\":\"\xc3\xa9\",\"value\":\"foo\"}\n");
	return 0;
}

static int
test_header_object(void)
{
	const char *text = form("{\"headers\":{\"b\":\"1\",\"a\":null,"
				"\"c\":{\"b64\":\"/w==\"},\"\":\"\"}}");

	CHECK(strstr(text,
		  "\"headers\":[[\"b\",\"1\"],[\"a\",null],"
		  "[\"c\",{\"b64\":\"/w==\"}],[\"\",\"\"]]}\n") != NULL);
	return 0;
}

static int
test_header_array(void)
{
	const char *text =
	    form("{\"headers\":[[\"n\",\"1\"],[\"n\",\"\\u0000\"],"
		 "[{\"b64\":\"Zm9v\"},{\"b64\":\"\"}]]}");

	CHECK(strstr(text,
		  "\"headers\":[[\"n\",\"1\"],[\"n\",\"\\u0000\"],"
		  "[\"foo\",\"\"]]}\n") != NULL);
	return 0;
}

/* The state is used again by lines that need more and less of it. */
static int
test_state(void)
{
	CHECK(strstr(form("{\"headers\":[[\"a\",\"b\"]],\"key_b64\":\"/w==\"}"),
		  "key_b64") != NULL);
	CHECK(strstr(form("{\"headers\":[[\"a\",null],[\"b\",null]]}"),
		  "[[\"a\",null],[\"b\",null]]") != NULL);
	CHECK(strstr(form("{\"key_b64\":\"/w==\",\"value_b64\":\"//8=\"}"),
		  "\"key_b64\":\"/w==\",\"value_b64\":\"//8=\"}") != NULL);
	CHECK(strstr(form("{}"), "headers") == NULL);
	json_record_free(&state);
	json_record_free(&state);
	CHECK(strstr(form("{\"key_b64\":\"/w==\"}"), "/w==") != NULL);
	return 0;
}

static int
test_wrong_types(void)
{
	CHECK_TEXT(form("{\"topic\":1}"), "topic is an integer, not a string");
	CHECK_TEXT(form("{\"topic\":\"a\\u0000b\"}"), "topic holds a NUL");
	CHECK_TEXT(form("{\"partition\":\"0\"}"),
	    "partition is a string, not an integer");
	CHECK_TEXT(form("{\"offset\":true}"),
	    "offset is a boolean, not an integer");
	CHECK_TEXT(form("{\"timestamp\":1.0}"),
	    "timestamp is a number with a "
	    "fraction or exponent, not an integer");
	CHECK_TEXT(form("{\"key\":{}}"),
	    "key is an object, not a string or null");
	CHECK_TEXT(form("{\"value\":[]}"),
	    "value is an array, not a string or null");
	CHECK_TEXT(form("{\"value_b64\":5}"),
	    "value_b64 is an integer, not a string of base64");
	CHECK_TEXT(form("{\"headers\":\"\"}"),
	    "headers is a string, not an array or object");
	return 0;
}

static int
test_wrong_numbers(void)
{
	CHECK_TEXT(form("{\"partition\":-2}"), "partition -2 is out of range");
	CHECK_TEXT(form("{\"partition\":2147483648}"),
	    "partition 2147483648 is out of range");
	CHECK(strstr(form("{\"timestamp\":9223372036854775807}"),
		  "\"timestamp\":9223372036854775807,") != NULL);
	CHECK_TEXT(form("{\"timestamp\":9223372036854775808}"),
	    "bad JSON 32 bytes in: too big integer near '9223372036854775808'");
	return 0;
}

static int
test_wrong_base64(void)
{
	CHECK_TEXT(form("{\"value_b64\":\"Zm9\"}"),
	    "value_b64: bad base64 at its character 3");
	CHECK_TEXT(form("{\"key_b64\":\"Zm9=\"}"),
	    "key_b64: bad base64 at its character 2");
	CHECK_TEXT(form("{\"headers\":[[\"n\",{\"b64\":\"*\"}]]}"),
	    "headers: the value of header 1: bad base64 at its character 0");
	CHECK_TEXT(form("{\"key\":\"\",\"key_b64\":\"\"}"),
	    "both key and key_b64 are given");
	CHECK_TEXT(form("{\"value\":null,\"value_b64\":\"\"}"),
	    "both value and value_b64 are given");
	return 0;
}

static int
test_wrong_headers(void)
{
	const char *pair = "headers: header 2 is not [\"name\",\"value\"]";

	CHECK_TEXT(form("{\"headers\":[[\"n\",null],[\"n\"]]}"), pair);
	CHECK_TEXT(form("{\"headers\":[[\"n\",null],[\"n\",1,2]]}"), pair);
	CHECK_TEXT(form("{\"headers\":[[\"n\",null],{\"n\":\"v\"}]}"), pair);
	CHECK_TEXT(form("{\"headers\":[[null,\"v\"]]}"),
	    "headers: the name of "
	    "header 1 is null, not a string or {\"b64\":\"...\"}");
	CHECK_TEXT(form("{\"headers\":[[\"n\",1]]}"),
	    "headers: the value of "
	    "header 1 is an integer, not a string or {\"b64\":\"...\"}");
	CHECK_TEXT(form("{\"headers\":[[\"n\",{\"b64\":\"\",\"x\":1}]]}"),
	    "headers: the value of header 1 is an object, not a string or "
	    "{\"b64\":\"...\"}");
	CHECK_TEXT(form("{\"headers\":{\"n\":[]}}"),
	    "headers: the value of "
	    "header 1 is an array, not a string or {\"b64\":\"...\"}");
	CHECK_TEXT(form("{\"headers\":[[\"n\",{\"b64\":1}]]}"),
	    "headers: the "
	    "value of header 1 is an integer, not a string of base64");
	return 0;
}

static int
test_wrong_syntax(void)
{
	CHECK_TEXT(form("[]"), "the line is an array, not an object");
	CHECK_TEXT(form("\"a\""), "the line is a string, not an object");
	CHECK(strncmp(form(""), "bad JSON 0 bytes in: ", 21) == 0);
	CHECK(strncmp(form("{\"a\" 1}"), "bad JSON 6 bytes in: ", 21) == 0);
	CHECK(strstr(form("{\"a\" 1}"), "':' expected") != NULL);
	CHECK(strstr(form("{\"key\":1,\"key\":2}"), "duplicate") != NULL);
	CHECK(strstr(form("{\"headers\":{\"a\":\"\",\"a\":\"\"}}"),
		  "duplicate") != NULL);
	CHECK(strstr(form("{} {}"), "end of file expected") != NULL);
	CHECK(strstr(form("{\"a\":\"\xff\"}"), "unable to decode") != NULL);
	CHECK(strstr(form("{\"a\":\"\\ud800\"}"), "Unicode") != NULL);
	CHECK(strstr(form("{\"a\":\x1b[0m}"), "\x1b") == NULL);
	return 0;
}

/* A line that was cut is refused, wherever it was. */
static int
test_cut(void)
{
	const char *text = "{\"topic\":\"t\",\"timestamp\":17,\"key\":\"k\\n\","
			   "\"value_b64\":\"/w==\",\"headers\":[[\"a\",null]]}";
	struct mq_record r;
	char *cut;
	size_t i;
	int rc;

	for (i = 0; i < strlen(text); i++) {
		/* A block of its own, so that a sanitizer sees its end. */
		CHECK((cut = malloc(i + 1)) != NULL);
		(void)memcpy(cut + 1, text, i);
		rc = json_get_record(cut + 1, i, &state, &r, err, sizeof(err));
		free(cut);
		CHECK(rc == -1);
	}
	return 0;
}

static int
test_output_fails(void)
{
	struct mq_record r = { "t", 0, -1, 0, 0, NOTHING, BYTES("v"), NULL, 0 };
	struct out o;
	int rc = 0, i;

	out_init(&o, open("/dev/full", O_WRONLY));
	for (i = 0; i < 100000 && rc == 0; i++)
		rc = json_put_record(&o, &r);
	CHECK(rc == -1 && errno == ENOSPC);
	(void)close(o.fd);
	out_free(&o);
	return 0;
}

int
main(void)
{
	out_init(&line, -1);
	RUN(test_shape, "a record is one line, its members in order");
	RUN(test_null_and_empty, "null is not empty");
	RUN(test_escapes, "what JSON escapes, and no more, is escaped");
	RUN(test_binary, "what is not UTF-8 stands in base64");
	RUN(test_every_byte, "every pair of bytes comes back");
	RUN(test_utf8, "UTF-8 is that of RFC 3629");
	RUN(test_absent, "members may be absent, null or unknown");
	RUN(test_any_order, "members come in any order");
	RUN(test_header_object, "headers may be an object");
	RUN(test_header_array, "headers may repeat a name");
	RUN(test_state, "the state serves any line after any other");
	RUN(test_wrong_types, "wrong types are refused by name");
	RUN(test_wrong_numbers, "numbers keep to their range");
	RUN(test_wrong_base64, "bad base64 is refused by name and place");
	RUN(test_wrong_headers, "wrong headers are refused by number");
	RUN(test_wrong_syntax, "what is no JSON is refused by its byte");
	RUN(test_cut, "a line that was cut is refused");
	RUN(test_output_fails, "a full disk is noticed");
	out_free(&line);
	json_record_free(&state);
	return test_done();
}
