/* SPDX-License-Identifier: ISC */
/*
 * What went wrong, in the caller's own memory: a code for the wire, an errno
 * for the system, and one sentence for the person.  Functions that can fail
 * take a struct mq_err and return -1 or NULL after they filled it in; callers
 * put what they know in front of the sentence on its way out.
 */
#ifndef MQ_ERR_H
#define MQ_ERR_H

#define MQ_ERR_TEXT 1024

/* Kafka's error codes, by Kafka's names (protocol page, "Error Codes"). */
enum mq_code {
	MQ_UNKNOWN_SERVER_ERROR = -1,
	MQ_NONE = 0,
	MQ_OFFSET_OUT_OF_RANGE = 1,
	MQ_CORRUPT_MESSAGE = 2,
	MQ_UNKNOWN_TOPIC_OR_PARTITION = 3,
	MQ_REQUEST_TIMED_OUT = 7,
	MQ_MESSAGE_TOO_LARGE = 10,
	MQ_NETWORK_EXCEPTION = 13,
	MQ_COORDINATOR_NOT_AVAILABLE = 15,
	MQ_INVALID_TOPIC = 17,
	MQ_NOT_ENOUGH_REPLICAS = 19,
	MQ_TOPIC_AUTHORIZATION_FAILED = 29,
	MQ_INCONSISTENT_GROUP_PROTOCOL = 23,
	MQ_INVALID_GROUP_ID = 24,
	MQ_UNKNOWN_MEMBER_ID = 25,
	MQ_INVALID_TIMESTAMP = 32,
	MQ_UNSUPPORTED_VERSION = 35,
	MQ_TOPIC_ALREADY_EXISTS = 36,
	MQ_INVALID_PARTITIONS = 37,
	MQ_INVALID_CONFIG = 40,
	MQ_INVALID_REQUEST = 42,
	MQ_KAFKA_STORAGE_ERROR = 56,
	MQ_NON_EMPTY_GROUP = 68,
	MQ_GROUP_ID_NOT_FOUND = 69,
	MQ_UNSUPPORTED_COMPRESSION_TYPE = 76,
	MQ_INVALID_RECORD = 87,
	MQ_INVALID_RECORD_STATE = 121
};

struct mq_err {
	int code;		/* enum mq_code */
	int sys;		/* errno, or 0 */
	char text[MQ_ERR_TEXT]; /* one sentence, without a newline */
};

#endif
