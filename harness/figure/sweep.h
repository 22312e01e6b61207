// SPDX-License-Identifier: Apache-2.0
// A scenario run at several loads: its points ordered along the rate of a source.
#ifndef FIGURE_SWEEP_H
#define FIGURE_SWEEP_H

#include "figure/figure.h"

enum { SWEEP_LEAST = 3 }; // loads below which there is no curve to see

struct sweep_series {
    struct figure_look look;
    const struct report_point **at; // one a load, NULL where there is none
};

struct sweep {
    const char *key; // the parameter that is the load: "app.rate"
    double *loads;   // its values, ascending
    size_t load_count;
    struct figure_facets facets;
    // Of the facet that sweep_facet chose:
    struct sweep_series *series;
    size_t series_count;
};

// Whether the view is a sweep: a parameter that ends in "rate" has at least SWEEP_LEAST values. The answer is
// static in the document; NULL when there is none.
const char *sweep_key(const struct figure_view *v);

bool sweep_open(struct sweep *w, const struct figure_view *v); // false: no sweep, or memory is short
void sweep_close(struct sweep *w);
bool sweep_facet(struct sweep *w, size_t facet); // false: memory is short

#endif
