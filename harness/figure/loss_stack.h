// SPDX-License-Identifier: Apache-2.0
// What points have lost, by reason.
#ifndef FIGURE_LOSS_STACK_H
#define FIGURE_LOSS_STACK_H

#include "figure/sheet.h"
#include "report/input.h"
#include "strategy/loss.h"

enum { LOSS_REASONS = WEIR_LOSS_COUNT + 1 }; // refused_final is the last

struct loss_stack {
    double generated, lost[LOSS_REASONS];
    size_t cells;
};

void loss_stack(const struct report_point *p, struct loss_stack *stack); // adds the point's cells that are ok
const char *loss_reason(int reason);                                     // its name
double loss_total(const struct loss_stack *stack);
double loss_share(const struct loss_stack *stack); // of what was generated; 0 of nothing
// 95 % interval of the share as if records were lost independently (Wilson).
void loss_interval(const struct loss_stack *stack, double *lo, double *hi);

// Along the top of the sheet, in as many lines as it takes: squares with the names of the reasons that are
// `there`. First the room for it above the panels, in points.
double loss_key_height(double width, const bool there[LOSS_REASONS]);
void loss_key(struct sheet *s, const bool there[LOSS_REASONS]);

#endif
