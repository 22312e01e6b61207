// SPDX-License-Identifier: Apache-2.0
// "Did you mean": the known word closest to one that is not known.
#ifndef CLI_SUGGEST_H
#define CLI_SUGGEST_H

#include "base/error.h"

#include <stddef.h>

struct suggestion {
    const char *text; // NULL while nothing was close enough
    size_t distance;
};

// Shows the suggestion one more candidate. Close enough is at most a third of the word's letters wrong.
void suggest(struct suggestion *best, const char *word, const char *candidate);

// A usage error: `option` names a `kind` that there is not. With the suggestion, or else with `list`, the
// argument of `weir list` that shows all. Always false.
bool fail_unknown(struct error *e, const char *option, const char *kind, const char *name,
                  const struct suggestion *best, const char *list);

#endif
