/* SPDX-License-Identifier: ISC */
/* A record in the framing that mq-consume was asked for. */
#include <sys/epoll.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "consume.h"
#include "json.h"
#include "signals.h"

#define MEMBERS (MQ_SHARE_ID + 128) /* of JSON, for a lease */

static const char cure[] = "-0, -j or -f keep records apart";

void
consume_output_failed(void)
{
	if (errno == EPIPE) /* as the signal would, where it is ignored */
		exit(128 + SIGPIPE);
	if (errno == EINTR) /* a signal, and nobody takes the rest */
		signals_die();
	cmd_die(CMD_IO, "standard output: %s", strerror(errno));
}

int
consume_output_is_gone(void)
{
	struct pollfd p = { STDOUT_FILENO, 0, 0 };

	/* A pipe says the one, a socket and a terminal the other. */
	return poll(&p, 1, 0) == 1 && (p.revents & (POLLERR | POLLHUP)) != 0;
}

int
consume_wakeup(int signals)
{
	struct epoll_event in = { .events = EPOLLIN }, gone = { .events = 0 };
	int fd = epoll_create1(EPOLL_CLOEXEC);

	if (fd == -1 || epoll_ctl(fd, EPOLL_CTL_ADD, signals, &in) == -1)
		return signals;
	/* Errors are told without being asked for; a file has none. */
	(void)epoll_ctl(fd, EPOLL_CTL_ADD, STDOUT_FILENO, &gone);
	return fd;
}

void
consume_unprintable(const struct mq_record *r, const char *why)
{
	cmd_say("topic %s, partition %d, offset %lld: %s", r->topic,
	    (int)r->partition, (long long)r->offset, why);
}

/* Once, where a record that holds the delimiter cannot be told from two. */
void
consume_warn_values(struct consume *c)
{
	c->warned = 1;
	if (!c->quiet)
		cmd_say("a value holds a newline; %s", cure);
}

static int
has_newline(const struct mq_bytes *b)
{
	return b->len != 0 && memchr(b->data, '\n', b->len) != NULL;
}

static void
look_for_newline(struct consume *c, const struct mq_record *r)
{
	const char *what;

	if (c->warned || c->delim[0] != '\n' || c->delim_len != 1)
		return;
	if (c->key_delim != NULL && has_newline(&r->key))
		what = "the key";
	else if (has_newline(&r->value))
		what = "the value";
	else
		return;
	c->warned = 1;
	if (!c->quiet)
		cmd_say("topic %s, partition %d, offset %lld: "
			"%s holds a newline; %s",
		    r->topic, (int)r->partition, (long long)r->offset, what,
		    cure);
}

static int
print_plain(struct consume *c, struct out *o, const struct mq_record *r)
{
	look_for_newline(c, r);
	if (c->key_delim != NULL &&
	    (out_write(o, r->key.data, r->key.len) == -1 ||
		out_write(o, c->key_delim, c->key_delim_len) == -1))
		return -1;
	if (out_write(o, r->value.data, r->value.len) == -1)
		return -1;
	if (c->delim_len == 1)
		return out_putc(o, c->delim[0]);
	return out_write(o, c->delim, c->delim_len);
}

static int
print_lease(struct out *o, const struct mq_record *r,
    const struct mq_share_record *lease, const char *id)
{
	char members[MEMBERS];
	int n;

	n = snprintf(members, sizeof(members), ",\"delivery_count\":%d",
	    lease->delivery_count);
	/* A topic's name needs no escapes. */
	if (id != NULL)
		(void)snprintf(members + n, sizeof(members) - (size_t)n,
		    ",\"until\":%lld,\"id\":\"%s\"", (long long)lease->until_ms,
		    id);
	return json_put_record_with(o, r, members);
}

int
consume_print(struct consume *c, struct out *o, const struct mq_record *r,
    const struct mq_share_record *lease, char why[CONSUME_WHY])
{
	char id[MQ_SHARE_ID];

	*why = '\0';
	c->printed++;
	if (c->hold)
		mq_share_id(lease, id);
	if (c->format != NULL)
		return template_print(c->format, r, c->printed,
		    c->hold ? id : NULL, o, why, CONSUME_WHY);
	if (!c->json)
		return print_plain(c, o, r);
	if (lease != NULL)
		return print_lease(o, r, lease, c->hold ? id : NULL);
	return json_put_record(o, r);
}
