/* SPDX-License-Identifier: ISC */
#include "child_env.h"

#include <string.h>
#include <stdlib.h>

#include "cmd.h"

extern char **environ;

static const char *const names[] = { "MQ_TOPIC", "MQ_PARTITION", "MQ_OFFSET",
	"MQ_TIMESTAMP", "MQ_KEY", "MQ_DELIVERY_COUNT", "MQ_GROUP",
	"MQ_VALUE_NULL" };

#define NAMES (sizeof(names) / sizeof(names[0]))

/* Is this a variable that we set? */
static int
is_ours(const char *var)
{
	size_t i, len = strcspn(var, "=");

	for (i = 0; i < NAMES; i++)
		if (strlen(names[i]) == len && memcmp(names[i], var, len) == 0)
			return 1;
	return 0;
}

void
child_env_init(struct child_env *e, const char *group)
{
	size_t i, n;

	for (n = 0; environ != NULL && environ[n] != NULL; n++)
		continue;
	e->var = cmd_alloc(NULL, n + NAMES + 1, sizeof(*e->var));
	for (e->kept = i = 0; i < n; i++)
		if (!is_ours(environ[i]))
			e->var[e->kept++] = environ[i];
	e->group = group;
	out_init(&e->text, -1);
}

void
child_env_free(struct child_env *e)
{
	free(e->var);
	out_free(&e->text);
}

static int
put_text(struct out *o, const char *name, const void *value, size_t len)
{
	if (out_write(o, name, strlen(name)) == -1 ||
	    out_write(o, value, len) == -1)
		return -1;
	return out_putc(o, '\0');
}

static int
put_number(struct out *o, const char *name, int64_t value)
{
	if (out_write(o, name, strlen(name)) == -1 ||
	    out_decimal(o, value) == -1)
		return -1;
	return out_putc(o, '\0');
}

/* What is told of one record, and not of a batch. */
static int
put_own(struct out *o, const struct mq_record *r)
{
	const struct mq_bytes *key = &r->key;

	if (put_number(o, "MQ_TIMESTAMP=", r->timestamp) == -1)
		return -1;
	if (key->data != NULL && key->len <= CHILD_ENV_KEY_MAX &&
	    memchr(key->data, '\0', key->len) == NULL &&
	    put_text(o, "MQ_KEY=", key->data, key->len) == -1)
		return -1;
	if (r->value.data == NULL)
		return put_number(o, "MQ_VALUE_NULL=", 1);
	return 0;
}

static int
put_all(struct child_env *e, const struct mq_record *r, int64_t delivery_count,
    int batch)
{
	struct out *o = &e->text;

	o->len = 0;
	if (put_text(o, "MQ_TOPIC=", r->topic, strlen(r->topic)) == -1 ||
	    put_number(o, "MQ_PARTITION=", r->partition) == -1 ||
	    put_number(o, "MQ_OFFSET=", r->offset) == -1)
		return -1;
	if (!batch && put_own(o, r) == -1)
		return -1;
	if (delivery_count != 0 &&
	    put_number(o, "MQ_DELIVERY_COUNT=", delivery_count) == -1)
		return -1;
	if (e->group == NULL)
		return 0;
	return put_text(o, "MQ_GROUP=", e->group, strlen(e->group));
}

char **
child_env_of(struct child_env *e, const struct mq_record *r,
    int64_t delivery_count, int batch)
{
	size_t at, n = e->kept;

	if (put_all(e, r, delivery_count, batch) == -1)
		return NULL;
	for (at = 0; at < e->text.len; at += strlen(e->text.data + at) + 1)
		e->var[n++] = e->text.data + at;
	e->var[n] = NULL;
	return e->var;
}
