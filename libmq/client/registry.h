/* SPDX-License-Identifier: ISC */
/*
 * The registry of a consumer group: who its living members are, and the
 * assignment that was made for them.  As JSON, in the group's directory:
 *
 *	member-ID	 {"pid":1,"host":"h","client_id":"c","strategy":"range",
 *			  "topics":["t"]}
 *	assignment.json	 {"generation":1,"strategy":"range","topics":{"t":2},
 *			  "members":{"ID":{"topics":["t"],
 *					   "partitions":{"t":[0,1]}}}}
 *
 * A member lives while byte 0 of its file is locked.
 */
#ifndef MQ_REGISTRY_H
#define MQ_REGISTRY_H

#include <jansson.h>

#include "client/client.h"
#include "group/assignor.h"

#define MQ_REGISTRY_MEMBER     "member-"
#define MQ_REGISTRY_ASSIGNMENT "assignment.json"

/*
 * The living members: an object by id, which the caller json_decrefs; NULL on
 * error.  With sweep set, under the group's lock, the files of dead ones go.
 */
json_t *mq_registry_members(int dir, int sweep, struct mq_err *);
/* The assignment that stands; an empty object where there is none. */
json_t *mq_registry_assignment(int dir, struct mq_err *);
/*
 * Under the group's lock: the assignment for these members, made and written
 * where the one that stands is for others.  The caller json_decrefs.
 */
json_t *mq_registry_assign(struct mq *, int dir, enum mq_assignor,
    json_t *members, struct mq_err *);

#endif
