/* SPDX-License-Identifier: ISC */
/*
 * The 32-bit murmur2 of Kafka's Java client (seed 0x9747b28c): keys go to the
 * partition that Java, librdkafka's murmur2 partitioners and mq agree on.
 */
#ifndef MQ_MURMUR2_H
#define MQ_MURMUR2_H

#include <stddef.h>
#include <stdint.h>

uint32_t mq_murmur2(const void *data, size_t len);

#endif
