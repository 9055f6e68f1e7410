/* SPDX-License-Identifier: ISC */
/*
 * base/io with a disk behind it that can fail and lose power; for the one test
 * program that includes this (it takes the place of base/io there).
 *
 * Calls are counted, and the Nth one (or all from the Nth on) fails.  For files
 * below the root, what was not synced is kept as a list: of writes for a file,
 * of names for a directory.  A failed sync drops its list from the disk, and
 * the page cache goes on to show it, as Linux does.  A power cut leaves what
 * was synced and a part of the lists.
 */
#ifndef FAULT_IO_H
#define FAULT_IO_H

#include <stddef.h>
#include <stdint.h>

/* Kinds of calls, for what is to fail. */
enum fault_call {
	FAULT_OPEN = 1,
	FAULT_READ = 2,
	FAULT_WRITE = 4,
	FAULT_TRUNCATE = 8,
	FAULT_SYNC = 16,
	FAULT_NAME = 32, /* rename, unlink, mkdir, rmdir */
	FAULT_LOOK = 64, /* size, stat, list, realpath, token */
	FAULT_LOCK = 128,
	FAULT_ALL = 255
};

struct fault {
	int calls;  /* boolean-or of the kinds that are counted */
	int nth;    /* the call that fails, from 1; 0 none does */
	int error;  /* errno */
	int to_end; /* boolean: and all of them behind it */
	int torn;   /* boolean: a write that fails wrote half */
	int count;  /* of the calls so far */
	int struck; /* of those that failed */
	int dead;   /* boolean: power is gone, every call fails */
};

extern struct fault fault;

/* What a power cut keeps of what was not synced. */
enum fault_keep {
	FAULT_KEEP_NONE,
	FAULT_KEEP_ALL,
	FAULT_KEEP_SOME /* any part, and of a write a part of it */
};

/* The disk below this directory starts as it is: empty and synced. */
void disk_start(const char *root);
/* Power cut and boot: the files are what the disk holds. */
void disk_crash(enum fault_keep, uint32_t seed);
void disk_stop(void);

#endif
