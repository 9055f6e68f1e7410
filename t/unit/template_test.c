/* SPDX-License-Identifier: ISC */
/*
 * Templates: what is none, and what is none for input, because what it prints
 * could not be read back.
 */
#include "template.h"

#include "test.h"

static char err[256];

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

int
main(void)
{
	RUN(test_no_template, "bad fields and modifiers are refused by byte");
	RUN(test_no_headers, "bad header templates are refused");
	RUN(test_no_date, "bad dates are refused");
	RUN(test_no_end_of_text, "input: a text must have an end");
	RUN(test_no_end_of_number, "input: a number must have an end");
	RUN(test_no_end_at_headers, "input: there may be headers or none");
	RUN(test_no_use, "input: nothing is read for nothing");
	RUN(test_no_bytes, "input: every record takes a byte");
	return test_done();
}
