// SPDX-License-Identifier: Apache-2.0
// The formats of `weir report`: one table from which the parser, the help page, `weir list formats` and the
// tests are made. A format is one function that writes a run to a stream; where that goes is output.h's
// affair.
#ifndef REPORT_FORMAT_H
#define REPORT_FORMAT_H

#include "report/input.h"

struct report_format {
    const char *name;
    const char *file; // its name in the run's folder; several files: what stands before and after each one's
                      // own part, "*" between
    const char *help; // one line
    unsigned kinds;   // enum report_kind: the documents it makes sense for
    bool results;     // exports results: cells that are not ok are named at most, and without any ok it is an
                      // error
    // Writes the run. `part`: which file of several, else 0. False with *e (EXIT_USAGE) when this run has not
    // what the format needs.
    bool (*write)(FILE *out, const struct report_input *in, size_t part, struct error *e);
    // Several files only (else NULL): how many, and what each is called.
    size_t (*parts)(const struct report_input *in);
    void (*part_name)(const struct report_input *in, size_t part, char *name, size_t size);
};

const struct report_format *report_format_at(size_t i); // NULL after the last
const struct report_format *report_format_find(const char *name);
const char *report_kind_name(enum report_kind kind); // "a run", "a bench", "a conformance check"

bool report_markdown(FILE *out, const struct report_input *in, size_t part, struct error *e);
bool report_cells_csv(FILE *out, const struct report_input *in, size_t part, struct error *e);
bool report_series_csv(FILE *out, const struct report_input *in, size_t part, struct error *e);
bool report_junit(FILE *out, const struct report_input *in, size_t part, struct error *e);
bool report_google(FILE *out, const struct report_input *in, size_t part, struct error *e);
bool report_go(FILE *out, const struct report_input *in, size_t part, struct error *e);
bool report_openmetrics(FILE *out, const struct report_input *in, size_t part, struct error *e);
bool report_github_smaller(FILE *out, const struct report_input *in, size_t part, struct error *e);
bool report_github_bigger(FILE *out, const struct report_input *in, size_t part, struct error *e);
bool report_bencher(FILE *out, const struct report_input *in, size_t part, struct error *e);
bool report_hlog(FILE *out, const struct report_input *in, size_t part, struct error *e);
bool report_hgrm(FILE *out, const struct report_input *in, size_t part, struct error *e);
size_t report_hgrm_parts(const struct report_input *in);
void report_hgrm_name(const struct report_input *in, size_t part, char *name, size_t size);

#endif
