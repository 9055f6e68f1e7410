/* SPDX-License-Identifier: ISC */
/*
 * Runs of a share-partition as text, for tests: "0-4 Acquired 1 by 7 until
 * 30000, 5 Available 2 from 90, 6-9 Archived".
 */
#ifndef SHARE_TEXT_H
#define SHARE_TEXT_H

#include "group/share_ranges.h"

/* Valid until the next call. */
const char *share_text(const struct mq_share_ranges *);

#endif
