// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "figure/figure.h"
#include "figure/pictures.h"

#define MEASURED (REPORT_RUN | REPORT_BENCH)

static const struct figure figures[] = {
    {"latency", "Latency by percentile", "How long do records take, up to the slowest of many?", MEASURED,
     false, latency_pages, latency_fill},
    {"ccdf", "Share of records slower than a time",
     "How heavy is the tail, and how much of it is waiting before the door?", MEASURED, false, ccdf_pages,
     ccdf_fill},
    {"load", "Latency and goodput over offered load", "Up to which load does it hold, and what comes then?",
     REPORT_RUN, false, load_pages, load_fill},
    {"loss", "Loss by reason", "How much is lost, at which load, and for which reason?", REPORT_RUN, false,
     loss_pages, loss_fill},
    {"pareto", "Loss against latency", "Which choice loses least for its latency?", REPORT_RUN, false,
     pareto_pages, pareto_fill},
    {"timeline", "Rates, depth and p99 over time", "What happens when, and how long does it last?",
     REPORT_RUN, false, timeline_pages, timeline_fill},
    {"heatmap", "Latency over time", "Do all records wait alike, and when do they wait?", REPORT_RUN, false,
     heatmap_pages, heatmap_fill},
    {"strips", "Every repetition", "How far do repetitions of the same lie apart?", MEASURED, false,
     strips_pages, strips_fill},
    {"bars", "Time an item", "What does a hand-off cost, and what could it cost at best?", REPORT_BENCH,
     false, bars_pages, bars_fill},
    {"forest", "Ratios with intervals", "Which queue is faster than which, and how sure is that?",
     REPORT_BENCH, false, forest_pages, forest_fill},
    {"gate", "Candidate against base", "Has the candidate become slower, and how sure is that?", REPORT_GATE,
     true, gate_pages, gate_fill},
    {"history", "Ratios to a reference over time",
     "When has a cell become slower or faster, and by how much?", REPORT_HISTORY, true, history_pages,
     history_fill},
    {"regimes", "Regime map", "Which strategy is best at which load and burstiness?", REPORT_RUN, false,
     regimes_pages, regimes_fill},
};

const struct figure *figure_at(size_t i)
{
    return i < sizeof figures / sizeof *figures ? &figures[i] : NULL;
}

const struct figure *figure_find(const char *name)
{
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        if (strcmp(figures[i].name, name) == 0)
            return &figures[i];
    return NULL;
}
