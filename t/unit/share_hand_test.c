/* SPDX-License-Identifier: ISC */
/* What is acquired and not yet given out. */
#include "share_scene.h"
#include "test.h"

static struct share_scene s;
static struct mq_share_record r;

/* Others have it as new; what was given out stays. */
static int
given_back(void)
{
	struct mq_share *a, *b;

	CHECK(share_start(&s, 0, 4, "100000") == 0);
	CHECK((a = share_open(&s, "g", 0, NULL)) != NULL);
	CHECK((b = share_open(&s, "g", 0, NULL)) != NULL);
	CHECK(mq_share_give_back(a, &s.err) == 0);
	CHECK(share_take(&s, a, 0, &r) == 0);
	CHECK(mq_share_acknowledge(a, &r, MQ_ACCEPT, 0, &s.err) == 0);
	CHECK(share_take(&s, a, 1, &r) == 0);
	CHECK(share_try(&s, b, &r) == MQ_POLL_IDLE); /* a has all four */
	CHECK(mq_share_give_back(a, &s.err) == 0);
	CHECK(mq_share_give_back(a, &s.err) == 0);
	mq_share_limit(b, 1);
	CHECK(share_take(&s, b, 2, &r) == 0 && r.delivery_count == 1);
	/* It goes on where others left something. */
	CHECK(share_take(&s, a, 3, &r) == 0 && r.delivery_count == 1);
	CHECK(share_try(&s, a, &r) == MQ_POLL_IDLE);
	mq_share_free(a);
	CHECK(share_take(&s, b, 1, &r) == 0);
	mq_share_free(b);
	share_end(&s);
	return 0;
}

int
main(void)
{
	RUN(given_back, "what is given back goes to others, uncounted");
	return test_done();
}
