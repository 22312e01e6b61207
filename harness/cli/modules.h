// SPDX-License-Identifier: Apache-2.0
// Queues from shared objects: --queue ./mine.so.
#ifndef CLI_MODULES_H
#define CLI_MODULES_H

void modules_enable(void); // scenarios may name a module from now on

#endif
