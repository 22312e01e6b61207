// SPDX-License-Identifier: Apache-2.0
// The line that shows how far something has come, as rich as the terminal is wide.
#ifndef CLI_PROGRESS_TEXT_H
#define CLI_PROGRESS_TEXT_H

#include <stdbool.h>
#include <stddef.h>

enum { PROGRESS_JOBS_MAX = 2, PROGRESS_NAME_MAX = 128 };

// What runs now. Negative figures are not known.
struct progress_job {
    char name[PROGRESS_NAME_MAX];
    double share; // of its time that is over; above 1: it drains
    double loss, p99_ns;
};

struct progress_view {
    size_t finished, total;
    double left_s; // negative: not known
    struct progress_job jobs[PROGRESS_JOBS_MAX];
    size_t job_count;
};

// Writes the richest form that fits into `columns`; the poorest when none does.
void progress_text(char *line, size_t size, const struct progress_view *v, size_t columns);

#endif
