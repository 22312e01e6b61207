// SPDX-License-Identifier: Apache-2.0
// Messages on their way between the senders and the receiver of a simulated wire, in order, without a bound
// of their own.
#ifndef SIM_MAILBOX_H
#define SIM_MAILBOX_H

#include "flow/wire.h"

struct letter {
    struct wire_message message; // its payload is not kept: it is a function of the identity
    uint64_t charge;             // what the wire counts it for
};

struct mailbox {
    struct letter *ring;
    size_t room, head, len;
};

bool mailbox_put(struct mailbox *m, struct letter letter); // false when memory ends
bool mailbox_take(struct mailbox *m, struct letter *letter);
void mailbox_free(struct mailbox *m);

// The record that arrives as this message, as a live wire would make it: its payload is what is left behind
// the `header` bytes of identity. NULL when memory ends.
struct record *record_of_message(const struct wire_setup *setup, const struct wire_message *m, size_t header);

#endif
