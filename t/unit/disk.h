/* SPDX-License-Identifier: ISC */
/*
 * A disk that loses power.  Of files below the root, what was not synced is
 * kept as a list: of writes for a file, of names for a directory.  A failed
 * sync drops its list from the disk, while the page cache goes on to show it,
 * as Linux does.  A power cut leaves what was synced, and a part of the lists.
 *
 * It is told what was done; the files themselves are the page cache.
 */
#ifndef DISK_H
#define DISK_H

#include <stddef.h>
#include <stdint.h>

enum disk_keep {
	DISK_NONE, /* of what was not synced */
	DISK_ALL,
	DISK_SOME
};

extern uint8_t disk_boot; /* grows with each */

/* The disk below root is empty and synced. */
void disk_start(const char *root);
void disk_sync_all(void);
/* Power cut and boot: the files are what the disk holds. */
void disk_crash(enum disk_keep, uint32_t seed);
void disk_clear(void);

/* What was done, after it was. */
void disk_opened(int fd, int dirfd, const char *path, int flags);
void disk_closed(int fd);
void disk_wrote(int fd, int64_t at, const void *, size_t);
void disk_cut(int fd, int64_t size);
void disk_synced(int fd);
void disk_sync_failed(int fd);
void disk_renamed(int dirfd, const char *from, const char *to);
void disk_unlinked(int dirfd, const char *path);
void disk_made(int dirfd, const char *path);
/* Reads see the disk again, but for what is still to be written. */
void disk_refresh(int fd);

#endif
