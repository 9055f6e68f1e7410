/* SPDX-License-Identifier: ISC */
/*
 * Locks and a page cache that all share are what a store stands on: a file
 * system that seems to be on another machine is refused.
 */
#include "fault_io.h"

#include "mq.h"
#include "test.h"

static char root[SCENE_PATH], path[SCENE_PATH + 16];

static int
network(void)
{
	static const struct {
		long magic;
		const char *name;
	} fs[] = { { 0x6969, "NFS" }, { 0xfe534d42, "SMB2" },
		{ 0x01021997, "9P" } };
	struct mq_err err;
	size_t i;

	for (i = 0; i < sizeof(fs) / sizeof(fs[0]); i++) {
		fault_fs = fs[i].magic;
		CHECK(mq_open(path, MQ_OPEN_CREATE, &err) == NULL);
		CHECK(err.code == MQ_UNSUPPORTED_VERSION);
		CHECK(strstr(err.text, path) != NULL &&
		    strstr(err.text, fs[i].name) != NULL);
	}
	return 0;
}

/* And with the same calls, one of this machine is not. */
static int
local(void)
{
	struct mq_err err;
	struct mq *mq;

	fault_fs = 0;
	mq = mq_open(path, MQ_OPEN_CREATE, &err);
	CHECK(mq != NULL);
	mq_close(mq);
	return 0;
}

int
main(void)
{
	if (scene_dir(root) == -1)
		return 1;
	(void)snprintf(path, sizeof(path), "%s/a/store", root);
	(void)mkdir(root, 0777);
	RUN(network, "a network file system is refused by name");
	RUN(local, "a file system of this machine is not");
	disk_clear();
	scene_remove(root);
	return test_done();
}
