/* SPDX-License-Identifier: ISC */
#include "cmd.h"

#include <sys/resource.h>
#include <bsd/stdlib.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <regex.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "escape.h"

static rlim_t files_before; /* 0: they were not raised */

static void say(const char *fmt, va_list ap)
    __attribute__((format(printf, 1, 0)));

static void
say(const char *fmt, va_list ap)
{
	(void)fprintf(stderr, "%s: ", program_invocation_short_name);
	(void)vfprintf(stderr, fmt, ap);
	(void)fputc('\n', stderr);
}

void
cmd_say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
}

void
cmd_die(int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
	exit(status);
}

void
cmd_usage(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
	(void)fprintf(stderr, "%s -h tells how it is called\n",
	    program_invocation_short_name);
	exit(CMD_USAGE);
}

int
cmd_status(const struct mq_err *e)
{
	if (e->sys == EACCES || e->sys == EPERM)
		return CMD_DENIED;
	switch (e->code) {
	case MQ_INVALID_TOPIC:
	case MQ_INVALID_GROUP_ID:
	case MQ_INVALID_REQUEST:
		return CMD_USAGE;
	case MQ_MESSAGE_TOO_LARGE:
	case MQ_INVALID_RECORD:
	case MQ_INVALID_TIMESTAMP:
		return CMD_DATA;
	case MQ_UNKNOWN_TOPIC_OR_PARTITION:
	case MQ_UNSUPPORTED_VERSION:
	case MQ_OFFSET_OUT_OF_RANGE:
	case MQ_TOPIC_ALREADY_EXISTS:
	case MQ_INVALID_PARTITIONS:
	case MQ_GROUP_ID_NOT_FOUND:
	case MQ_UNSUPPORTED_COMPRESSION_TYPE:
	case MQ_NOT_ENOUGH_REPLICAS:
	case MQ_INCONSISTENT_GROUP_PROTOCOL:
		return CMD_UNAVAILABLE;
	case MQ_COORDINATOR_NOT_AVAILABLE:
	case MQ_NETWORK_EXCEPTION:
	case MQ_REQUEST_TIMED_OUT:
	case MQ_NON_EMPTY_GROUP: /* its members go some time */
		return CMD_TRY_AGAIN;
	case MQ_TOPIC_AUTHORIZATION_FAILED:
		return CMD_DENIED;
	case MQ_INVALID_CONFIG:
		return CMD_CONFIG;
	}
	return CMD_IO;
}

void
cmd_fail(const struct mq_err *e)
{
	cmd_die(cmd_status(e), "%s", e->text);
}

static _Noreturn void
print_and_exit(const char *text)
{
	if (fputs(text, stdout) == EOF || fflush(stdout) == EOF)
		cmd_die(CMD_IO, "standard output: %s", strerror(errno));
	exit(CMD_OK);
}

void
cmd_help(const char *usage)
{
	print_and_exit(usage);
}

void
cmd_version(void)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "%s %s\n",
	    program_invocation_short_name, MQ_VERSION);
	print_and_exit(text);
}

static char *
join(const char *dir, const char *rest)
{
	size_t size = strlen(dir) + strlen(rest) + 1;
	char *path = cmd_alloc(NULL, size, 1);

	(void)snprintf(path, size, "%s%s", dir, rest);
	return path;
}

char *
cmd_target(const char *option)
{
	const char *e;

	if (option != NULL && *option == '\0')
		cmd_usage("-b: a target cannot be empty");
	if (option != NULL)
		return join(option, "");
	if ((e = getenv("MQ_TARGET")) != NULL && *e != '\0')
		return join(e, "");
	/* A relative one does not count (XDG base directory specification). */
	if ((e = getenv("XDG_STATE_HOME")) != NULL && *e == '/')
		return join(e, "/mq/");
	if ((e = getenv("HOME")) != NULL && *e != '\0')
		return join(e, "/.local/state/mq/");
	cmd_usage("no target: -b, MQ_TARGET, XDG_STATE_HOME and HOME are not "
		  "set");
}

