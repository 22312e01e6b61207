// SPDX-License-Identifier: Apache-2.0
// Markdown: the page (markdown.c) and its tables (markdown_tables.c).
#ifndef REPORT_MARKDOWN_H
#define REPORT_MARKDOWN_H

#include "report/input.h"
#include "result/summary.h"

void markdown_text(FILE *out, const char *text); // one line, what would be markup escaped

void markdown_group(FILE *out, const struct summary_group *group); // of a run
void markdown_bench(FILE *out, const struct report_input *in);
void markdown_conform(FILE *out, const struct report_input *in);

#endif
