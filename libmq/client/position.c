/* SPDX-License-Identifier: ISC */
/* -o's argument, mq-position(7), and the offsets that it stands for. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/fail.h"
#include "client/client.h"
#include "log/reader.h"

struct range {
	int32_t partition; /* -1: all the others */
	struct mq_position from, until;
	int has_until;
};

struct mq_ranges {
	struct range *range;
	size_t count;
};

struct parser {
	const char *text;
	const char *at;
	struct mq_err *err;
};

static int
bad(const struct parser *p, const char *why)
{
	return mq_fail(p->err, MQ_INVALID_REQUEST, "position %s, byte %zu: %s",
	    p->text, (size_t)(p->at - p->text) + 1, why);
}

static int
parse_number(struct parser *p, int64_t *n)
{
	char *end;

	if (!isdigit((unsigned char)*p->at))
		return bad(p, "a number is wanted here");
	errno = 0;
	*n = strtoll(p->at, &end, 10);
	if (errno != 0)
		return bad(p, "the number is too large");
	p->at = end;
	return 0;
}

/* So many digits, and a number within bounds. */
static int
parse_digits(struct parser *p, int digits, int min, int max, int *n)
{
	int i;

	*n = 0;
	for (i = 0; i < digits; i++, p->at++) {
		if (!isdigit((unsigned char)*p->at))
			return bad(p, "a time reads 2026-01-02T03:04:05Z");
		*n = *n * 10 + (*p->at - '0');
	}
	if (*n < min || *n > max)
		return bad(p, "no such time");
	return 0;
}

static int
parse_char(struct parser *p, char c)
{
	if (*p->at != c)
		return bad(p, "a time reads 2026-01-02T03:04:05Z");
	p->at++;
	return 0;
}

/* Z, +hh:mm, -hh:mm or nothing, which is Z. */
static int
parse_zone(struct parser *p, int64_t *ms)
{
	int sign, h, m;

	if (*p->at == 'Z' || *p->at == 'z') {
		p->at++;
		return 0;
	}
	if (*p->at != '+' && *p->at != '-')
		return 0;
	sign = *p->at++ == '+' ? -1 : 1;
	if (parse_digits(p, 2, 0, 23, &h) == -1 || parse_char(p, ':') == -1 ||
	    parse_digits(p, 2, 0, 59, &m) == -1)
		return -1;
	*ms += (int64_t)sign * (h * 60 + m) * 60000;
	return 0;
}

static int
parse_fraction(struct parser *p, int64_t *ms)
{
	int scale = 100;

	if (*p->at != '.')
		return 0;
	p->at++;
	if (!isdigit((unsigned char)*p->at))
		return bad(p, "digits are wanted behind the point");
	for (; isdigit((unsigned char)*p->at); p->at++, scale /= 10)
		*ms += (int64_t)scale * (*p->at - '0');
	return 0;
}

static int
parse_date(struct parser *p, int64_t *ms)
{
	int64_t rest = 0;
	struct tm tm, date;

	(void)memset(&tm, 0, sizeof(tm));
	if (parse_digits(p, 4, 1970, 9999, &tm.tm_year) == -1 ||
	    parse_char(p, '-') == -1 ||
	    parse_digits(p, 2, 1, 12, &tm.tm_mon) == -1 ||
	    parse_char(p, '-') == -1 ||
	    parse_digits(p, 2, 1, 31, &tm.tm_mday) == -1)
		return -1;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	date = tm;
	(void)timegm(&date); /* makes 31 February the 3rd of March */
	if (date.tm_mday != tm.tm_mday)
		return bad(p, "the month has no such day");
	if (*p->at == 'T' || *p->at == 't' || *p->at == ' ') {
		p->at++;
		if (parse_digits(p, 2, 0, 23, &tm.tm_hour) == -1 ||
		    parse_char(p, ':') == -1 ||
		    parse_digits(p, 2, 0, 59, &tm.tm_min) == -1 ||
		    parse_char(p, ':') == -1 ||
		    parse_digits(p, 2, 0, 60, &tm.tm_sec) == -1 ||
		    parse_fraction(p, &rest) == -1 ||
		    parse_zone(p, &rest) == -1)
			return -1;
	}
	*ms = (int64_t)timegm(&tm) * 1000 + rest;
	return 0;
}

