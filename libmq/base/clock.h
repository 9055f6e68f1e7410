/* SPDX-License-Identifier: ISC */
/* The two clocks, in milliseconds. */
#ifndef MQ_CLOCK_H
#define MQ_CLOCK_H

#include <stdint.h>

/* Since 1970: for timestamps and retention; it can jump. */
int64_t mq_clock_wall_ms(void);
/* Since some start: for timers and deadlines; it only grows. */
int64_t mq_clock_mono_ms(void);

#endif
