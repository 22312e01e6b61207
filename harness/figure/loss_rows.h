// SPDX-License-Identifier: Apache-2.0
// The figure `loss` of a run at one load: what is lost by which strategy.
#ifndef FIGURE_LOSS_ROWS_H
#define FIGURE_LOSS_ROWS_H

#include "figure/figure.h"

size_t loss_rows_pages(const struct figure_view *v); // 0: nothing was lost, or memory is short
bool loss_rows_fill(struct sheet *s, const struct figure_view *v, size_t page); // false: memory is short

#endif
