/* SPDX-License-Identifier: ISC */
/*
 * What the files of a share group's consumer share: the share-partitions that
 * it reads (parts), and what it does to them.  All that changes a state is an
 * act: lock, load, what is due, save, unlock (share_part.c).
 */
#ifndef MQ_SHARE_H
#define MQ_SHARE_H

#include <stdint.h>

#include "client/client.h"
#include "client/group_dir.h"
#include "client/share_cursor.h"
#include "client/share_file.h"
#include "client/share_holder.h"
#include "client/wanted.h"
#include "client/watch.h"

/* An acknowledgement that waits for the next act. */
struct mq_share_word {
	struct mq_share_ack ack;
	int16_t delivery_count; /* of the lease that it speaks of */
	int own; /* boolean: not the caller's; nobody is told if it is late */
	int buried; /* boolean: a REJECT whose dead letter is written */
};

/* Records that nobody gets again. */
struct mq_share_victim {
	struct mq_share_range run; /* ACQUIRED: a dead letter is due */
	int rejected;		   /* boolean: else at the limit */
};

struct mq_share_part {
	char *topic;
	int queue;   /* boolean */
	int gone;    /* boolean: the topic was deleted */
	int held_up; /* boolean: its lock was waited for in vain */
	/*
	 * boolean, acks=all: this process has seen a state reach the disk.  What
	 * an earlier one knew of that may not have outlived a power cut.
	 */
	int durable;
	struct mq_partition partition;
	struct mq_share_file file;
	struct mq_share_cursor cursor;
	int64_t until; /* stop_at_end: the end as it stood; else INT64_MAX */
	/* Acquired, and not given out: from offset `next` of got.at[run] on. */
	struct mq_share_ranges got;
	struct mq_share_ranges fresh; /* that of an act which is under way */
	size_t run;
	int64_t next;
	struct mq_share_word *word;
	size_t word_count, word_cap;
	struct mq_share_victim *victim;
	size_t victim_count, victim_cap;
	struct mq_share_range *late; /* too late, to be told */
	size_t late_count, late_cap;
	/* As the last act left it. */
	int ready;	    /* boolean: may have something to acquire */
	int suspects;	    /* boolean: other processes hold something */
	int done;	    /* boolean: at its end */
	int64_t due_ms;	    /* something changes by itself then, -1 never */
	int64_t holders_ms; /* when the holders were looked at */
	int64_t log_start;  /* as this process knows it */
	int64_t boundary;   /* a queue is trimmed when SPSO is there */
	int64_t active;	    /* segment, when that was found */
	int watch_log, watch_file;
};

struct mq_share {
	struct mq *mq;
	char *group;
	int dir;
	struct mq_share_config config;
	int64_t max_records; /* acquired together */
	int acks_all;
	int latest; /* boolean: a new group begins at the end */
	int hold;   /* boolean */
	struct mq_share_holder holder; /* this process; number 0 not yet */
	char *dead_topic;	       /* or NULL */
	struct mq_producer *dead;
	/* The subscription. */
	int reads; /* boolean: else it says its words, and settles nothing */
	int stop_at_end; /* boolean */
	struct mq_wanted wanted;
	struct mq_share_part **part;
	size_t count;
	int gone; /* boolean: a part is */
	size_t turn;
	struct mq_share_part
	    *current;	    /* whose records are given out, or NULL */
	int patient;	    /* boolean: what is held up is waited for, too */
	int hurried;	    /* boolean: a look's patience is used up */
	int64_t waiting_ms; /* since when words wait that will be due, or 0 */
	struct mq_watch watch;
	int store_watch, group_watch;
	int store_changed; /* boolean */
	int64_t retry_ms;  /* a holder may have died: look again after that */
	uint64_t late;	   /* acknowledgements too late since the last flush */
	void (*told)(const struct mq_share_event *, void *);
	void *arg;
};

/* ---- share_topics.c: which parts there are */
/*
 * Is in the group from now on, which is made where there is none: before any
 * file of it is opened, so that nobody deletes it under this process.
 */
int mq_share_join(struct mq_share *, struct mq_err *);
int mq_share_subscribe(struct mq_share *, const struct mq_subscription *,
    struct mq_err *);
/* Adds those that have come since. */
int mq_share_refresh(struct mq_share *, struct mq_err *);
/*
 * The part of a topic's partition, which is added where it is not there and the
 * group has read it.
 */
struct mq_share_part *mq_share_part_get(struct mq_share *, const char *topic,
    int32_t partition, struct mq_err *);
int mq_share_part_watch(struct mq_share *, struct mq_share_part *,
    struct mq_err *);
