/* SPDX-License-Identifier: ISC */
/* How the names of groups and the texts of commits are printed. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base64.h"
#include "escape.h"
#include "group.h"

static void
table_escaped(struct table *t, const char *bytes, size_t len)
{
	char *text = cmd_alloc(NULL, len + 1, ESCAPE_MOST);

	escape_line(text, bytes, len);
	table_text(t, text);
	free(text);
}

void
group_table_name(struct table *t, const char *name)
{
	table_escaped(t, name, strlen(name));
}

void
group_table_bytes(struct table *t, const struct mq_bytes *b)
{
	if (b->data == NULL)
		table_text(t, "-");
	else
		table_escaped(t, b->data, b->len);
}

void
group_json_name(json_t *object, const char *member, const char *name)
{
	json_t *text = json_string(name);
	size_t size = base64_size(strlen(name));
	char *base64, b64[64];

	if (text != NULL) {
		(void)json_object_set_new(object, member, text);
		return;
	}
	base64 = cmd_alloc(NULL, size + 1, 1);
	(void)base64_encode(base64, size, name, strlen(name));
	(void)snprintf(b64, sizeof(b64), "%s_b64", member);
	(void)json_object_set_new(object, b64, json_stringn(base64, size));
	free(base64);
}

void
group_json_print(json_t *object)
{
	if (object == NULL)
		cmd_die(CMD_IO, "out of memory");
	/* Whether it came out is seen by the flush. */
	(void)json_dumpf(object, stdout, JSON_COMPACT);
	(void)putchar('\n');
	json_decref(object);
}

void
group_json_end(void)
{
	if (fflush(stdout) == EOF || ferror(stdout))
		cmd_die(CMD_IO, "standard output: %s", strerror(errno));
}
