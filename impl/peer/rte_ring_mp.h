// SPDX-License-Identifier: Apache-2.0
// rte_ring in its default mode for several producers and several consumers, however many there are.
#define RTE_RING_MANY true
#define Q_NAME        rte_ring_mp
#define Q_SUMMARY     "DPDK's rte_ring (burst), default multi-producer and multi-consumer mode"
#include "peer/rte_ring.h"
