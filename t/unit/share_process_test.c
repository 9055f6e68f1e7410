/* SPDX-License-Identifier: ISC */
/*
 * Processes that acquire, acknowledge and are killed at any instruction, by a
 * timer of their own: no record is under two live locks, none is lost, none
 * comes again once its accept was flushed, and the delivery counts are right.
 * Who sleeps is woken by a death.  SHARE_KILLS and SHARE_SEED make it longer.
 */
#include <sys/mman.h>
#include <sys/wait.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "share_scene.h"
#include "test.h"

#define RECORDS 20000
#define WORKERS 4
#define EXITING 0x4 /* PF_EXITING in /proc/PID/stat: it runs no more code */

/* What all of them see. */
static struct board {
	struct {
		atomic_int owner;     /* pid of who has it, 0 nobody */
		atomic_int said;      /* boolean: somebody accepted it */
		atomic_int accepted;  /* boolean: and that was flushed */
		atomic_int delivered; /* times, those that count */
	} record[RECORDS];
	atomic_int kills;
	atomic_int doubled, again, miscounted, failed;
	char text[MQ_ERR_TEXT];
} * board;

static struct share_scene s;
static int done[2]; /* a pipe that can be read when all are accepted */

static uint32_t
next_random(uint32_t *seed, uint32_t n)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (*seed >> 8) % n;
}

/* Whether a process may still run code of its own. */
static int
runs(int pid)
{
	char path[40], text[512], state, *p;
	unsigned flags = 0;
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return 0;
	n = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	if ((p = strrchr(text, ')')) == NULL ||
	    sscanf(p + 1, " %c %*d %*d %*d %*d %*d %u", &state, &flags) != 2)
		return 0;
	return state != 'Z' && state != 'X' && (flags & EXITING) == 0;
}

/* SIGKILL to this process after that many microseconds. */
static void
die_after(long us)
{
	struct sigevent e;
	struct itimerspec t;
	timer_t timer;

	(void)memset(&e, 0, sizeof(e));
	(void)memset(&t, 0, sizeof(t));
	e.sigev_notify = SIGEV_SIGNAL;
	e.sigev_signo = SIGKILL;
	t.it_value.tv_sec = us / 1000000;
	t.it_value.tv_nsec = us % 1000000 * 1000;
	if (timer_create(CLOCK_MONOTONIC, &e, &timer) == -1 ||
	    timer_settime(timer, 0, &t, NULL) == -1)
		_exit(2);
}

/* Notes a delivery, and what is wrong with it. */
static void
note(const struct mq_share_record *r)
{
	int64_t o = r->record.offset;
	int before = atomic_exchange(&board->record[o].owner, (int)getpid());
	int counted = atomic_fetch_add(&board->record[o].delivered, 1) + 1;

	if (before != 0 && runs(before))
		atomic_fetch_add(&board->doubled, 1);
	if (atomic_load(&board->record[o].accepted))
		atomic_fetch_add(&board->again, 1);
	/* Who is killed may have had it at hand, and not have told; of some
	   the parent does not know yet that they are. */
	if (r->delivery_count < counted ||
	    r->delivery_count > counted + atomic_load(&board->kills) + WORKERS)
		atomic_fetch_add(&board->miscounted, 1);
}

/* The accepts that are flushed now count. */
static void
flushed(const int64_t *offset, int n)
{
	int i;

	for (i = 0; i < n; i++)
		atomic_store(&board->record[offset[i]].accepted, 1);
}

static int
acknowledge(struct mq_share *share, const struct mq_share_record *r,
    uint32_t *seed, int64_t *waiting, int *n)
{
	int64_t o = r->record.offset;
	enum mq_acknowledge type = MQ_ACCEPT;

	switch (next_random(seed, 8)) {
	case 0:
		type = MQ_RELEASE;
		break;
	case 1:
		type = MQ_RELEASE_UNCOUNTED;
		break;
	case 2:
		if (mq_share_acknowledge(share, r, MQ_RENEW, 0, &s.err) == -1)
			return -1;
		break;
	default:
		break;
	}
	if (type == MQ_RELEASE_UNCOUNTED)
		atomic_fetch_sub(&board->record[o].delivered, 1);
	atomic_store(&board->record[o].owner, 0);
	if (mq_share_acknowledge(share, r, type,
		type == MQ_ACCEPT ? 0 : next_random(seed, 3), &s.err) == -1)
		return -1;
	if (type == MQ_ACCEPT) {
		waiting[(*n)++] = o;
		atomic_store(&board->record[o].said, 1);
	}
	if (*n < 8 && next_random(seed, 3) != 0)
		return 0;
	if (mq_share_flush(share, &s.err) == -1)
		return -1;
	flushed(waiting, *n);
	*n = 0;
	return 0;
}

/* Where nothing is left all are told. */
static int
look_for_end(void)
{
	struct mq_share_group *g = share_look(&s, "t");
	int rc = g == NULL ? -1 : 0;

	if (g != NULL && g->partition->lag == 0)
		rc = write(done[1], "", 1) == 1 ? 0 : -1;
	mq_share_group_free(g);
	return rc;
}

/* The next record, waited for once all that was accepted is flushed. */
static int
next_record(struct mq_share *share, struct mq_share_record *r, int64_t *waiting,
    int *n)
{
	int rc = mq_share_poll(share, r, 0, &s.err);

	if (rc != MQ_POLL_IDLE)
		return rc;
	if (mq_share_flush(share, &s.err) == -1)
		return -1;
	flushed(waiting, *n);
	*n = 0;
	if (look_for_end() == -1)
		return -1;
	return mq_share_poll(share, r, -1, &s.err);
}

