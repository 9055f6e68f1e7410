/* SPDX-License-Identifier: ISC */
/* What the end of a command means, and when it is tried again. */
#include "outcome.h"

#include <signal.h>

#include "test.h"

#define EXIT(n) ((n) << 8) /* as wait(2) packs it */

static const char *
text(int status)
{
	static char buf[64];

	outcome_text(status, buf, sizeof(buf));
	return buf;
}

static int
test_table(void)
{
	int n;

	for (n = 0; n < 256; n++)
		CHECK(outcome_of(EXIT(n)) ==
		    (n == 0			 ? OUTCOME_ACCEPT :
			    n == 65 || n == 100	 ? OUTCOME_REJECT :
			    n == 99		 ? OUTCOME_ACCEPT_AND_STOP :
			    n == 126 || n == 127 ? OUTCOME_CANNOT_RUN :
						   OUTCOME_RETRY));
	for (n = 1; n < 65; n++) {
		CHECK(outcome_of(n) == OUTCOME_RETRY);
		CHECK(outcome_of(n | 0x80) == OUTCOME_RETRY); /* with a core */
	}
	return 0;
}

static int
test_text(void)
{
	CHECK_TEXT(text(EXIT(0)), "exit status 0");
	CHECK_TEXT(text(EXIT(3)), "exit status 3");
	CHECK_TEXT(text(EXIT(126)), "exit status 126 (it cannot be executed)");
	CHECK_TEXT(text(EXIT(127)),
	    "exit status 127 (there is no such command)");
	CHECK_TEXT(text(SIGKILL), "killed by signal 9 (Killed)");
	CHECK_TEXT(text(SIGSEGV | 0x80),
	    "killed by signal 11 (Segmentation fault)");
	return 0;
}

static int
test_delay(void)
{
	static const int64_t want[] = { 100, 200, 400, 800, 1600, 3200, 6400,
		10000, 10000 };
	int i;

	for (i = 0; i < 9; i++)
		CHECK(outcome_delay_ms(i + 1) == want[i]);
	CHECK(outcome_delay_ms(0) == 100);
	CHECK(outcome_delay_ms(INT64_MAX) == 10000);
	return 0;
}

int
main(void)
{
	RUN(test_table, "every exit status and signal has its meaning");
	RUN(test_text, "a message tells the status or the signal");
	RUN(test_delay, "the delay doubles from 100 ms to 10 s");
	return test_done();
}
