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
    {"loss", "Loss over offered load", "How much is lost at which load, and for which reason?", REPORT_RUN,
     false, loss_pages, loss_fill},
    {"pareto", "Loss against latency", "Which choice loses least for its latency?", REPORT_RUN, false,
     pareto_pages, pareto_fill},
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
