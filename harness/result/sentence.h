// SPDX-License-Identifier: Apache-2.0
// What a scenario showed, in one sentence made from its figures.
#ifndef RESULT_SENTENCE_H
#define RESULT_SENTENCE_H

#include <stdio.h>

#include "result/summary.h"

// "slow-sink: block lost nothing and paid with p99 1.9 s; ..." and a newline.
void sentence_print(FILE *out, const struct summary_group *group);
// The same without the name before it and the newline behind it.
void sentence_say(FILE *out, const struct summary_group *group);

#endif
