// SPDX-License-Identifier: Apache-2.0
#include "strategy/cards.h"

#include "strategy/autoscale.h"
#include "strategy/breaker.h"
#include "strategy/discipline.h"
#include "strategy/fail_open.h"
#include "strategy/list.h"
#include "strategy/pacing.h"
#include "strategy/spill.h"

// A registered strategy has an ops table; those below stand alone at their place.
struct source {
    enum weir_strategy_place place;
    const char *const *name, *const *summary;
    const uint32_t *flags;
    const struct weir_param_spec *const *params;
};

#define FROM(at, ops)  {at, &(ops).name, &(ops).summary, &(ops).flags, &(ops).params},
#define ADMISSION(id)  FROM(WEIR_AT_ADMISSION, weir_strategy_##id)
#define DISCIPLINE(id) FROM(WEIR_AT_DISCIPLINE, weir_discipline_##id)
#define PACING(id)     FROM(WEIR_AT_PACING, weir_pacing_##id)
static const struct source registered[] = {WEIR_STRATEGY_LIST(ADMISSION) FROM(WEIR_AT_ADMISSION, weir_spill)
                                               WEIR_DISCIPLINE_LIST(DISCIPLINE) WEIR_PACING_LIST(PACING)};

static const struct weir_card alone[] = {
    {WEIR_AT_PROCESSING, "fail_open",
     "above a fill mark records skip the processors and are counted as degraded", WEIR_S_STATEFUL,
     weir_fail_open_params},
    {WEIR_AT_SCALING, "autoscale",
     "one worker more when the queue is nearly full, one less when nearly empty", WEIR_S_STATEFUL,
     weir_autoscale_params},
    {WEIR_AT_SENDING, "retry", "a failed or refused attempt is made again, as a real client would", 0, NULL},
    {WEIR_AT_SENDING, "breaker", "after a run of failures nothing is sent for a while, then probes decide",
     WEIR_S_STATEFUL, weir_breaker_params},
};

enum { REGISTERED = sizeof registered / sizeof *registered, ALONE = sizeof alone / sizeof *alone };

bool weir_card_at(size_t index, struct weir_card *card)
{
    if (index < REGISTERED) {
        const struct source *s = &registered[index];
        *card = (struct weir_card){s->place, *s->name, *s->summary, *s->flags, *s->params};
        return true;
    }
    if (index - REGISTERED >= ALONE)
        return false;
    *card = alone[index - REGISTERED];
    return true;
}

const char *weir_place_name(enum weir_strategy_place place)
{
    static const char *const names[] = {
        [WEIR_AT_ADMISSION] = "admission", [WEIR_AT_DISCIPLINE] = "discipline",
        [WEIR_AT_PACING] = "pacing",       [WEIR_AT_PROCESSING] = "processing",
        [WEIR_AT_SCALING] = "scaling",     [WEIR_AT_SENDING] = "sending"};
    return (size_t)place < sizeof names / sizeof *names ? names[place] : NULL;
}
