/* SPDX-License-Identifier: ISC */
#include "roster.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
set_topics(struct roster *r, char *text)
{
	char *word, *rest, *equals;

	for (word = strtok_r(text, " ", &rest); word != NULL;
	     word = strtok_r(NULL, " ", &rest)) {
		if ((equals = strchr(word, '=')) == NULL ||
		    r->group.topics_count == ROSTER_TOPICS)
			errx(1, "roster: %s", word);
		*equals = '\0';
		r->topics[r->group.topics_count].name = word;
		r->topics[r->group.topics_count++].partitions =
		    atoi(equals + 1);
	}
}

static void
set_owned(struct mq_assignor_owned *o, char *word)
{
	char *dash = strchr(word, '-');

	if (dash == NULL)
		errx(1, "roster: %s", word);
	*dash = '\0';
	o->topic = word;
	o->partition = atoi(dash + 1);
}

/* One member; *words and *owned are how many of each there are already. */
static void
set_member(struct roster *r, char *text, size_t *words, size_t *owned)
{
	struct mq_assignor_member *m = &r->members[r->group.members_count++];
	char *word, *rest, *colon = strchr(text, ':');
	int owns = 0;

	if (colon == NULL || r->group.members_count > ROSTER_MEMBERS)
		errx(1, "roster: %s", text);
	*colon = '\0';
	m->id = text + strspn(text, " ");
	m->topics = &r->subscribed[*words];
	m->owned = &r->owned[*owned];
	m->generation = 1;
	for (word = strtok_r(colon + 1, " ", &rest); word != NULL;
	     word = strtok_r(NULL, " ", &rest)) {
		if (*words == ROSTER_WORDS || *owned == ROSTER_WORDS)
			errx(1, "roster: %s", word);
		if (*word == '@')
			m->generation = atoi(word + 1);
		else if (*word == '<')
			owns = 1;
		else if (owns) {
			set_owned(&r->owned[(*owned)++], word);
			m->owned_count++;
		} else {
			r->subscribed[(*words)++] = word;
			m->topics_count++;
		}
	}
}

void
roster_set(struct roster *r, const char *topics, const char *members)
{
	size_t words = 0, owned = 0, n = strlen(topics) + 1;
	char *member, *rest;

	(void)memset(r, 0, sizeof(*r));
	if (n + strlen(members) + 1 > sizeof(r->text))
		errx(1, "roster: %s", topics);
	(void)memcpy(r->text, topics, n);
	(void)memcpy(r->text + n, members, strlen(members) + 1);
	r->group.topics = r->topics;
	r->group.members = r->members;
	set_topics(r, r->text);
	for (member = strtok_r(r->text + n, ";", &rest); member != NULL;
	     member = strtok_r(NULL, ";", &rest))
		set_member(r, member, &words, &owned);
}

const char *
roster_assign(struct roster *r, enum mq_assignor strategy, int adjust)
{
	struct mq_assignment *a;
	struct mq_err e;
	size_t i, m, n = 0;

	a = mq_assignor_assign(strategy, &r->group, &e);
	if (a == NULL || (adjust && mq_assignor_adjust(&r->group, a, &e))) {
		mq_assignment_free(a);
		(void)snprintf(r->answer, sizeof(r->answer), "%s", e.text);
		return r->answer;
	}
	for (m = 0; m < a->members_count && n < sizeof(r->answer); m++) {
		n += (size_t)snprintf(r->answer + n, sizeof(r->answer) - n,
		    "%s%s:", m > 0 ? "; " : "", r->members[m].id);
		for (i = a->first[m]; i < a->first[m + 1]; i++)
			if (n < sizeof(r->answer))
				n += (size_t)snprintf(r->answer + n,
				    sizeof(r->answer) - n, " %s-%d",
				    r->topics[a->at[i].topic].name,
				    a->at[i].partition);
	}
	r->withheld = a->withheld;
	mq_assignment_free(a);
	return r->answer;
}
