// SPDX-License-Identifier: Apache-2.0
// CRC-32C (Castagnoli): polynomial 0x1edc6f41 reflected, as in RFC 3720 (iSCSI), appendix B.4.
#ifndef BASE_CRC32C_H
#define BASE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

// The checksum of what `crc` is of, followed by `size` bytes at p; 0 to begin with. p may be NULL when size
// is 0. The processor's instruction is used where it has one, with the same answer.
uint32_t crc32c(uint32_t crc, const void *p, size_t size);

#endif