struct mq *
cmd_open(const char *option, int flags)
{
	char *target = cmd_target(option);
	struct mq_err e;
	struct mq *mq;

	if ((mq = mq_open(target, flags, &e)) == NULL)
		cmd_fail(&e);
	free(target);
	return mq;
}

int64_t
cmd_number(const char *option, const char *text, int64_t min, int64_t max)
{
	const char *why;
	int64_t n = strtonum(text, min, max, &why);

	if (why != NULL)
		cmd_usage("%s %s: %s (it takes %lld to %lld)", option, text,
		    why, (long long)min, (long long)max);
	return n;
}

int64_t
cmd_duration_ms(const char *option, const char *text)
{
	static const struct {
		const char *unit;
		int64_t ms;
	} units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 },
		{ "h", 3600000 }, { "d", 86400000 }, { "", 1000 } };
	int64_t n;
	char *end;
	size_t i;

	errno = 0;
	n = strtoll(text, &end, 10);
	if (end == text || n < 0 || errno != 0 || *text == '+')
		cmd_usage("%s %s: a duration reads 500ms, 10s, 5m, 2h or 7d",
		    option, text);
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(end, units[i].unit) == 0)
			break;
	/* 0 needs no unit; other numbers do. */
	if (i == sizeof(units) / sizeof(units[0]) || (*end == '\0' && n != 0))
		cmd_usage("%s %s: its unit is one of ms, s, m, h and d", option,
		    text);
	if (n > INT64_MAX / 4 / units[i].ms)
		cmd_usage("%s %s: too long", option, text);
	return n * units[i].ms;
}

char *
cmd_bytes(const char *option, const char *text, size_t *len)
{
	char why[256], *bytes;

	if (escape_parse(text, &bytes, len, why, sizeof(why)) == -1)
		cmd_usage("%s %s: %s", option, text, why);
	if (*len == 0)
		cmd_usage("%s: it cannot be empty", option);
	return bytes;
}

static int
ends_with(const char *name, const char *end)
{
	size_t n = strlen(name), len = strlen(end);

	return n > len && strcmp(name + n - len, end) == 0;
}

/* 64k, 1m or 2g in bytes; -1 where it is no such size. */
static int64_t
size_of(const char *text)
{
	static const char units[] = "kmg";
	size_t digits = strspn(text, "0123456789");
	const char *unit = strchr(units, text[digits]), *why;
	char number[20];
	int64_t n;
	int shift;

	if (digits == 0 || digits >= sizeof(number) || text[digits] == '\0' ||
	    unit == NULL || text[digits + 1] != '\0')
		return -1;
	shift = 10 * (int)(unit - units + 1);
	(void)snprintf(number, sizeof(number), "%.*s", (int)digits, text);
	n = strtonum(number, 0, INT64_MAX >> shift, &why);
	return why != NULL ? -1 : n << shift;
}

/* Kafka's settings are bare numbers; people may use units. */
static const char *
bare(const char *name, const char *value, char text[24])
{
	size_t digits = strspn(value, "0123456789");
	int64_t n = -1;

	if (digits == 0 || value[digits] == '\0')
		return value;
	if (ends_with(name, ".bytes") || ends_with(name, ".size"))
		n = size_of(value);
	else if (ends_with(name, ".ms"))
		n = cmd_duration_ms(name, value);
	if (n == -1)
		return value;
	(void)snprintf(text, 24, "%lld", (long long)n);
	return text;
}

void
cmd_set(struct mq_conf *conf, const char *option, const char *text)
{
	const char *equals = strchr(text, '=');
	char *name, number[24];
	struct mq_err e;

	if (equals == NULL)
		cmd_usage("%s %s: it reads name=value", option, text);
	name = strndup(text, (size_t)(equals - text));
	if (name == NULL)
		cmd_die(CMD_IO, "out of memory");
	if (mq_conf_set(conf, name, bare(name, equals + 1, number), &e) == -1)
		cmd_usage("%s: %s", option, e.text);
	free(name);
}