void mq_share_unsubscribe(struct mq_share *);
/*
 * Whether the error is that a topic which a pattern found was deleted: the part
 * is gone then, and the others go on.
 */
int mq_share_part_gone(struct mq_share *, struct mq_share_part *,
    const struct mq_err *);
/* As mq_share_part_act; 0 where the part is gone. */
int mq_share_part_try(struct mq_share *, struct mq_share_part *,
    int64_t max_records, struct mq_err *);

/* ---- share_ack.c: what is said */
/* mq_share_acknowledge; patient: a part that is held up is tried, too. */
int mq_share_say(struct mq_share *, const struct mq_share_record *,
    enum mq_acknowledge, int64_t delay_ms, int patient, struct mq_err *);
/* Words wait, and are due in a while, lest their locks are over. */
void mq_share_waits(struct mq_share *);
/*
 * Writes all words, and has patience with a part that is held up; one part's
 * error, the first, does not keep the others.
 */
int mq_share_write(struct mq_share *, struct mq_err *);
/* The same without that patience, where words are due. */
int mq_share_write_due(struct mq_share *, struct mq_err *);

/* ---- share_part.c: acts */
/* The error of a part that was waited for in vain: -1. */
int mq_share_held_up(const struct mq_share *, const struct mq_share_part *,
    struct mq_err *);
/*
 * Writes the words that wait, ends what is over, and acquires up to max_records
 * (0: none) where nothing is at hand: 1 something is, 0, -1.
 */
int mq_share_part_act(struct mq_share *, struct mq_share_part *,
    int64_t max_records, struct mq_err *);
/*
 * The log start of a queue comes up to SPSO.  Whole segments go as soon as they
 * are finished; this is for what shows while there is nothing else to do, and
 * where it fails the next one will.
 */
void mq_share_part_follow(struct mq_share_part *);
/* What ends by itself or with its holder, in a state that is at hand. */
int mq_share_part_settle(int dir, struct mq_share_partition *, int64_t now,
    uint64_t by, int holders,
    int (*victims)(const struct mq_share_ranges *, void *), void *arg,
    struct mq_err *);

/* ---- share_word.c: words */
/* Appends a word, or makes the last one longer. */
int mq_share_part_say(struct mq_share_part *, const struct mq_share_word *,
    struct mq_err *);
/* Takes back what was said by this library (own) or not, of a type, and waits. */
void mq_share_part_unsay(struct mq_share_part *, int own,
    enum mq_share_ack_type);
/*
 * Says a word to the state, under its lock, run by run: what is leased no
 * longer is passed over.
 */
int mq_share_part_speak(struct mq_share_part *, const struct mq_share_word *,
    int64_t now, struct mq_err *);
/* Adds the runs to the victims of the part, which is arg. */
int mq_share_part_victims(const struct mq_share_ranges *, void *arg);

/* ---- share_hand.c: what is acquired and not given out */
/* Whether something is at hand; moves to the run that it is in. */
int mq_share_hand(struct mq_share_part *);
/* A word of this library about what is at hand. */
int mq_share_hand_say(struct mq_share_part *, enum mq_share_ack_type,
    int64_t first, int64_t last, int64_t available_at_ms, struct mq_err *);
/*
 * What the state, as the last act left it, has as this process's is at hand,
 * and no more.
 */
int mq_share_hand_reread(struct mq_share_part *, struct mq_err *);
/*
 * Renews what is at hand where half of its lock is over; -1 where that fails
 * and it is over by now.
 */
int mq_share_hand_keep(struct mq_share *, struct mq_share_part *, int64_t now,
    struct mq_err *);
/* Gives back to the state, under its lock, that whose lock is over by now. */
int mq_share_hand_over(struct mq_share_part *, int64_t now, struct mq_err *);

/*
 * share_delay.c: when a record is due by its header, 0 at once.  It is later by
 * up to 1/256 of what is left, so that records that are due nearly together are
 * one run of the state.
 */
int64_t mq_share_due(const struct mq_record *, int64_t now);

/*
 * share_wait.c: waits until something may have come: 1, 0 the time is over or
 * the wakeup came, -1.
 */
int mq_share_wait(struct mq_share *, int64_t left, struct mq_err *);

/* ---- share_dead.c: victims */
/*
 * Writes the dead letters that are due, and has the rejections that follow from
 * them wait; tells of the others.
 */
int mq_share_bury(struct mq_share *, struct mq_share_part *, struct mq_err *);
void mq_share_tell(struct mq_share *, const struct mq_share_part *,
    const struct mq_share_range *, enum mq_share_event_kind, int rejected);

#endif
