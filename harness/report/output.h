// SPDX-License-Identifier: Apache-2.0
// Where reports go: several at once, each whole or not at all.
#ifndef REPORT_OUTPUT_H
#define REPORT_OUTPUT_H

#include "report/format.h"

// One that was asked for. `file` NULL: under the format's own name in the run's folder; "-": standard output.
struct report_order {
    const struct report_format *format;
    const char *file;
};

// Makes all of them first and writes them then, files atomically: an order that cannot be carried out leaves
// nothing behind. False with *e; EXIT_USAGE: an order that makes no sense (two to one file, a folder that is
// not there, a format that this document has nothing for, a file that the report is made of).
bool report_write(const struct report_input *in, const struct report_order *orders, size_t count,
                  struct error *e);

#endif
