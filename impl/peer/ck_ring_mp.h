// SPDX-License-Identifier: Apache-2.0
// ck_ring with the operations for several producers and several consumers, however many there are.
#define CK_RING_MANY true
#define Q_NAME       ck_ring_mp
#define Q_SUMMARY    "Concurrency Kit's ck_ring, multi-producer and multi-consumer operations"
#include "peer/ck_ring.h"
