// SPDX-License-Identifier: Apache-2.0
#include "figure/loss_stack.h"

#include <stdio.h>

#include "figure/font.h"
#include "figure/values.h"
#include "result/jsonx.h"

enum { KEY_LEFT_PT = 6, KEY_LINE_PT = 12 };

const char *loss_reason(int reason)
{
    return reason < WEIR_LOSS_COUNT ? weir_loss_name((enum weir_loss)reason) : "refused_final";
}

void loss_stack(const struct report_point *p, struct loss_stack *stack)
{
    char key[64];
    for (size_t i = 0; i < p->count; i++) {
        if (!report_is_ok(p->cells[i]))
            continue;
        stack->generated += jsonx_number(p->cells[i], "ledger.generated", 0);
        stack->cells++;
        for (int r = 0; r < LOSS_REASONS; r++) {
            snprintf(key, sizeof key, "%s%s", r < WEIR_LOSS_COUNT ? "ledger.lost." : "ledger.",
                     loss_reason(r));
            stack->lost[r] += jsonx_number(p->cells[i], key, 0);
        }
    }
}

double loss_total(const struct loss_stack *stack)
{
    double sum = 0;
    for (int r = 0; r < LOSS_REASONS; r++)
        sum += stack->lost[r];
    return sum;
}

double loss_share(const struct loss_stack *stack)
{
    return stack->generated > 0 ? loss_total(stack) / stack->generated : 0;
}

void loss_interval(const struct loss_stack *stack, double *lo, double *hi)
{
    *lo = *hi = 0;
    if (stack->generated > 0)
        figure_wilson(loss_total(stack), stack->generated, lo, hi);
}

// ---- the key ----
static double key_end(double x, int reason)
{
    return x + SHEET_TEXT_PT + 1 + font_width(loss_reason(reason), SHEET_TEXT_PT);
}

// Where each reason stands, line after line; answers how many lines there are. s NULL: only that.
static int key_lines(double width, const bool there[LOSS_REASONS], struct sheet *s)
{
    double x = KEY_LEFT_PT;
    int lines = 0;
    for (int r = 0; r < LOSS_REASONS; r++) {
        char colour[STYLE_COLOUR_SIZE];
        if (!there[r])
            continue;
        if (lines == 0 || key_end(x, r) > width) {
            x = KEY_LEFT_PT;
            lines++;
        }
        style_reason_colour(loss_reason(r), colour);
        if (s)
            sheet_key(s, x, s->height - 8 - KEY_LINE_PT * (lines - 1), colour, loss_reason(r));
        x = key_end(x, r) + 10;
    }
    return lines;
}

double loss_key_height(double width, const bool there[LOSS_REASONS])
{
    return KEY_LINE_PT * key_lines(width, there, NULL) + 2;
}

void loss_key(struct sheet *s, const bool there[LOSS_REASONS])
{
    key_lines(s->width, there, s);
}
