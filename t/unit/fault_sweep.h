/* SPDX-License-Identifier: ISC */
/*
 * A scene that is played again and again: with each of its calls failing in
 * turn, and with the power going at each; and what is found after it.  For a
 * program that includes fault_io.h first.
 */
#ifndef FAULT_SWEEP_H
#define FAULT_SWEEP_H

#include "test.h"

#define SWEEP_SHOWN 6 /* faults that are told of each sweep */

#define SWEEP_MUTATES \
	(FAULT_WRITE | FAULT_TRUNCATE | FAULT_SYNC | FAULT_NAME | FAULT_OPEN)

/* What comes after the scene with a call that failed. */
enum sweep_then {
	SWEEP_REBOOT = -1, /* all is written out, and all is recovered */
	SWEEP_AS_IT_IS,
	SWEEP_POWER_CUT, /* loses all that was not synced; from 2 on, some */
	SWEEP_PART
};

static struct {
	void (*start)(void); /* a new disk, and no faults */
	void (*scene)(void);
	/*
	 * What the scene itself was told: 0, or -1 by wrong().  Or NULL.
	 */
	int (*after)(const struct fault *f);
	void (*lost)(void); /* what only was in memory is gone; or NULL */
	int (*check)(void); /* the store as the next one finds it: 0, -1 */
	int shown;
} sweep_of;

static char why[MQ_ERR_TEXT + 200];

static int wrong(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static int
wrong(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	return -1;
}

static int
sweep_tell(const char *what, int nth)
{
	if (sweep_of.shown++ < SWEEP_SHOWN)
		printf("# %s, call %d: %s\n", what, nth, why);
	return 1;
}

static void
sweep_then(int then, int nth)
{
	if (then == SWEEP_REBOOT)
		disk_boot++;
	else if (then != SWEEP_AS_IT_IS)
		fault_crash(then == SWEEP_POWER_CUT ? DISK_NONE : DISK_SOME,
		    (uint32_t)(then * 1000 + nth));
	(void)memset(&fault, 0, sizeof(fault));
}

/* Each call of those kinds fails once.  Returns a boolean: any was bad. */
static int
sweep(const char *what, const struct fault *f, int then)
{
	int bad = 0, nth, struck = 1, rc, fds = scene_descriptors();

	sweep_of.shown = 0;
	for (nth = 1; struck != 0; nth++) {
		sweep_of.start();
		fault = *f;
		fault.nth = nth;
		sweep_of.scene();
		struck = fault.struck;
		sweep_then(then, nth);
		rc = sweep_of.after != NULL ? sweep_of.after(f) : 0;
		if (rc == -1 || sweep_of.check() == -1)
			bad += sweep_tell(what, nth);
		if (scene_descriptors() != fds) {
			(void)wrong("%d descriptors, %d before",
			    scene_descriptors(), fds);
			bad += sweep_tell(what, nth);
			fds = scene_descriptors();
		}
	}
	printf("# %s: %d calls, %d bad\n", what, nth - 1, bad);
	return bad != 0;
}

static void
sweep_crash(enum disk_keep keep, uint32_t seed)
{
	fault_crash(keep, seed);
	if (sweep_of.lost != NULL)
		sweep_of.lost();
}

/*
 * The power goes at the Nth call, if it does: of what was not synced nothing
 * is kept (part 0), all (1) or some; with a kill everything, and the machine
 * goes on.  If again is not 0 it then goes in the recovery, at that call.
 * Returns whether there was an Nth call.
 */
static int
sweep_cut(int nth, int is_kill, int part, int again, int *bad)
{
	int struck;

	sweep_of.start();
	fault.calls = SWEEP_MUTATES;
	fault.nth = nth;
	sweep_of.scene();
	struck = fault.struck;
	(void)memset(&fault, 0, sizeof(fault));
	if (!is_kill)
		sweep_crash(part == 0 ? DISK_NONE :
			part == 1     ? DISK_ALL :
					DISK_SOME,
		    (uint32_t)(nth * 1000 + part));
	if (again != 0) {
		fault.calls = SWEEP_MUTATES;
		fault.nth = again;
		(void)sweep_of.check();
		sweep_crash(DISK_SOME, (uint32_t)(nth * 77 + again));
	}
	if (sweep_of.check() == -1)
		*bad += sweep_tell(is_kill ? "kill" :
			again != 0	   ? "second power cut" :
					     "power cut",
		    nth);
	return struck;
}

/*
 * At every call, so many parts; from the given part on, so many second cuts
 * too.  Returns a boolean: any was bad.
 */
static int
sweep_power(int parts, int second_from, int seconds)
{
	int bad = 0, nth, struck = 1, part, cut;

	sweep_of.shown = 0;
	for (nth = 1; struck; nth++)
		for (part = 0; part < parts; part++) {
			struck = sweep_cut(nth, 0, part, 0, &bad);
			for (cut = 1; part >= second_from && cut <= seconds;
			     cut++)
				(void)sweep_cut(nth, 0, part,
				    cut * 2 + (nth + part) % 7, &bad);
		}
	printf("# power cuts at %d calls, %d bad\n", nth - 1, bad);
	return bad != 0;
}

#endif