/* A duration before now: 500ms 10s 5m 2h 7d. */
static int
parse_ago(struct parser *p, int64_t *ms)
{
	static const struct {
		const char *unit;
		int64_t ms;
	} units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 },
		{ "h", 3600000 }, { "d", 86400000 } };
	size_t i;
	int64_t n;

	p->at++;
	if (parse_number(p, &n) == -1)
		return -1;
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		size_t len = strlen(units[i].unit);

		if (strncmp(p->at, units[i].unit, len) != 0)
			continue;
		if (n > INT64_MAX / units[i].ms)
			return bad(p, "the duration is too long");
		p->at += len;
		*ms = mq_clock_wall_ms() - n * units[i].ms;
		return 0;
	}
	return bad(p, "a unit is wanted: ms, s, m, h or d");
}

static int
parse_time(struct parser *p, struct mq_position *pos)
{
	pos->kind = MQ_POSITION_TIME;
	p->at++;
	if (*p->at == '-')
		return parse_ago(p, &pos->value);
	if (strspn(p->at, "0123456789") == 4 && p->at[4] == '-')
		return parse_date(p, &pos->value);
	return parse_number(p, &pos->value);
}

static int
parse_word(struct parser *p, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(p->at, word, len) != 0)
		return 0;
	p->at += len;
	return 1;
}

static int
parse_position(struct parser *p, struct mq_position *pos)
{
	pos->value = 0;
	switch (*p->at) {
	case '@':
		return parse_time(p, pos);
	case '+':
		pos->kind = MQ_POSITION_START;
		p->at++;
		return parse_number(p, &pos->value);
	case '-':
		pos->kind = MQ_POSITION_END;
		p->at++;
		return parse_number(p, &pos->value);
	}
	if (parse_word(p, "start"))
		pos->kind = MQ_POSITION_START;
	else if (parse_word(p, "end"))
		pos->kind = MQ_POSITION_END;
	else if (parse_word(p, "stored"))
		pos->kind = MQ_POSITION_STORED;
	else if (isdigit((unsigned char)*p->at)) {
		pos->kind = MQ_POSITION_OFFSET;
		return parse_number(p, &pos->value);
	} else
		return bad(p,
		    "start, end, stored, N, +N, -N or @TIME is wanted here");
	return 0;
}

/* P= in front of a range. */
static int
parse_partition(struct parser *p, struct range *r)
{
	size_t digits = strspn(p->at, "0123456789");
	int64_t n;

	r->partition = -1;
	if (digits == 0 || p->at[digits] != '=')
		return 0;
	if (parse_number(p, &n) == -1)
		return -1;
	if (n > INT32_MAX)
		return bad(p, "no such partition");
	r->partition = (int32_t)n;
	p->at++;
	return 0;
}

static int
said_before(const struct mq_ranges *rs, int32_t partition)
{
	size_t i;

	for (i = 0; i + 1 < rs->count; i++)
		if (rs->range[i].partition == partition)
			return 1;
	return 0;
}

/* The last of rs. */
static int
parse_range(struct parser *p, const struct mq_ranges *rs, struct range *r)
{
	if (parse_partition(p, r) == -1)
		return -1;
	if (said_before(rs, r->partition))
		return bad(p,
		    r->partition == -1 ?
			"there is a range for all the others already" :
			"this partition has a range already");
	r->from.kind = MQ_POSITION_START;
	r->from.value = 0;
	r->has_until = 0;
	if (*p->at != ':' && parse_position(p, &r->from) == -1)
		return -1;
	if (*p->at != ':')
		return 0;
	p->at++;
	if (*p->at == '\0' || *p->at == ',')
		return 0;
	if (strncmp(p->at, "stored", 6) == 0)
		return bad(p, "a range does not end there");
	r->has_until = 1;
	return parse_position(p, &r->until);
}

