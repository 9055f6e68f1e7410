/* SPDX-License-Identifier: ISC */
#include "base/fail.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int
mq_fail(struct mq_err *err, int code, const char *fmt, ...)
{
	va_list ap;

	err->code = code;
	err->sys = 0;
	va_start(ap, fmt);
	(void)vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	return -1;
}

int
mq_fail_errno(struct mq_err *err, int code, const char *fmt, ...)
{
	int sys = errno;
	char why[128];
	size_t len;
	va_list ap;

	err->code = code;
	err->sys = sys;
	va_start(ap, fmt);
	(void)vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	len = strlen(err->text);
	/* GNU's strerror_r gives the text back; it may not use the buffer. */
	(void)snprintf(err->text + len, sizeof(err->text) - len, ": %s",
	    strerror_r(sys, why, sizeof(why)));
	return -1;
}

int
mq_fail_memory(struct mq_err *err)
{
	err->code = MQ_UNKNOWN_SERVER_ERROR;
	err->sys = ENOMEM;
	(void)snprintf(err->text, sizeof(err->text), "out of memory");
	return -1;
}

int
mq_fail_context(struct mq_err *err, const char *fmt, ...)
{
	char text[MQ_ERR_TEXT];
	size_t len;
	va_list ap;

	(void)memcpy(text, err->text, sizeof(text));
	va_start(ap, fmt);
	(void)vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	len = strlen(err->text);
	/* What does not fit is cut at the end, where the detail is least. */
	(void)snprintf(err->text + len, sizeof(err->text) - len, ": %.*s",
	    (int)(sizeof(text) - 1), text);
	return -1;
}
