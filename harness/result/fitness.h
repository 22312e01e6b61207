// SPDX-License-Identifier: Apache-2.0
// Can measurements on this machine be trusted? Facts and noise, each with what it means; for `weir doctor`,
// which has just measured them, and for reports, which read them from a document.
#ifndef RESULT_FITNESS_H
#define RESULT_FITNESS_H

#include <stddef.h>

#include "result/env.h"

enum { FITNESS_FINDINGS_MAX = 12 };

enum fitness_weight { FITNESS_GOOD, FITNESS_NOTED, FITNESS_UNFIT };

// One fact, what it means here, and whether measurements can be trusted in spite of it.
struct finding {
    const char *name;
    char text[200];
    enum fitness_weight weight;
};

struct fitness {
    struct finding list[FITNESS_FINDINGS_MAX];
    size_t count;
};

// Judges a machine. `read_through`: by which means its clock was read, NULL when nobody knows any more.
void fitness_judge(struct fitness *f, const struct env_facts *machine, const struct env_noise *noise,
                   const char *read_through);
enum fitness_weight fitness_worst(const struct fitness *f);
const char *fitness_weight_name(enum fitness_weight weight); // "good", "noted", "unfit"

#endif