static int
work(uint32_t seed)
{
	const char *set[] = { "max.poll.records", NULL,
		"group.share.delivery.count.limit", "30000", NULL };
	struct mq_share_record r;
	struct mq_share *share;
	int64_t waiting[8];
	char max[8];
	int n = 0, rc;

	(void)snprintf(max, sizeof(max), "%d", 1 + (int)next_random(&seed, 20));
	set[1] = max;
	if ((s.mq = mq_open(s.root, 0, &s.err)) == NULL)
		return -1;
	mq_set_wakeup(s.mq, done[0]);
	if ((share = share_open(&s, "t", 0, set)) == NULL)
		return -1;
	while ((rc = next_record(share, &r, waiting, &n)) == MQ_POLL_RECORD) {
		if (!scene_is(&r.record, r.record.offset))
			return -1;
		note(&r);
		if (acknowledge(share, &r, &seed, waiting, &n) == -1)
			return -1;
	}
	mq_share_free(share);
	mq_close(s.mq);
	return rc == -1 ? -1 : 0;
}

static pid_t
start_worker(uint32_t seed, int mortal)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	if (mortal)
		die_after(300 + (long)next_random(&seed, 6000));
	if (work(seed) == -1) {
		if (atomic_fetch_add(&board->failed, 1) == 0)
			(void)snprintf(board->text, sizeof(board->text), "%s",
			    s.err.text);
		_exit(1);
	}
	_exit(0);
}

/* Keeps the workers at their number until all is accepted. */
static int
run(uint32_t seed, int kills)
{
	int status, running = 0;

	while (running < WORKERS) {
		CHECK(start_worker(seed++, running < kills) != -1);
		running++;
	}
	while (running != 0) {
		CHECK(wait(&status) != -1);
		running--;
		if (!WIFSIGNALED(status))
			continue;
		CHECK(WTERMSIG(status) == SIGKILL);
		atomic_fetch_add(&board->kills, 1);
		CHECK(start_worker(seed++,
			  atomic_load(&board->kills) + running < kills) != -1);
		running++;
	}
	return 0;
}

static int
killed(uint32_t seed, int kills)
{
	struct mq_share_group *g;
	int i;

	board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(board != MAP_FAILED && pipe2(done, O_CLOEXEC) == 0);
	CHECK(share_start(&s, 1, RECORDS, "100000") == 0);
	CHECK(run(seed, kills) == 0);
	if (atomic_load(&board->failed) != 0)
		printf("# %s\n", board->text);
	printf("# seed %u: %d kills, %d doubled, %d again, %d miscounted\n",
	    seed, atomic_load(&board->kills), atomic_load(&board->doubled),
	    atomic_load(&board->again), atomic_load(&board->miscounted));
	CHECK(atomic_load(&board->failed) == 0);
	CHECK(atomic_load(&board->doubled) == 0);
	CHECK(atomic_load(&board->again) == 0);
	CHECK(atomic_load(&board->miscounted) == 0);
	for (i = 0; i < RECORDS; i++)
		CHECK(atomic_load(&board->record[i].said));
	CHECK((g = share_look(&s, "t")) != NULL);
	CHECK(g->partition->lag == 0 && g->partition->start_offset == RECORDS);
	mq_share_group_free(g);
	share_end(&s);
	(void)close(done[0]);
	(void)close(done[1]);
	(void)munmap(board, sizeof(*board));
	return 0;
}

static int
many_killed(void)
{
	const char *kills = getenv("SHARE_KILLS"), *seed = getenv("SHARE_SEED");

	return killed(seed != NULL ? (uint32_t)strtoul(seed, NULL, 10) : 1,
	    kills != NULL ? atoi(kills) : 150);
}

/* One sleeps while another has all; that one is killed. */
static int
woken_by_death(void)
{
	struct mq_share_record r;
	struct mq_share *a;
	struct timespec t0, t1;
	int64_t ms;
	int told[2], status;
	char byte;
	pid_t pid;

	CHECK(share_start(&s, 0, 5, "100000") == 0);
	CHECK(pipe2(told, O_CLOEXEC) == 0);
	CHECK((pid = fork()) != -1);
	if (pid == 0) {
		if ((s.mq = mq_open(s.root, 0, &s.err)) == NULL ||
		    (a = share_open(&s, "g", 0, NULL)) == NULL ||
		    share_take(&s, a, 0, &r) == -1 ||
		    write(told[1], "", 1) != 1)
			_exit(1);
		die_after(50000);
		for (;;)
			(void)pause();
	}
	CHECK(read(told[0], &byte, 1) == 1);
	CHECK((a = share_open(&s, "g", 0, NULL)) != NULL);
	CHECK(share_try(&s, a, &r) == MQ_POLL_IDLE);
	CHECK(mq_share_poll(a, &r, 20000, &s.err) == MQ_POLL_RECORD);
	(void)clock_gettime(CLOCK_MONOTONIC, &t0);
	CHECK(scene_is(&r.record, 0) && r.delivery_count == 2);
	CHECK(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status));
	(void)clock_gettime(CLOCK_MONOTONIC, &t1);
	ms = (t1.tv_sec - t0.tv_sec) * 1000 +
	    (t1.tv_nsec - t0.tv_nsec) / 1000000;
	CHECK(ms < 1000);
	mq_share_free(a);
	share_end(&s);
	(void)close(told[0]);
	(void)close(told[1]);
	return 0;
}

int
main(void)
{
	RUN(woken_by_death, "who sleeps is woken by a holder's death");
	RUN(many_killed,
	    "killed at any point: one lock, nothing lost or again");
	return test_done();
}
