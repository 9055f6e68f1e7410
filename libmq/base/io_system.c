/* SPDX-License-Identifier: ISC */
/*
 * What is asked of the system about itself: its boot and mounts, the kind of a
 * file system, who the process is, and random bytes.
 */
#include "base/io.h"

#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifndef STATX_MNT_ID
#define STATX_MNT_ID 0x1000U
#endif
#ifndef STATX_MNT_ID_UNIQUE
#define STATX_MNT_ID_UNIQUE 0x4000U /* Linux 6.8: never used twice */
#endif

static int
boot_id(uint8_t id[16])
{
	char text[64];
	ssize_t n;
	int fd, i, at = 0;

	fd = mq_io_open(AT_FDCWD, "/proc/sys/kernel/random/boot_id", O_RDONLY,
	    0);
	if (fd == -1)
		return -1;
	n = mq_io_read(fd, text, sizeof(text) - 1);
	(void)mq_io_close(fd);
	if (n <= 0)
		return -1;
	text[n] = '\0';
	for (i = 0; i < 16; i++, at += 2) {
		if (text[at] == '-')
			at++;
		if (at + 2 > n || sscanf(text + at, "%2hhx", &id[i]) != 1) {
			errno = EINVAL;
			return -1;
		}
	}
	return 0;
}

int
mq_io_token(int fd, uint8_t token[MQ_IO_TOKEN])
{
	struct statx st;

	if (boot_id(token) == -1)
		return -1;
	(void)memset(&st, 0, sizeof(st));
	if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID | STATX_MNT_ID_UNIQUE,
		&st) == -1)
		return -1;
	(void)memcpy(token + 16, &st.stx_mnt_id, 8);
	return 0;
}

const char *
mq_io_network_fs(int fd)
{
	static const struct {
		uint32_t magic;
		const char *name;
	} known[] = {
		{ NFS_SUPER_MAGIC, "NFS" },
		{ SMB_SUPER_MAGIC, "SMB" },
		{ 0xff534d42, "CIFS" },
		{ 0xfe534d42, "SMB2" },
		{ AFS_SUPER_MAGIC, "AFS" },
		{ 0x6b414653, "AFS" },
		{ CODA_SUPER_MAGIC, "Coda" },
		{ V9FS_MAGIC, "9P" },
		{ 0x00c36400, "Ceph" },
		{ 0x0bd00bd0, "Lustre" },
		{ 0x47504653, "GPFS" },
		{ 0x01161970, "GFS2" },
		{ 0x7461636f, "OCFS2" },
	};
	struct statfs st;
	size_t i;

	if (fstatfs(fd, &st) == -1)
		return NULL;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].magic == (uint32_t)st.f_type)
			return known[i].name;
	return NULL;
}

int
mq_io_random(void *data, size_t len)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = getrandom((char *)data + done, len - done, 0);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		done += (size_t)n;
	}
	return 0;
}

pid_t
mq_io_pid(void)
{
	return getpid();
}

void
mq_io_host(char *name, size_t len)
{
	if (gethostname(name, len) == -1)
		*name = '\0';
	name[len - 1] = '\0';
}