void
cmd_load(struct mq_conf *conf, const char *path)
{
	struct mq_err e;

	if (mq_conf_load(conf, path, &e) == -1)
		cmd_die(e.sys == EACCES ? CMD_DENIED : CMD_CONFIG, "-F: %s",
		    e.text);
}

static int
matches(char *const *pattern, const char *name)
{
	char why[256];
	regmatch_t m;
	regex_t re;
	int rc;

	for (; *pattern != NULL; pattern++) {
		if ((rc = regcomp(&re, *pattern, REG_EXTENDED)) != 0) {
			(void)regerror(rc, &re, why, sizeof(why));
			cmd_usage("-r: pattern %s: %s", *pattern, why);
		}
		rc = regexec(&re, name, 1, &m, 0);
		regfree(&re);
		if (rc == 0 && m.rm_so == 0 && name[m.rm_eo] == '\0')
			return 1;
	}
	return 0;
}

static char **
names_of(char **(*all)(struct mq *, struct mq_err *), struct mq *mq,
    char *const *operand, int patterns)
{
	struct mq_err e;
	char **names;
	size_t i, j, n;

	if (*operand != NULL && !patterns) {
		for (n = 0; operand[n] != NULL; n++)
			continue;
		names = cmd_alloc(NULL, n + 1, sizeof(*names));
		/* Twice is once. */
		for (i = n = 0; operand[i] != NULL; i++) {
			for (j = 0; j < n; j++)
				if (strcmp(names[j], operand[i]) == 0)
					break;
			if (j == n)
				names[n++] = join(operand[i], "");
		}
		names[n] = NULL;
		return names;
	}
	if ((names = all(mq, &e)) == NULL)
		cmd_fail(&e);
	for (i = n = 0; *operand != NULL && names[i] != NULL; i++) {
		if (matches(operand, names[i]))
			names[n++] = names[i];
		else
			free(names[i]);
	}
	if (*operand != NULL)
		names[n] = NULL;
	return names;
}

char **
cmd_topics(struct mq *mq, char *const *operand, int patterns)
{
	return names_of(mq_topic_names, mq, operand, patterns);
}

char **
cmd_groups(struct mq *mq, char *const *operand, int patterns)
{
	return names_of(mq_group_names, mq, operand, patterns);
}

void
cmd_start(void)
{
	int fd;

	/*
	 * A standard descriptor that is closed would be given to the next file
	 * that is opened, and the output or a message would go into that one.
	 * In its place is one that fails as a closed one does.
	 */
	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) == -1 && errno == EBADF &&
		    open("/dev/null",
			fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
			cmd_die(CMD_IO, "/dev/null: %s", strerror(errno));
	/* A limit on the size of files is an error like others. */
	(void)signal(SIGXFSZ, SIG_IGN);
}

void
cmd_raise_files(void)
{
	struct rlimit r;

	/* Only a wish: where it fails, opening too many says so. */
	if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < r.rlim_max) {
		files_before = r.rlim_cur;
		r.rlim_cur = r.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &r);
	}
}

int
cmd_lower_files(void)
{
	struct rlimit r;

	if (files_before == 0 || getrlimit(RLIMIT_NOFILE, &r) == -1)
		return 0;
	r.rlim_cur = files_before;
	return setrlimit(RLIMIT_NOFILE, &r) == 0;
}

int64_t
cmd_now_ms(void)
{
	struct timespec ts = { 0, 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
cmd_wall_ms(void)
{
	struct timespec ts = { 0, 0 };

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void *
cmd_alloc(void *old, size_t count, size_t size)
{
	void *p = reallocarray(old, count, size);

	if (p == NULL && count != 0 && size != 0)
		cmd_die(CMD_IO, "out of memory");
	return p;
}
