/* SPDX-License-Identifier: ISC */
/* Which partitions (-p), and where in them (-o): mq-position(7). */
#ifndef PLACE_H
#define PLACE_H

#include <stddef.h>
#include <stdint.h>

#include "mq.h"

/* -o's argument; *ranges is that of an -o before, which there cannot be. */
void place_ranges(struct mq_ranges **ranges, const char *text);
/* The same without ends, and without what mq-consume alone has. */
void place_positions(struct mq_ranges **ranges, const char *text);

/*
 * Partitions, 0,3-5, behind those of the list (NULL: none), which it takes the
 * place of; caller frees.
 */
int32_t *place_partitions(const char *option, const char *text, int32_t *list,
    size_t *count);

#endif
