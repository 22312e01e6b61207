// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "report/format.h"

#define MEASURED (REPORT_RUN | REPORT_BENCH)
#define ALL      (MEASURED | REPORT_CONFORM)

static const struct report_format formats[] = {
    {"markdown", "report.md", "tables to read, every cell with its status", ALL, false, report_markdown, NULL,
     NULL},
    {"cells", "cells.csv", "every figure of every cell, one a row (CSV)", MEASURED, false, report_cells_csv,
     NULL, NULL},
    {"series", "series-ok.csv", "figures per 100 ms of the cells that are ok (CSV)", REPORT_RUN, true,
     report_series_csv, NULL, NULL},
    {"junit", "junit.xml", "JUnit XML: a test for each cell, each expectation, each check", ALL, false,
     report_junit, NULL, NULL},
    {"google-benchmark", "google-benchmark.json", "Google Benchmark's JSON, for its compare.py", MEASURED,
     true, report_google, NULL, NULL},
    {"go-benchmark", "go-benchmark.txt", "Go's benchmark text, for benchstat", MEASURED, true, report_go,
     NULL, NULL},
    {"openmetrics", "metrics.txt", "OpenMetrics text, for Prometheus", MEASURED, true, report_openmetrics,
     NULL, NULL},
    {"github-smaller", "github-smaller.json",
     "github-action-benchmark, customSmallerIsBetter: times and loss", MEASURED, true, report_github_smaller,
     NULL, NULL},
    {"github-bigger", "github-bigger.json", "github-action-benchmark, customBiggerIsBetter: rates", MEASURED,
     true, report_github_bigger, NULL, NULL},
    {"bencher", "bencher.json", "Bencher Metric Format, with bounds", MEASURED, true, report_bencher, NULL,
     NULL},
    {"hlog", "latency.hlog", "HdrHistogram interval log 1.3: every histogram, nothing lost", MEASURED, true,
     report_hlog, NULL, NULL},
    {"hgrm", "*.hgrm", "HdrHistogram percentiles in milliseconds, a file a distribution", MEASURED, true,
     report_hgrm, report_hgrm_parts, report_hgrm_name},
};

const struct report_format *report_format_at(size_t i)
{
    return i < sizeof formats / sizeof *formats ? &formats[i] : NULL;
}

const struct report_format *report_format_find(const char *name)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    return NULL;
}

const char *report_kind_name(enum report_kind kind)
{
    return kind == REPORT_RUN       ? "a run"
           : kind == REPORT_BENCH   ? "a bench"
           : kind == REPORT_GATE    ? "a gate"
           : kind == REPORT_HISTORY ? "a history"
                                    : "a conformance check";
}
