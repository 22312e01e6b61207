// SPDX-License-Identifier: Apache-2.0
// The parts of a page, one file each.
#ifndef PAGE_PARTS_H
#define PAGE_PARTS_H

#include "report/input.h"
#include "result/summary.h"

// ---- sections ----
struct page_plots;
void page_run(FILE *out, const struct report_input *in, const struct summary *s, struct page_plots *plots);
void page_bench(FILE *out, const struct report_input *in, struct page_plots *plots);
void page_conform(FILE *out, const struct report_input *in);
void page_environment(FILE *out, const struct report_input *in);
void page_commands(FILE *out, const struct report_input *in);

// ---- parts of a section ----
void page_group_table(FILE *out, const struct summary_group *g);
void page_expectations(FILE *out, const struct report_input *in, const struct summary_group *g);
void page_ledger(FILE *out, const struct report_input *in, const struct summary_group *g);
void page_repetitions(FILE *out, const struct report_input *in, const struct summary_group *g);

// ---- plots ----
// NULL: this weir was built without the plotting library, or memory is short. Every function takes that.
struct page_plots *page_plots_open(const struct report_input *in);
void page_plots_close(struct page_plots *p);
// Those of a scenario and engine ("" and "": of the whole document), under a heading; without the library it
// says so.
void page_plots_put(FILE *out, struct page_plots *p, const char *scenario, const char *engine);
bool page_plots_any(const struct page_plots *p, const char *scenario, const char *engine);
void page_plots_data(FILE *out, const struct page_plots *p); // after the last page_plots_put

// ---- what they share ----
bool page_in_group(const json_t *cell, const struct summary_group *g);
// What tells the cell from the group's others: "mpmc, block"; the repetition when there are several.
void page_cell_name(const json_t *cell, const struct summary_group *g, char *name, size_t size);
void page_open_row(FILE *out, const json_t *cell, const struct summary_group *g); // <tr> and its name
// Status and reason of what is no result: a cell of a table.
void page_status(FILE *out, const char *status, const char *more, const char *reason);

#endif
