// SPDX-License-Identifier: Apache-2.0
#include "gate/instructions.h"

#include <stdio.h>
#include <string.h>

#include "gate/command.h"

enum { CANNOT_TELL = 77, TEXT = 1024, LIMIT_S = 60 };

static const double least_share = 0.005, least_count = 1;

const char *count_verdict_name(enum count_verdict verdict)
{
    static const char *const names[] = {"SAME", "MORE", "FEWER"};
    return names[verdict];
}

enum count_verdict gate_count_judge(double base, double candidate)
{
    double more = candidate - base;
    double size = more < 0 ? -more : more;
    if (size <= least_count || size <= least_share * base)
        return COUNT_SAME;
    return more > 0 ? COUNT_MORE : COUNT_FEWER;
}

// The next line "THREADS xN COUNT". NULL after the last.
static const char *next_row(const char *text, char path[32], double *count)
{
    char threads[16], batch[8];
    while (text && *text) {
        const char *end = strchr(text, '\n');
        int fields = sscanf(text, "%15s %7s %lf", threads, batch, count);
        text = end ? end + 1 : text + strlen(text);
        if (fields == 3) {
            snprintf(path, 32, "%s %s", threads, batch);
            return text;
        }
    }
    return NULL;
}

size_t gate_count_join(struct gate_counts *counts, const char *queue, const char *base, const char *candidate)
{
    size_t added = 0;
    struct count_row row = {.base = 0};
    snprintf(row.queue, sizeof row.queue, "%.63s", queue);
    while ((base = next_row(base, row.path, &row.base)) != NULL) {
        char path[32];
        for (const char *p = candidate; (p = next_row(p, path, &row.candidate)) != NULL;)
            if (strcmp(path, row.path) == 0 && counts->count < COUNT_ROWS_MOST) {
                row.verdict = gate_count_judge(row.base, row.candidate);
                counts->rows[counts->count++] = row;
                added++;
                break;
            }
    }
    return added;
}

bool gate_count(struct gate_counts *counts, const char *tool, const char *queue, const char *base,
                const char *candidate, bool (*cut)(void *context), void *context)
{
    const char *side[2] = {base, candidate};
    char text[2][TEXT] = {"", ""};
    for (int i = 0; i < 2; i++) {
        int code = 0;
        const char *const argv[] = {tool, side[i], NULL};
        struct command_run run = {.argv = argv,
                                  .text = text[i],
                                  .text_size = TEXT,
                                  .code = &code,
                                  .limit_s = LIMIT_S,
                                  .cut = cut,
                                  .context = context};
        enum command_end end = command_run(&run);
        if (end == COMMAND_CUT)
            return false;
        if (end == COMMAND_DONE)
            continue;
        snprintf(counts->skipped, sizeof counts->skipped, "%s",
                 end == COMMAND_MISSING ? "weir-count is not beside this weir"
                 : code == CANNOT_TELL  ? "no counter of the processor (perf_event_open) and no valgrind"
                                        : "a module could not be counted");
        return true;
    }
    if (gate_count_join(counts, queue, text[0], text[1]) == 0)
        snprintf(counts->skipped, sizeof counts->skipped, "%.60s has no path that both sides have", queue);
    return true;
}
