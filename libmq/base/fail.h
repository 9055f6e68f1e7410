/* SPDX-License-Identifier: ISC */
/* How the library fills in a struct mq_err.  All return -1. */
#ifndef MQ_FAIL_H
#define MQ_FAIL_H

#include "base/err.h"

/* Sets code and sentence. */
int mq_fail(struct mq_err *, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The same with errno's own words behind the sentence. */
int mq_fail_errno(struct mq_err *, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Out of memory, wherever it happened. */
int mq_fail_memory(struct mq_err *);

/* Puts "context: " in front of the sentence that is there. */
int mq_fail_context(struct mq_err *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
