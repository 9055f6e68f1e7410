/* SPDX-License-Identifier: ISC */
#include "client/partitioner.h"

#include "base/murmur2.h"

void
mq_partitioner_init(struct mq_partitioner *p, int32_t partitions,
    int round_robin, uint32_t seed)
{
	p->partitions = partitions;
	p->round_robin = round_robin;
	p->current = (int32_t)(seed % (uint32_t)partitions);
}

static void
advance(struct mq_partitioner *p)
{
	if (++p->current == p->partitions)
		p->current = 0;
}

int32_t
mq_partitioner_choose(struct mq_partitioner *p, const struct mq_record *r)
{
	int32_t chosen = p->current;

	if (p->round_robin)
		advance(p);
	else if (r->key.data != NULL)
		chosen = (int32_t)((mq_murmur2(r->key.data, r->key.len) &
				       0x7fffffff) %
		    (uint32_t)p->partitions);
	return chosen;
}

void
mq_partitioner_sent(struct mq_partitioner *p, int32_t partition)
{
	if (!p->round_robin && partition == p->current)
		advance(p);
}
