/* SPDX-License-Identifier: ISC */
/* CRC-32C (Castagnoli, RFC 3720 B.4), the checksum of Kafka's record batch. */
#ifndef MQ_CRC32C_H
#define MQ_CRC32C_H

#include <stddef.h>
#include <stdint.h>

uint32_t mq_crc32c(const void *data, size_t len);

#endif
