// SPDX-License-Identifier: Apache-2.0
#include "liar.h"

#define Q_NAME     liar
#define Q_SUMMARY  "a queue that lies"
#define Q_CONTRACT "none"
#define Q_TYPE     struct liar
#define Q_BYTES(c) spsc_bytes((c)->capacity, weir_slot_words((c)->item_bytes), (c)->batch)
#define Q_INIT(q, memory, c)                                                                                 \
    liar_init((q), (memory), (c)->capacity, weir_slot_words((c)->item_bytes), (c)->batch)
#define Q_PUSH_N    liar_push
#define Q_POP_N     liar_pop
#define Q_LEN(q)    spsc_len(&(q)->ring)
#define Q_CLOSE(q)  spsc_close(&(q)->ring)
#define Q_CLOSED(q) spsc_closed(&(q)->ring)

#if defined(LIAR_IN_PLACE)
#define Q_CAPS                 (WEIR_Q_BATCH | WEIR_Q_IN_PLACE)
#define Q_RESERVE(q, n, first) spsc_try_reserve(&(q)->ring, (n), (first))
#define Q_SLOT(q, first, i)    spsc_slot(&(q)->ring, (first), (i))
#define Q_COMMIT(q, first, n)  spsc_commit(&(q)->ring, (first), (n))
#define Q_PEEK                 liar_peek
#define Q_RELEASE              liar_release
#else
#define Q_CAPS WEIR_Q_BATCH
#endif
#if defined(LIAR_COPYING)
#define Q_COPY_PUSH_N liar_push
#define Q_COPY_POP_N  liar_pop
#endif

#include "queue/adapter.h"

#include "bench/export.h"
