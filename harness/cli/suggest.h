// SPDX-License-Identifier: Apache-2.0
// "Did you mean": the known word closest to one that is not known.
#ifndef CLI_SUGGEST_H
#define CLI_SUGGEST_H

#include <stddef.h>

struct suggestion {
    const char *text; // NULL while nothing was close enough
    size_t distance;
};

// Shows the suggestion one more candidate. Close enough is at most a third of the word's letters wrong.
void suggest(struct suggestion *best, const char *word, const char *candidate);

#endif
