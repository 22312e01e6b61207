// SPDX-License-Identifier: Apache-2.0
// The processors one by one; chain.c calls them.
#ifndef PROCESS_STEPS_H
#define PROCESS_STEPS_H

#include "process/chain.h"

// Finds out the form of the text, once; a text without one makes the item malformed.
enum text_form item_form(struct process_item *item);

void redact_item(const struct processor *p, struct process_item *item);
enum process_result attribute_item(const struct processor *p, struct process_item *item);

#endif
