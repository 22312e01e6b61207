// SPDX-License-Identifier: Apache-2.0
// A module with the fault that BAD_FAULT names.
#include "bad.h"

#define Q_NAME                    bad
#define Q_SUMMARY                 "right but for one fault"
#define Q_CONTRACT                "strict"
#define Q_CAPS                    (WEIR_Q_MULTI_PRODUCER | WEIR_Q_MULTI_CONSUMER | WEIR_Q_BATCH | WEIR_Q_EVICT | WEIR_Q_STRICT)
#define Q_TYPE                    struct bad
#define Q_BYTES(config)           (((config)->capacity + 1) * sizeof(uint64_t))
#define Q_INIT(q, memory, config) bad_init((q), (memory), (config)->capacity)
#define Q_DESTROY                 bad_destroy
#define Q_PUSH_N                  bad_push_n
#define Q_POP_N                   bad_pop_n
#define Q_LEN                     bad_len
#define Q_CLOSE(q)                ((q)->closed = true)
#define Q_CLOSED(q)               ((q)->closed)

#include "queue/adapter.h"

#include "bench/export.h"
