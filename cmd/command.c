/* SPDX-License-Identifier: ISC */
#include "command.h"

#include <sys/stat.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"

#define ABOUT_FD 3
#define BLANKS	 " \t"
#define LETTERS                      \
	"abcdefghijklmnopqrstuvwxyz" \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

/* What the shell has within itself and does in another way than the program. */
static const char *const builtin[] = { "echo", "kill", "printf", "pwd", "test",
	"time" };

static char *
copy(const char *text)
{
	size_t size = strlen(text) + 1;

	return memcpy(cmd_alloc(NULL, size, 1), text, size);
}

/*
 * Whether the shell would take these for words, as they are.  A = in the first
 * one is an assignment.
 */
static int
is_plain(const char *text)
{
	size_t first;

	text += strspn(text, BLANKS);
	first = strspn(text, LETTERS "_./,:+@%-");
	if (first == 0)
		return 0;
	text += first;
	if (*text != '\0' && strchr(BLANKS, *text) == NULL)
		return 0;
	return text[strspn(text, LETTERS BLANKS "_./,:+@%-=")] == '\0';
}

static int
is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	    faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0;
}

static int
is_builtin(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(builtin) / sizeof(builtin[0]); i++)
		if (strcmp(name, builtin[i]) == 0)
			return 1;
	return 0;
}

/* The file that a name stands for, or NULL; caller frees. */
static char *
find(const char *name)
{
	const char *dir = getenv("PATH");
	size_t len, size;
	char *path;

	if (strchr(name, '/') != NULL)
		return is_program(name) ? copy(name) : NULL;
	if (dir == NULL || is_builtin(name))
		return NULL;
	for (;; dir += len + 1) {
		len = strcspn(dir, ":");
		size = len + strlen(name) + 3;
		path = cmd_alloc(NULL, size, 1);
		/* An empty one is the current directory. */
		(void)snprintf(path, size, "%.*s/%s", len == 0 ? 1 : (int)len,
		    len == 0 ? "." : dir, name);
		if (is_program(path))
			return path;
		free(path);
		if (dir[len] == '\0')
			return NULL;
	}
}

static void
split(struct command *c)
{
	char *rest = c->words, *word;
	size_t n = 0;

	/* Not more words than every other byte. */
	c->argv = cmd_alloc(NULL, strlen(c->words) / 2 + 2, sizeof(*c->argv));
	while ((word = strsep(&rest, BLANKS)) != NULL)
		if (*word != '\0')
			c->argv[n++] = word;
	c->argv[n] = NULL;
}

void
command_init(struct command *c, const char *text)
{
	(void)memset(c, 0, sizeof(*c));
	c->text = copy(text);
	if (!is_plain(text))
		return;
	c->words = copy(text);
	split(c);
	assert(c->argv[0] != NULL);
	c->path = find(c->argv[0]);
}

void
command_free(struct command *c)
{
	free(c->text);
	free(c->path);
	free(c->argv);
	free(c->words);
	(void)memset(c, 0, sizeof(*c));
}

static int
attributes(posix_spawnattr_t *attr, int apart)
{
	short flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
	sigset_t set;
	int rc;

	if (apart)
		flags |= POSIX_SPAWN_SETPGROUP;
	(void)sigemptyset(&set);
	rc = posix_spawnattr_setsigmask(attr, &set);
	(void)sigaddset(&set, SIGPIPE);
	(void)sigaddset(&set, SIGXFSZ);
	if (rc == 0)
		rc = posix_spawnattr_setsigdefault(attr, &set);
	if (rc == 0)
		rc = posix_spawnattr_setpgroup(attr, 0);
	if (rc == 0)
		rc = posix_spawnattr_setflags(attr, flags);
	return rc;
}

/* 0 comes first, as input may be 3. */
static int
redirections(posix_spawn_file_actions_t *actions, int input, int about)
{
	int rc = posix_spawn_file_actions_adddup2(actions, input, STDIN_FILENO);

	if (rc == 0)
		rc = posix_spawn_file_actions_adddup2(actions, about, ABOUT_FD);
	return rc;
}

/* By posix_spawn; the program, or where it cannot be, the shell. */
static int
spawn(const struct command *c, const posix_spawn_file_actions_t *actions,
    const posix_spawnattr_t *attr, char *const *env, pid_t *pid)
{
	char sh[] = "sh", option[] = "-c", end[] = "--";
	char *argv[5] = { sh, option, end, c->text, NULL };
	int rc = ENOENT;

	if (c->path != NULL)
		rc = posix_spawn(pid, c->path, actions, attr, c->argv, env);
	/* It is gone, or a script that does not name its interpreter. */
	if (rc == ENOENT || rc == EACCES || rc == ENOEXEC)
		rc = posix_spawn(pid, "/bin/sh", actions, attr, argv, env);
	return rc;
}

int
command_spawn(const struct command *c, const struct command_start *s,
    pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	int lowered, rc;

	if ((rc = posix_spawn_file_actions_init(&actions)) != 0)
		return rc;
	if ((rc = posix_spawnattr_init(&attr)) != 0)
		goto out;
	if ((rc = redirections(&actions, s->input, s->about)) == 0)
		rc = attributes(&attr, s->apart);
	if (rc == 0) {
		lowered = cmd_lower_files();
		rc = spawn(c, &actions, &attr, s->env, pid);
		if (lowered)
			cmd_raise_files();
	}
	(void)posix_spawnattr_destroy(&attr);
out:
	(void)posix_spawn_file_actions_destroy(&actions);
	return rc;
}
