// SPDX-License-Identifier: Apache-2.0
// One function a subcommand. Each answers the exit code.
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/options.h"
#include "scenario/scenario.h"

int cmd_run(const struct options *o);
int cmd_bench(const struct options *o);
int cmd_conform(const struct options *o);
int cmd_list(const struct options *o);
int cmd_preview(const struct options *o);
int cmd_plot(const struct options *o);
int cmd_report(const struct options *o);
int cmd_gate(const struct options *o);
int gate_self_test(const struct options *o); // weir gate --self-test
int cmd_history(const struct options *o);
int cmd_compare(const struct options *o);
int cmd_completion(const struct options *o);
int cmd_doctor(const struct options *o);
int cmd_help(const struct options *o);

int print_manual(const struct options *o); // `weir help --man`

int cli_main(int argc, char **argv);

const char *list_kind_at(unsigned command, size_t index); // what `weir list` takes; NULL after the last

void compare_help(FILE *out); // the figures, for the help page
void report_help(FILE *out);  // the formats, for the help page
void plot_help(FILE *out);    // the figures, for the help page

struct report_input;
// One line on standard error when the run's histograms are not whole.
void tell_lost_histograms(const struct report_input *in);

// Prints "weir: " and the error's lines on standard error, answers its code.
int tell_error(const struct error *e);
// Flushes standard output: an answer that did not arrive (a full disk) is not a success.
int finish_output(int code);

// What the options lay over a scenario file.
struct overrides overrides_of(const struct options *o);

#endif
