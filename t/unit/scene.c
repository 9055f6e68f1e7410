/* SPDX-License-Identifier: ISC */
#include "scene.h"

#include <sys/stat.h>
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/client.h"
#include "log/reader.h"

int
scene_dir(char path[SCENE_PATH])
{
	const char *tmp =
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : getenv("TMPDIR");

	(void)snprintf(path, SCENE_PATH, "%s/mq-test.XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	return mkdtemp(path) != NULL ? 0 : -1;
}

int
scene_dir_open(char path[SCENE_PATH])
{
	return scene_dir(path) == -1 ?
	    -1 :
	    open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

void
scene_remove(const char *path)
{
	(void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

struct mq *
scene_store(const char *path, const struct scene_topic *t, struct mq_err *err)
{
	struct mq_conf *conf = mq_conf_new(MQ_TOPIC_CONF);
	struct mq *mq = mq_open(path, MQ_OPEN_CREATE, err);
	int rc = mq == NULL || conf == NULL ? -1 : 0;
	size_t i;

	for (i = 0; rc == 0 && t->conf[i] != NULL; i += 2)
		rc = mq_conf_set(conf, t->conf[i], t->conf[i + 1], err);
	if (rc == 0)
		rc = mq_topic_create(mq, t->name, 1, conf, err);
	mq_conf_free(conf);
	if (rc == 0)
		return mq;
	mq_close(mq);
	return NULL;
}

int
scene_batch(struct mq *mq, const char *topic, int64_t from, int64_t to,
    struct mq_err *err)
{
	struct mq_producer *p = mq_producer_new(mq, topic, NULL, err);
	struct mq_record r;
	char key[32], value[32];
	int rc = p == NULL ? -1 : 0;

	for (; rc == 0 && from < to; from++) {
		(void)memset(&r, 0, sizeof(r));
		r.timestamp = 1000000 + from;
		r.key.data = key;
		r.key.len =
		    (size_t)snprintf(key, sizeof(key), "%lld", (long long)from);
		r.value.data = value;
		r.value.len = (size_t)snprintf(value, sizeof(value),
		    "value %lld", (long long)from);
		rc = mq_produce(p, &r, 0, err);
	}
	if (rc == 0)
		rc = mq_producer_flush(p, err);
	mq_producer_free(p);
	return rc;
}

int
scene_is(const struct mq_record *r, int64_t n)
{
	char key[32], value[32];
	size_t key_len, len;

	key_len = (size_t)snprintf(key, sizeof(key), "%lld", (long long)n);
	len =
	    (size_t)snprintf(value, sizeof(value), "value %lld", (long long)n);
	return r->offset == n && r->timestamp == 1000000 + n &&
	    r->key.len == key_len && r->value.len == len &&
	    memcmp(r->key.data, key, key_len) == 0 &&
	    memcmp(r->value.data, value, len) == 0 && r->header_count == 0;
}

/* By the log's own reader: closing a consumer's inotify takes milliseconds. */
int64_t
scene_read(struct mq *mq, const char *topic, int64_t *wrong, int *rc,
    struct mq_err *err)
{
	struct mq_partition_tail t;
	struct mq_batch_iter it;
	struct mq_partition p;
	struct mq_reader reader;
	struct mq_record r;
	struct mq_batch b;
	int64_t n = 0;
	int got;

	*wrong = *rc = -1;
	if (mq_client_partition(mq, topic, 0, &p, err) == -1)
		return 0;
	if (mq_partition_tail(&p, &t, err) == -1) {
		mq_partition_close(&p);
		return 0;
	}
	(void)memset(&it, 0, sizeof(it));
	n = t.log_start;
	mq_reader_init(&reader, &p, n);
	while (n != -1 && (*rc = mq_reader_next(&reader, &b, err)) == 1) {
		got = *rc = mq_batch_iter_init(&it, &b, err);
		while (got != -1 && n != -1 &&
		    (got = *rc = mq_batch_iter_next(&it, &r, err)) == 1) {
			if (r.offset < t.log_start)
				continue;
			n = scene_is(&r, n) ? n + 1 : -1;
			*wrong = r.offset;
		}
		if (got == -1)
			break;
	}
	*rc = *rc == -1 ? -1 : 0;
	mq_batch_iter_free(&it);
	mq_reader_free(&reader);
	mq_partition_close(&p);
	return n;
}

static int
load_one(const char *dir, const char *name, struct scene_file *f)
{
	char path[SCENE_PATH * 2];
	struct stat st;
	int fd, rc = -1;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	(void)snprintf(f->name, sizeof(f->name), "%.63s", name);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return -1;
	if (fstat(fd, &st) == 0) {
		f->len = (size_t)st.st_size;
		f->data = calloc(1, f->len + 1);
		if (f->data != NULL &&
		    read(fd, f->data, f->len) == (ssize_t)f->len)
			rc = 0;
	}
	(void)close(fd);
	return rc;
}

int
scene_load(const char *dir, struct scene_image *image)
{
	struct scene_file *more;
	struct dirent *e;
	int rc = 0;
	DIR *d;

	image->file = NULL;
	image->count = 0;
	if ((d = opendir(dir)) == NULL)
		return -1;
	while (rc == 0 && (e = readdir(d)) != NULL) {
		if (e->d_type != DT_REG)
			continue;
		more =
		    reallocarray(image->file, image->count + 1, sizeof(*more));
		if (more == NULL)
			break;
		image->file = more;
		(void)memset(&more[image->count], 0, sizeof(*more));
		rc = load_one(dir, e->d_name, &more[image->count++]);
	}
	(void)closedir(d);
	return rc;
}

struct scene_file *
scene_find(const struct scene_image *image, const char *name)
{
	size_t i;

	for (i = 0; i < image->count; i++)
		if (strcmp(image->file[i].name, name) == 0)
			return &image->file[i];
	return NULL;
}

int
scene_write(const char *dir, const char *name, const void *data, size_t len)
{
	char path[SCENE_PATH * 2];
	int fd, rc;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd == -1)
		return -1;
	rc = write(fd, data, len) == (ssize_t)len ? 0 : -1;
	(void)close(fd);
	return rc;
}

int
scene_restore(const char *dir, const struct scene_image *image)
{
	char path[SCENE_PATH * 2];
	struct dirent *e;
	size_t i;
	DIR *d;

	if ((d = opendir(dir)) == NULL)
		return -1;
	while ((e = readdir(d)) != NULL) {
		if (e->d_type != DT_REG || scene_find(image, e->d_name) != NULL)
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		(void)unlink(path);
	}
	(void)closedir(d);
	for (i = 0; i < image->count; i++)
		if (scene_write(dir, image->file[i].name, image->file[i].data,
			image->file[i].len) == -1)
			return -1;
	return 0;
}

static int
left_out(const char *name, const char *but)
{
	return strcmp(name, "partition.state") == 0 ||
	    strcmp(name, "partition.lock") == 0 ||
	    (but != NULL && strstr(name, but) != NULL);
}

int
scene_unchanged(const char *dir, const struct scene_image *image,
    const char *but)
{
	struct scene_image now;
	struct scene_file *f;
	size_t i, files = 0;
	int same = 1;

	if (scene_load(dir, &now) == -1)
		return 0;
	for (i = 0; i < image->count; i++)
		files += !left_out(image->file[i].name, but);
	for (i = 0; i < now.count && same; i++) {
		if (left_out(now.file[i].name, but))
			continue;
		files--;
		f = scene_find(image, now.file[i].name);
		same = f != NULL && f->len == now.file[i].len &&
		    memcmp(f->data, now.file[i].data, f->len) == 0;
	}
	scene_free(&now);
	return same && files == 0;
}

void
scene_free(struct scene_image *image)
{
	size_t i;

	for (i = 0; i < image->count; i++)
		free(image->file[i].data);
	free(image->file);
	image->file = NULL;
	image->count = 0;
}

int
scene_descriptors(void)
{
	struct dirent *e;
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (d != NULL && (e = readdir(d)) != NULL)
		n++;
	if (d != NULL)
		(void)closedir(d);
	return n;
}

int
scene_temporary(void)
{
	char name[] = "/tmp/mq-test.XXXXXX";
	int fd = mkstemp(name);

	if (fd != -1)
		(void)unlink(name);
	return fd;
}

char *
scene_pattern(size_t len)
{
	char *p = malloc(len);
	size_t i;

	for (i = 0; p != NULL && i < len; i++)
		p[i] = (char)(i * 31 + i / 251);
	return p;
}
