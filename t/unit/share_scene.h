/* SPDX-License-Identifier: ISC */
/* A store with a topic or queue of numbered records, and share groups on it. */
#ifndef SHARE_SCENE_H
#define SHARE_SCENE_H

#include "mq.h"
#include "scene.h"

struct share_scene {
	char root[SCENE_PATH];
	struct mq *mq;
	struct mq_err err;
	/* What was told since share_open, by kind. */
	int64_t told[4];
	struct mq_share_event last;
};

/* A topic (or queue) "t" of one partition with records 0 to n - 1. */
int share_start(struct share_scene *, int queue, int64_t n,
    const char *segment_bytes);
void share_end(struct share_scene *);
/*
 * A group's consumer of topic t; set holds names and values, NULL-ended, or is
 * NULL.
 */
struct mq_share *share_open(struct share_scene *, const char *group,
    int stop_at_end, const char *const *set);
/* Polls, without waiting, a record that is to be record n: 0 or -1. */
int share_take(struct share_scene *, struct mq_share *, int64_t n,
    struct mq_share_record *);
/* Polls without waiting: enum mq_poll. */
int share_try(struct share_scene *, struct mq_share *,
    struct mq_share_record *);
/* The only partition of the group; its holding is freed with the result. */
struct mq_share_group *share_look(struct share_scene *, const char *group);

/* The wall clock, which leases go by. */
int64_t share_now_ms(void);

#endif
