/* SPDX-License-Identifier: ISC */
#include "share_scene.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

int
share_start(struct share_scene *s, int queue, int64_t n, const char *bytes)
{
	struct mq_conf *conf = mq_conf_new(MQ_TOPIC_CONF);
	int64_t i, batch = n > 1000 ? 50 : 5;
	int rc = -1;

	(void)memset(s, 0, sizeof(*s));
	if (conf == NULL || scene_dir(s->root) == -1 ||
	    (s->mq = mq_open(s->root, MQ_OPEN_CREATE, &s->err)) == NULL)
		return -1;
	if (mq_conf_set(conf, "segment.bytes", bytes, &s->err) == 0 &&
	    mq_conf_set(conf, "retention.ms", "-1", &s->err) == 0)
		rc = queue ? mq_queue_create(s->mq, "t", 1, conf, &s->err) :
			     mq_topic_create(s->mq, "t", 1, conf, &s->err);
	mq_conf_free(conf);
	for (i = 0; rc == 0 && i < n; i += batch)
		rc = scene_batch(s->mq, "t", i, i + batch < n ? i + batch : n,
		    &s->err);
	return rc;
}

void
share_end(struct share_scene *s)
{
	mq_close(s->mq);
	scene_remove(s->root);
}

static void
told(const struct mq_share_event *e, void *arg)
{
	struct share_scene *s = arg;

	s->told[e->kind] += e->last - e->first + 1;
	s->last = *e;
}

struct mq_share *
share_open(struct share_scene *s, const char *group, int stop_at_end,
    const char *const *set)
{
	static const char *const topic[] = { "t" };
	struct mq_subscription sub = { .topic = topic,
		.topic_count = 1,
		.stop_at_end = stop_at_end };
	struct mq_conf *conf = mq_conf_new(MQ_SHARE_CONF);
	struct mq_share *share;
	int rc = conf == NULL ? -1 : 0;

	for (; rc == 0 && set != NULL && *set != NULL; set += 2)
		rc = mq_conf_set(conf, set[0], set[1], &s->err);
	share =
	    rc == 0 ? mq_share_new(s->mq, group, conf, &sub, &s->err) : NULL;
	mq_conf_free(conf);
	(void)memset(s->told, 0, sizeof(s->told));
	if (share != NULL)
		mq_share_notify(share, told, s);
	return share;
}

int
share_try(struct share_scene *s, struct mq_share *share,
    struct mq_share_record *r)
{
	return mq_share_poll(share, r, 0, &s->err);
}

int
share_take(struct share_scene *s, struct mq_share *share, int64_t n,
    struct mq_share_record *r)
{
	int rc = share_try(s, share, r);
	if (rc == -1)
		printf("# %s\n", s->err.text);
	return rc == MQ_POLL_RECORD && scene_is(&r->record, n) ? 0 : -1;
}

struct mq_share_group *
share_look(struct share_scene *s, const char *group)
{
	return mq_share_describe(s->mq, group, &s->err);
}

int64_t
share_now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}
