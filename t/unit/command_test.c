/* SPDX-License-Identifier: ISC */
/* Which commands need a shell, and what the others are started as. */
#include "command.h"

#include <sys/stat.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "scene.h"
#include "test.h"

static char dir[] = "/tmp/mq-command.XXXXXX"; /* /dev/shm may be noexec */

static int
put_file(const char *name, mode_t mode)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, mode);

	return fd == -1 ? -1 : close(fd);
}

/* The program and its words, each in brackets, or "shell". */
static const char *
plan(const char *text)
{
	static char buf[1024];
	struct command c;
	size_t i, at;

	command_init(&c, text);
	at = (size_t)snprintf(buf, sizeof(buf), "%s",
	    c.path != NULL ? c.path : "shell");
	for (i = 0; c.path != NULL && c.argv[i] != NULL; i++)
		at += (size_t)snprintf(buf + at, sizeof(buf) - at, " [%s]",
		    c.argv[i]);
	command_free(&c);
	return buf;
}

static int
test_plain(void)
{
	CHECK_TEXT(plan("tool"), "bin/tool [tool]");
	CHECK_TEXT(plan(" \ttool  -n 5\t--to=a,b:c/d.e_f@g%h+i "),
	    "bin/tool [tool] [-n] [5] [--to=a,b:c/d.e_f@g%h+i]");
	CHECK_TEXT(plan("bin/tool a"), "bin/tool [bin/tool] [a]");
	CHECK_TEXT(plan("./bin/tool"), "./bin/tool [./bin/tool]");
	return 0;
}

static int
test_shell(void)
{
	static const char special[] = "|&;<>()$`\\\"'*?[]#~={}!^\n\r\x7f\xc3";
	char text[16];
	size_t i;

	for (i = 0; i < sizeof(special) - 1; i++) {
		if (special[i] == '=')
			continue;
		(void)snprintf(text, sizeof(text), "tool a%cb", special[i]);
		CHECK_TEXT(plan(text), "shell");
		(void)snprintf(text, sizeof(text), "tool%c", special[i]);
		CHECK_TEXT(plan(text), "shell");
	}
	CHECK_TEXT(plan("A=1 tool"), "shell");
	CHECK_TEXT(plan("A=1"), "shell");
	CHECK_TEXT(plan(""), "shell");
	CHECK_TEXT(plan(" "), "shell");
	return 0;
}

/* What is no program is left to the shell, which tells why. */
static int
test_not_found(void)
{
	CHECK_TEXT(plan("exit"), "shell");
	CHECK_TEXT(plan("nowhere a"), "shell");
	CHECK_TEXT(plan("bin/plain"), "shell");
	CHECK_TEXT(plan("plain"), "shell");
	CHECK_TEXT(plan("bin"), "shell");
	CHECK_TEXT(plan("bin/sub"), "shell");
	CHECK_TEXT(plan("sub"), "shell");
	return 0;
}

static int
test_builtin(void)
{
	CHECK_TEXT(plan("echo"), "shell");
	CHECK_TEXT(plan("echo -e a"), "shell");
	CHECK_TEXT(plan("bin/echo a"), "bin/echo [bin/echo] [a]");
	return 0;
}

static int
test_path(void)
{
	CHECK(setenv("PATH", "nodir:other:bin", 1) == 0);
	CHECK_TEXT(plan("tool"), "other/tool [tool]");
	CHECK_TEXT(plan("deep"), "bin/deep [deep]");
	CHECK(setenv("PATH", "nodir::bin", 1) == 0);
	CHECK_TEXT(plan("here"), "./here [here]");
	CHECK(setenv("PATH", "", 1) == 0);
	CHECK_TEXT(plan("here"), "./here [here]");
	CHECK(unsetenv("PATH") == 0);
	CHECK_TEXT(plan("here"), "shell");
	CHECK_TEXT(plan("./here"), "./here [./here]");
	return 0;
}

int
main(void)
{
	if (mkdtemp(dir) == NULL || chdir(dir) == -1 ||
	    mkdir("bin", 0777) == -1 || mkdir("other", 0777) == -1 ||
	    mkdir("bin/sub", 0777) == -1 || put_file("bin/tool", 0777) == -1 ||
	    put_file("other/tool", 0777) == -1 ||
	    put_file("bin/deep", 0777) == -1 ||
	    put_file("bin/echo", 0777) == -1 ||
	    put_file("bin/plain", 0666) == -1 || put_file("here", 0777) == -1 ||
	    setenv("PATH", "bin", 1) == -1)
		return 1;
	RUN(test_plain, "plain words are a program and its arguments");
	RUN(test_shell, "a character of the shell's brings the shell");
	RUN(test_not_found, "what is no program in PATH is the shell's");
	RUN(test_builtin, "so is what the shell does in its own way");
	RUN(test_path, "PATH is searched as the shell searches it");
	scene_remove(dir);
	return test_done();
}
