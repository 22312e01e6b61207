// SPDX-License-Identifier: Apache-2.0
// Labels in a column, for curves whose right ends are their order.
#include "figure/labels.h"

#include <math.h>
#include <stdlib.h>

#include "figure/font.h"

enum { GAP = 10 }; // from the frame to the column

double labels_room(const struct label *labels, size_t count)
{
    double most = 0;
    for (size_t i = 0; i < count; i++)
        most = fmax(most, font_width(labels[i].text, SHEET_TEXT_PT));
    return most + GAP + 3;
}

static int by_height(const void *a, const void *b)
{
    const struct label *p = a, *q = b;
    if (p->y != q->y)
        return p->y > q->y ? -1 : 1;
    return (p->x < q->x) - (p->x > q->x);
}

// Heights as near to the wanted ones as the order and one line each allow: neighbours that would overlap form
// a block around the mean of what they want (pool adjacent violators, the least-squares solution), and the
// blocks are pushed into the frame.
static void spread(double *at, const double *wanted, size_t count, double lo, double hi)
{
    struct block {
        double sum; // of what the members want, as if they stood where the first stands
        size_t first, count;
    } *blocks = calloc(count + 1, sizeof *blocks);
    size_t n = 0;
    for (size_t i = 0; blocks && i < count; i++) {
        blocks[n++] = (struct block){wanted[i], i, 1};
        while (n > 1) {
            struct block *upper = &blocks[n - 2], *lower = &blocks[n - 1];
            double top = upper->sum / (double)upper->count, below = lower->sum / (double)lower->count;
            if (top - LABEL_LINE * (double)upper->count >= below)
                break;
            upper->sum += lower->sum + LABEL_LINE * (double)(upper->count * lower->count);
            upper->count += lower->count;
            n--;
        }
    }
    for (size_t b = 0; b < n; b++)
        for (size_t i = 0; i < blocks[b].count; i++)
            at[blocks[b].first + i] = blocks[b].sum / (double)blocks[b].count - LABEL_LINE * (double)i;
    free(blocks);
    for (size_t i = 0; i < count; i++)
        at[i] = fmin(at[i], i ? at[i - 1] - LABEL_LINE : hi);
    for (size_t i = count; i-- > 0;)
        at[i] = fmax(at[i], i + 1 < count ? at[i + 1] + LABEL_LINE : lo);
}

void labels_beside(struct sheet *s, int panel, struct label *labels, size_t count)
{
    const struct sheet_panel *p = &s->panels[panel - 1];
    double right = p->frame[1] * s->width, lo = p->frame[2] * s->height, hi = p->frame[3] * s->height;
    double *wanted = calloc(2 * count + 1, sizeof *wanted), *at = wanted + count;
    if (wanted == NULL) {
        s->short_of_memory = true;
        return;
    }
    qsort(labels, count, sizeof *labels, by_height);
    for (size_t i = 0; i < count; i++)
        wanted[i] = sheet_y_pt(s, panel, labels[i].y);
    spread(at, wanted, count, lo + 2, hi);
    for (size_t i = 0; i < count; i++) {
        char ink[STYLE_COLOUR_SIZE];
        double x = fmin(sheet_x_pt(s, panel, labels[i].x), right);
        style_text_colour(labels[i].colour, ink);
        sheet_leader(s, x + 1.5, wanted[i], right + GAP - 1.5, at[i]);
        sheet_text(s, right + GAP, at[i], "left", labels[i].text, ink, SHEET_TEXT_PT, false);
    }
    free(wanted);
}
