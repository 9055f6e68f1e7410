/* SPDX-License-Identifier: ISC */
#include "client/wanted.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"

#define INTERNAL "__" /* what the names of the store's own begin with */

static int
compile(struct mq_wanted *w, struct mq_err *err)
{
	char why[128];
	int rc;

	w->pattern = calloc(w->name_count, sizeof(*w->pattern));
	if (w->pattern == NULL)
		return mq_fail_memory(err);
	for (; w->pattern_count < w->name_count; w->pattern_count++) {
		rc = regcomp(&w->pattern[w->pattern_count],
		    w->name[w->pattern_count], REG_EXTENDED);
		if (rc == 0)
			continue;
		(void)regerror(rc, &w->pattern[w->pattern_count], why,
		    sizeof(why));
		return mq_fail(err, MQ_INVALID_REQUEST, "pattern %s: %s",
		    w->name[w->pattern_count], why);
	}
	return 0;
}

static int
copy(struct mq_wanted *w, const struct mq_subscription *sub, struct mq_err *err)
{
	w->patterns = sub->patterns;
	w->all = sub->partition == NULL;
	w->name = calloc(sub->topic_count + 1, sizeof(*w->name));
	w->partition = calloc(sub->partition_count + 1, sizeof(*w->partition));
	if (w->name == NULL || w->partition == NULL)
		return mq_fail_memory(err);
	for (; w->name_count < sub->topic_count; w->name_count++) {
		w->name[w->name_count] = strdup(sub->topic[w->name_count]);
		if (w->name[w->name_count] == NULL)
			return mq_fail_memory(err);
	}
	for (; w->partition_count < sub->partition_count; w->partition_count++)
		w->partition[w->partition_count] =
		    sub->partition[w->partition_count];
	return 0;
}

int
mq_wanted_init(struct mq_wanted *w, const struct mq_subscription *sub,
    struct mq_err *err)
{
	(void)memset(w, 0, sizeof(*w));
	if (copy(w, sub, err) == 0 && (!w->patterns || compile(w, err) == 0))
		return 0;
	mq_wanted_free(w);
	return -1;
}

void
mq_wanted_free(struct mq_wanted *w)
{
	while (w->pattern_count > 0)
		regfree(&w->pattern[--w->pattern_count]);
	while (w->name_count > 0)
		free(w->name[--w->name_count]);
	free(w->pattern);
	free(w->name);
	free(w->partition);
	(void)memset(w, 0, sizeof(*w));
}

static int
matches(const struct mq_wanted *w, const char *topic)
{
	regmatch_t m;
	size_t i;

	for (i = 0; i < w->pattern_count; i++) {
		if (strncmp(topic, INTERNAL, strlen(INTERNAL)) == 0 &&
		    strcmp(topic, w->name[i]) != 0)
			continue;
		if (regexec(&w->pattern[i], topic, 1, &m, 0) == 0 &&
		    m.rm_so == 0 && topic[m.rm_eo] == '\0')
			return 1;
	}
	return 0;
}

static char **
match_all(const struct mq_wanted *w, const struct mq_store *store,
    struct mq_err *err)
{
	char **names = mq_store_topics(store, err);
	size_t i, n = 0;

	for (i = 0; names != NULL && names[i] != NULL; i++) {
		if (matches(w, names[i]))
			names[n++] = names[i];
		else
			free(names[i]);
	}
	if (names != NULL)
		names[n] = NULL;
	return names;
}

char **
mq_wanted_topics(const struct mq_wanted *w, const struct mq_store *store,
    struct mq_err *err)
{
	char **names;
	size_t i;

	if (w->patterns)
		return match_all(w, store, err);
	names = calloc(w->name_count + 1, sizeof(*names));
	for (i = 0; names != NULL && i < w->name_count; i++)
		if ((names[i] = strdup(w->name[i])) == NULL) {
			mq_names_free(names);
			names = NULL;
		}
	if (names == NULL)
		(void)mq_fail_memory(err);
	return names;
}

int
mq_wanted_partition(const struct mq_wanted *w, int32_t partition)
{
	size_t i;

	for (i = 0; i < w->partition_count; i++)
		if (w->partition[i] == partition)
			return 1;
	return w->all;
}

int
mq_wanted_check(const struct mq_wanted *w, const struct mq_topic_file *file,
    struct mq_err *err)
{
	size_t i;

	for (i = 0; !w->patterns && i < w->partition_count; i++)
		if (w->partition[i] < 0 || w->partition[i] >= file->partitions)
			return mq_fail(err, MQ_UNKNOWN_TOPIC_OR_PARTITION,
			    "topic %s has no partition %d: it has %d, from 0",
			    file->name, (int)w->partition[i],
			    (int)file->partitions);
	return 0;
}
