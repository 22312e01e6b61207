// SPDX-License-Identifier: Apache-2.0
#include "cli/values.h"

#include <string.h>

#include "bench/bench.h"
#include "bench/peers.h"
#include "cli/formats.h"
#include "cli/suggest.h"
#include "conform/conform.h"
#include "plot/draw.h"
#include "queue/queue.h"
#include "result/text.h"
#include "scenario/schema.h"
#include "scenario/strategies.h"

const char *value_engines(unsigned command, size_t index)
{
    (void)command;
    return schema_key(&schema_top, "engine")->choice(index);
}

const char *value_strategies(unsigned command, size_t index)
{
    (void)command;
    return edge_strategy_name_at(index);
}

const char *value_waits(unsigned command, size_t index)
{
    (void)command;
    return index < WEIR_WAIT_KINDS ? weir_wait_name((enum weir_wait_kind)index) : NULL;
}

const char *value_regimes(unsigned command, size_t index)
{
    (void)command;
    return index < BENCH_REGIMES ? bench_regime_name((enum bench_regime)index) : NULL;
}

const char *value_pins(unsigned command, size_t index)
{
    (void)command;
    return index < BENCH_PINS ? bench_pin_name((enum bench_pin)index) : NULL;
}

const char *value_loads(unsigned command, size_t index)
{
    (void)command;
    return index == 0 ? "closed" : NULL;
}

const char *value_checks(unsigned command, size_t index)
{
    (void)command;
    return conform_at(index) ? conform_at(index)->name : NULL;
}

const char *value_formats(unsigned command, size_t index)
{
    (void)command;
    return format_at(index) ? format_at(index)->name : NULL;
}

const char *value_pictures(unsigned command, size_t index)
{
    (void)command;
    return plot_format_name(index);
}

const char *value_figures(unsigned command, size_t index)
{
    (void)command;
    return figure_at(index) ? figure_at(index)->name : NULL;
}

const char *value_backends(unsigned command, size_t index)
{
    (void)command;
    return index < PLOT_BACKENDS ? plot_backend_name((enum plot_backend)index) : NULL;
}

const char *value_colours(unsigned command, size_t index)
{
    (void)command;
    return text_colour_name((enum text_colour)index);
}

const char *value_commands(unsigned command, size_t index)
{
    (void)command;
    return command_table[index].name;
}

static size_t queue_count(void)
{
    size_t n = 0;
    while (weir_queue_at(n))
        n++;
    return n;
}

const char *value_bench_queues(unsigned command, size_t index)
{
    (void)command;
    size_t own = queue_count();
    if (index < own)
        return weir_queue_at(index)->name;
    return bench_peer_at(index - own) ? bench_peer_at(index - own)->name : NULL;
}

const char *value_queues(unsigned command, size_t index)
{
    static const char *const groups[] = {"all", "peers"};
    size_t own = queue_count();
    if (!(command & CMD_BENCH))
        return index < own ? weir_queue_at(index)->name : NULL;
    if (index < 2)
        return groups[index];
    return value_bench_queues(command, index - 2);
}

bool value_read_name(const struct options *o, enum option_id id, size_t *index, struct error *e)
{
    const struct option_spec *spec = &option_table[id];
    struct suggestion best = {0};
    const char *name;
    if (!o->given[id])
        return true;
    for (size_t i = 0; (name = spec->values(o->command->bit, i)) != NULL; i++) {
        if (strcmp(name, o->value[id]) == 0) {
            *index = i;
            return true;
        }
        suggest(&best, o->value[id], name);
    }
    if (best.text)
        return fail(e, EXIT_USAGE, "--%s: not '%s' (did you mean '%s'?)", spec->name, o->value[id],
                    best.text);
    return fail(e, EXIT_USAGE, "--%s: '%s' is not one of %s", spec->name, o->value[id], spec->argument);
}
