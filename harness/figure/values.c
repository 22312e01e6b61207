// SPDX-License-Identifier: Apache-2.0
#include "figure/values.h"

#include <math.h>
#include <stdlib.h>

#include "base/stats.h"
#include "result/jsonx.h"

double figure_number(const json_t *cell, const char *key)
{
    return jsonx_number(cell, key, NAN);
}

double figure_offered(const json_t *cell, const char *key)
{
    const json_t *v = jsonx_find(cell, key);
    return json_is_null(v) ? INFINITY : json_is_number(v) ? json_number_value(v) : NAN;
}

double figure_loss(const json_t *cell, const char *key)
{
    (void)key;
    double generated = jsonx_number(cell, "ledger.generated", 0);
    double lost = jsonx_number(cell, "ledger.lost.total", 0) + jsonx_number(cell, "ledger.refused_final", 0);
    return generated > 0 ? lost / generated : NAN;
}

bool figure_value(const struct report_point *p, figure_metric metric, const char *key,
                  struct figure_value *value)
{
    double *all = calloc(p->count + 1, sizeof *all);
    size_t n = 0;
    for (size_t i = 0; all && i < p->count; i++) {
        double v = report_is_ok(p->cells[i]) ? metric(p->cells[i], key) : NAN;
        if (!isnan(v))
            all[n++] = isinf(v) ? 1e300 : v; // interpolation of infinities would give nan
    }
    struct interval in = stats_median_interval(all, n, 0.95);
    free(all);
    *value = (struct figure_value){in.median > 1e299 ? INFINITY : in.median, in.lo > 1e299 ? INFINITY : in.lo,
                                   in.hi > 1e299 ? INFINITY : in.hi, n};
    return n > 0;
}

void figure_wilson(double part, double whole, double *lo, double *hi)
{
    const double z = 1.959963984540054; // the normal law's 97.5 %
    double share = part / whole, zz = z * z / whole;
    double centre = (share + zz / 2) / (1 + zz);
    double half = z * sqrt(share * (1 - share) / whole + zz / whole / 4) / (1 + zz);
    *lo = part <= 0 ? 0 : centre - half;
    *hi = part >= whole ? 1 : centre + half;
}

void figure_note_reps(struct sheet *s, const struct figure_view *v)
{
    size_t least = SIZE_MAX, most = 0;
    for (size_t i = 0; i < v->count; i++) {
        size_t ok = v->points[i]->ok;
        most = ok > most ? ok : most;
        least = ok && ok < least ? ok : least;
    }
    if (most > 1 && most < 6)
        sheet_note(s, "Points are medians of %zu repetitions, bars their range.", most);
    else if (most > 1)
        sheet_note(s, "Points are medians of %zu repetitions, bars the exact 95 %% interval of the median%s.",
                   most, least < 6 ? " (the range, below six)" : "");
}
