// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "figure/figure.h"
#include "figure/pictures.h"

#define MEASURED (REPORT_RUN | REPORT_BENCH)

static const struct figure figures[] = {
    {"latency", "Latency by percentile", "How long do records take, up to the slowest of many?", MEASURED,
     false, latency_pages, latency_fill},
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
