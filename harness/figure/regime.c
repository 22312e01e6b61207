// SPDX-License-Identifier: Apache-2.0
#include "figure/regime.h"

struct regime_verdict regime_judge(const struct regime_candidate *list, size_t count)
{
    struct regime_verdict v = {.left = count};
    for (size_t i = 0; i < count; i++)
        v.stays[i] = true;
    for (int q = 0; q < REGIME_QUESTIONS && (q == 0 || v.left > 1); q++) {
        size_t best = count;
        for (size_t i = 0; i < count; i++)
            if (v.stays[i] && (best == count || list[i].of[q].mid < list[best].of[q].mid))
                best = i;
        v.best = best;
        v.question = q;
        v.left = 0;
        for (size_t i = 0; i < count; i++) {
            v.stays[i] = v.stays[i] && list[i].of[q].lo <= list[best].of[q].hi;
            v.left += v.stays[i];
        }
    }
    return v;
}
