// SPDX-License-Identifier: Apache-2.0
// A record's bytes and a chain over them. The bytes lie at the end of a heap block of exactly their room, so
// that a sanitizer sees every step beyond.
#ifndef TESTS_PROCESS_TEST_H
#define TESTS_PROCESS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "process/chain.h"
#include "process/json.h"
#include "process/syslog.h"

#include <cmocka.h>

static inline struct process_item item_of(const void *bytes, size_t size, size_t room)
{
    struct process_item item = {.bytes = malloc(room ? room : 1), .size = size, .room = room};
    assert_non_null(item.bytes);
    memcpy(item.bytes, bytes, size);
    return item;
}

// Runs to the end, giving room as it is asked for.
static inline enum process_result run_all(const struct chain *chain, struct process_item *item)
{
    enum process_result result;
    while ((result = chain_run(chain, item)) == PROCESS_GROW) {
        assert_true(item->wanted > item->room);
        unsigned char *bytes = realloc(item->bytes, item->wanted);
        assert_non_null(bytes);
        item->bytes = bytes;
        item->room = item->wanted;
    }
    return result;
}

#define CHAIN_OF(...)                                                                                        \
    {                                                                                                        \
        .list = (struct processor[]){__VA_ARGS__},                                                           \
        .count = sizeof((struct processor[]){__VA_ARGS__}) / sizeof(struct processor)                        \
    }

#endif
