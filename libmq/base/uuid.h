/* SPDX-License-Identifier: ISC */
/* Kafka's Uuid: 16 random bytes as 22 characters of URL-safe base64. */
#ifndef MQ_UUID_H
#define MQ_UUID_H

#define MQ_UUID_TEXT 23 /* with the NUL */

/* Fills text; it never starts with '-', so that it is no option. */
int mq_uuid_random(char text[MQ_UUID_TEXT]);

#endif
