// SPDX-License-Identifier: Apache-2.0
// The help pages and what they have in common with the manual pages, which are made from the same tables.
#ifndef CLI_PAGES_H
#define CLI_PAGES_H

#include "cli/options.h"

struct page_line {
    const char *name, *text;
};

extern const struct page_line page_exit_status[]; // ends with name NULL

#define PAGE_TITLE "which queue and which backpressure strategy, and what they cost"

bool man_weir(FILE *out, struct error *e);          // weir(1)
bool man_weir_scenario(FILE *out, struct error *e); // weir-scenario(5)

// Completions for a shell, whole: everything that they offer is written into them.
void completion_bash(FILE *out);
void completion_zsh(FILE *out);
void completion_fish(FILE *out);

#endif
