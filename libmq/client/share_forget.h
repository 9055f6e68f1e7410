/* SPDX-License-Identifier: ISC */
/*
 * What share groups keep of a topic goes with it: its share-partitions' files,
 * and of a queue the group's directory.  What a kill leaves does no harm: a
 * file counts for the topic of one id (share_file.h).
 */
#ifndef MQ_SHARE_FORGET_H
#define MQ_SHARE_FORGET_H

#include "client/client.h"

/*
 * Removes what is kept of a topic that is there no more, under the admin lock,
 * so that it is not made anew meanwhile.  Those who have the files open find
 * the topic gone.
 */
int mq_share_forget(struct mq *, const char *topic, int queue, struct mq_err *);
/*
 * Removes a group's directory where nothing is in it and no process: it is that
 * of a queue that was deleted.  Where somebody is in it, it is his to do.
 */
void mq_share_forget_group(struct mq *, const char *group);
/*
 * Whether a queue may have the name: 0, or -1 MQ_INCONSISTENT_GROUP_PROTOCOL
 * where there is a consumer group, or a share group that has read another
 * topic.
 */
int mq_share_name_free(struct mq *, const char *queue, struct mq_err *);
/*
 * Whether the topic that was read is there still, after files of it were made:
 * 0, or -1 MQ_UNKNOWN_TOPIC_OR_PARTITION, and they are gone.
 */
int mq_share_remember(struct mq *, const struct mq_topic_file *,
    struct mq_err *);

#endif
