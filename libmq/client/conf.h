/* SPDX-License-Identifier: ISC */
/* Properties as the client reads them. */
#ifndef MQ_CONF_H
#define MQ_CONF_H

#include <stdint.h>

#include "mq.h"

/* The value that was set, or the default; the name is a known number. */
int64_t mq_conf_number(const struct mq_conf *, const char *name, int64_t def);
/* The same for a word. */
const char *mq_conf_text(const struct mq_conf *, const char *name,
    const char *def);
/* Whether acks are all, which -1 stands for too. */
int mq_conf_acks_all(const struct mq_conf *, const char *def);

#endif
