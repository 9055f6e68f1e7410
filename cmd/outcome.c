/* SPDX-License-Identifier: ISC */
#include "outcome.h"

#include <sys/wait.h>
#include <stdio.h>
#include <string.h>

enum {
	REJECT = 65, /* sysexits(3)'s EX_DATAERR */
	STOP = 99,   /* 99 and 100: qmail's, for delivery programs */
	REJECT_TOO = 100,
	NOT_EXECUTABLE = 126, /* these are the shell's */
	NOT_FOUND = 127
};

enum outcome
outcome_of(int status)
{
	if (!WIFEXITED(status))
		return OUTCOME_RETRY;
	switch (WEXITSTATUS(status)) {
	case 0:
		return OUTCOME_ACCEPT;
	case REJECT:
	case REJECT_TOO:
		return OUTCOME_REJECT;
	case STOP:
		return OUTCOME_ACCEPT_AND_STOP;
	case NOT_EXECUTABLE:
	case NOT_FOUND:
		return OUTCOME_CANNOT_RUN;
	}
	return OUTCOME_RETRY;
}

void
outcome_text(int status, char *text, size_t size)
{
	const char *why = "";

	if (WIFSIGNALED(status)) {
		(void)snprintf(text, size, "killed by signal %d (%s)",
		    WTERMSIG(status), strsignal(WTERMSIG(status)));
		return;
	}
	if (WEXITSTATUS(status) == NOT_EXECUTABLE)
		why = " (it cannot be executed)";
	else if (WEXITSTATUS(status) == NOT_FOUND)
		why = " (there is no such command)";
	(void)snprintf(text, size, "exit status %d%s", WEXITSTATUS(status),
	    why);
}

int64_t
outcome_delay_ms(int64_t failures)
{
	int64_t delay = OUTCOME_DELAY_MIN_MS;

	while (--failures > 0 && delay < OUTCOME_DELAY_MAX_MS)
		delay *= 2;
	return delay < OUTCOME_DELAY_MAX_MS ? delay : OUTCOME_DELAY_MAX_MS;
}
