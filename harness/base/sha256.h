// SPDX-License-Identifier: Apache-2.0
// SHA-256 (FIPS 180-4): what a file is called by when it has no other name that lasts.
#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SHA256_BLOCK = 64, SHA256_TEXT = 65 };

struct sha256 {
    uint32_t state[8];
    uint64_t bytes;
    uint8_t block[SHA256_BLOCK];
};

void sha256_begin(struct sha256 *s);
void sha256_add(struct sha256 *s, const void *data, size_t size);
void sha256_end(struct sha256 *s, char text[SHA256_TEXT]); // as sha256sum prints it

// Of a file. Blocks. False (errno says why) when it cannot be read.
bool sha256_file(const char *path, char text[SHA256_TEXT]);

#endif
