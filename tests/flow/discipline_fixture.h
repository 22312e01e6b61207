// SPDX-License-Identifier: Apache-2.0
#ifndef TEST_DISCIPLINE_FIXTURE_H
#define TEST_DISCIPLINE_FIXTURE_H

#include "strategy/discipline.h"

#include "fixture.h"

static inline void give_discipline(struct fixture *x, const char *name)
{
    struct edge_spec *e = &x->stage.edge;
    e->discipline = weir_discipline_find(name);
    assert_non_null(e->discipline);
    weir_params_defaults(e->discipline->params, &e->discipline_state);
}

// Sets a parameter by its key.
static inline void set_param(struct fixture *x, const char *key, double value)
{
    struct edge_spec *e = &x->stage.edge;
    for (size_t i = 0; e->discipline->params[i].key; i++)
        if (strcmp(e->discipline->params[i].key, key) == 0) {
            e->discipline_state.params[i] = value;
            return;
        }
    fail_msg("%s has no parameter %s", e->discipline->name, key);
}

// Brings every duration among the parameters from the scale of a network down to `rate` records a second, so
// that a run of a fraction of a second sees all of a discipline.
static inline void shorten(struct fixture *x, double rate)
{
    struct edge_spec *e = &x->stage.edge;
    const struct weir_param_spec *params = e->discipline->params;
    for (size_t i = 0; params && params[i].key; i++)
        if (params[i].type == WEIR_PARAM_DURATION) {
            double most = 10e9 / rate, value = params[i].fallback * 500 / rate;
            e->discipline_state.params[i] = value < most ? value : most;
        }
}

#endif
