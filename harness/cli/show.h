// SPDX-License-Identifier: Apache-2.0
// What a run prints when it ends.
#ifndef CLI_SHOW_H
#define CLI_SHOW_H

#include <jansson.h>

#include "cli/run.h"

void show_result(const struct run *run); // the table and sentences, or the document with --json
// One line on standard error for each expectation that failed, and with `cells_too` for each cell that is
// invalid or failed (the table has these already). Answers the exit code that they mean.
enum exit_code show_problems(const json_t *document, bool cells_too);

#endif