struct mq_ranges *
mq_ranges_parse(const char *text, struct mq_err *err)
{
	struct parser p = { text, text, err };
	struct mq_ranges *rs = calloc(1, sizeof(*rs));
	struct range *more;

	while (rs != NULL) {
		more = reallocarray(rs->range, rs->count + 1, sizeof(*more));
		if (more == NULL)
			break;
		rs->range = more;
		rs->count++;
		if (parse_range(&p, rs, &more[rs->count - 1]) == -1)
			goto fail;
		if (*p.at == '\0')
			return rs;
		if (*p.at++ != ',') {
			p.at--;
			(void)bad(&p, "a ',' or the end is wanted here");
			goto fail;
		}
	}
	(void)mq_fail_memory(err);
fail:
	mq_ranges_free(rs);
	return NULL;
}

void
mq_ranges_free(struct mq_ranges *rs)
{
	if (rs != NULL)
		free(rs->range);
	free(rs);
}

int
mq_ranges_get(const struct mq_ranges *rs, int32_t partition,
    struct mq_position *from, struct mq_position *until)
{
	const struct range *r, *found = NULL;
	size_t i;

	for (i = 0; i < rs->count; i++) {
		r = &rs->range[i];
		if (r->partition == partition ||
		    (r->partition == -1 && found == NULL))
			found = r;
	}
	if (found == NULL)
		return 0;
	*from = found->from;
	*until = found->until;
	return found->has_until ? 2 : 1;
}

int32_t
mq_ranges_partition(const struct mq_ranges *rs, size_t i)
{
	return i < rs->count ? rs->range[i].partition : -2;
}

/* The timestamp of the record at an offset, -1 where there is none. */
static int
timestamp_at(struct mq_partition *p, int64_t offset, int64_t end,
    int64_t *timestamp, struct mq_err *err)
{
	struct mq_batch_iter it;
	struct mq_reader r;
	struct mq_record rec;
	struct mq_batch b;
	int rc = 0, found = 0;

	*timestamp = -1;
	if (offset >= end)
		return 0;
	(void)memset(&it, 0, sizeof(it));
	mq_reader_init(&r, p, offset);
	/* The one there, or where compaction took it the next one. */
	while (!found && (rc = mq_reader_next(&r, &b, err)) == 1) {
		rc = mq_batch_iter_init(&it, &b, err) == -1 ? -1 : 1;
		while (rc == 1 && !found &&
		    (rc = mq_batch_iter_next(&it, &rec, err)) == 1)
			found = rec.offset >= offset;
		if (rc == -1)
			break;
	}
	if (found)
		*timestamp = rec.timestamp;
	mq_batch_iter_free(&it);
	mq_reader_free(&r);
	return rc == -1 ? -1 : 0;
}

int
mq_client_offset(struct mq_partition *p, const struct mq_position *pos,
    int64_t *offset, struct mq_err *err)
{
	struct mq_partition_tail t;
	int64_t hw, timestamp;
	int rc;

	if (mq_partition_high_watermark(p, &t, &hw, err) == -1)
		return -1;
	switch (pos->kind) {
	case MQ_POSITION_START:
		*offset = hw;
		if (pos->value <= hw - t.log_start)
			*offset = t.log_start + pos->value;
		break;
	case MQ_POSITION_END:
		*offset = t.log_start;
		if (pos->value <= hw - t.log_start)
			*offset = hw - pos->value;
		break;
	case MQ_POSITION_TIME:
		rc =
		    mq_reader_find_time(p, pos->value, offset, &timestamp, err);
		if (rc == 0)
			*offset = hw;
		return rc == -1 ? -1 : 0;
	case MQ_POSITION_OFFSET:
		*offset = pos->value;
		break;
	case MQ_POSITION_STORED:
		return mq_fail(err, MQ_INVALID_REQUEST,
		    "a stored position needs a group");
	}
	return 0;
}

int
mq_position_resolve(struct mq *mq, const char *topic, int32_t partition,
    const struct mq_position *pos, int64_t *offset, int64_t *timestamp,
    struct mq_err *err)
{
	struct mq_partition_tail t;
	struct mq_partition p;
	int64_t hw;
	int rc;

	if (mq_client_partition(mq, topic, partition, &p, err) == -1)
		return -1;
	rc = mq_client_offset(&p, pos, offset, err);
	if (rc == 0)
		rc = mq_partition_high_watermark(&p, &t, &hw, err);
	*timestamp = -1;
	if (rc == 0 && *offset >= t.log_start)
		rc = timestamp_at(&p, *offset, hw, timestamp, err);
	mq_partition_close(&p);
	return rc;
}
