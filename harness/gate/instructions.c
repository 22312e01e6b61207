// SPDX-License-Identifier: Apache-2.0
#include "gate/instructions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gate/command.h"

enum { CANNOT_USE = 3, ENDS = 5, TEXT = 32768, LIMIT_S = 60 };

static const double least_share = 0.005, least_count = 1;
static const double digits = 0.5e-6; // as weir-count rounds

const char *count_verdict_name(enum count_verdict verdict)
{
    static const char *const names[] = {"SAME", "MORE", "FEWER"};
    return names[verdict];
}

const char *count_kind_name(enum count_kind kind)
{
    static const char *const names[] = {"instructions", "allocations", "system calls"};
    return names[kind];
}

enum count_verdict gate_count_judge(enum count_kind kind, double base, double candidate)
{
    double more = candidate - base;
    double size = more < 0 ? -more : more;
    bool same =
        kind == COUNT_INSTRUCTIONS ? size <= least_count || size <= least_share * base : size <= 2 * digits;
    return same ? COUNT_SAME : more > 0 ? COUNT_MORE : COUNT_FEWER;
}

enum count_verdict count_row_verdict(const struct count_row *row)
{
    bool seen[3] = {false};
    for (size_t k = 0; k < COUNT_KINDS; k++)
        seen[row->figures[k].counted ? row->figures[k].verdict : COUNT_SAME] = true;
    return seen[COUNT_MORE] ? COUNT_MORE : seen[COUNT_FEWER] ? COUNT_FEWER : COUNT_SAME;
}

void gate_count_skip(struct gate_counts *counts, const char *reason)
{
    size_t n = strlen(counts->skipped);
    if (strstr(counts->skipped, reason) == NULL)
        snprintf(counts->skipped + n, sizeof counts->skipped - n, "%s%s", n ? "; " : "", reason);
}

// ---- what weir-count prints ----

struct line {
    char path[96];
    bool counted[COUNT_KINDS];
    double value[COUNT_KINDS];
};

// "PATH\tNUMBER\tNUMBER\tNUMBER", "-" for what was not counted.
static bool read_line(const char *text, size_t size, struct line *line)
{
    char copy[256], *rest = copy;
    if (size >= sizeof copy)
        return false;
    memcpy(copy, text, size);
    copy[size] = '\0';
    const char *path = strsep(&rest, "\t");
    if (*path == '\0' || snprintf(line->path, sizeof line->path, "%s", path) >= (int)sizeof line->path)
        return false;
    for (size_t k = 0; k < COUNT_KINDS; k++) {
        const char *word = strsep(&rest, "\t");
        char *end;
        if (word == NULL)
            return false;
        line->value[k] = strtod(word, &end);
        line->counted[k] = end != word && *end == '\0';
        if (!line->counted[k] && strcmp(word, "-") != 0)
            return false;
    }
    return rest == NULL;
}

// The row after `text`, and where to go on. NULL after the last.
static const char *next_row(const char *text, struct line *line)
{
    while (text && *text) {
        size_t size = strcspn(text, "\n");
        const char *row = text;
        text += size + (text[size] == '\n');
        if (read_line(row, size, line))
            return text;
    }
    return NULL;
}

// The text of the next line that begins with `mark`, copied without it. NULL after the last.
static const char *next_marked(const char *text, char mark, char *to, size_t to_size)
{
    while (text && *text) {
        size_t size = strcspn(text, "\n");
        const char *at = text;
        text += size + (text[size] == '\n');
        if (*at == mark) {
            snprintf(to, to_size, "%.*s", (int)size - 1, at + 1);
            return text;
        }
    }
    return NULL;
}

static void add_row(struct gate_counts *counts, const char *queue, const struct line *base,
                    const struct line *candidate)
{
    struct count_row *row = &counts->rows[counts->count++];
    *row = (struct count_row){.strategy = queue == NULL};
    snprintf(row->queue, sizeof row->queue, "%.63s", queue ? queue : "");
    memcpy(row->path, base->path, sizeof row->path);
    for (enum count_kind k = 0; k < COUNT_KINDS; k++) {
        struct count_figure *f = &row->figures[k];
        *f = (struct count_figure){.counted = base->counted[k] && candidate->counted[k],
                                   .base = base->value[k],
                                   .candidate = candidate->value[k]};
        f->verdict = f->counted ? gate_count_judge(k, f->base, f->candidate) : COUNT_SAME;
    }
}

size_t gate_count_join(struct gate_counts *counts, const char *queue, const char *base, const char *candidate)
{
    size_t added = 0;
    struct line one, other;
    while ((base = next_row(base, &one)) != NULL)
        for (const char *p = candidate; (p = next_row(p, &other)) != NULL;)
            if (strcmp(one.path, other.path) == 0 && counts->count < COUNT_ROWS_MOST) {
                add_row(counts, queue, &one, &other);
                added++;
                break;
            }
    return added;
}

// ---- running it ----

enum told { TOLD, NOT_TOLD, CUT };

struct answer {
    char *text; // of TEXT
    int code;
};

static void add_invalid(struct gate_counts *counts, const char *what, const char *reason)
{
    if (counts->invalid_count == COUNT_INVALID_MOST)
        return;
    struct count_invalid *i = &counts->invalid[counts->invalid_count++];
    snprintf(i->what, sizeof i->what, "%.63s", what);
    snprintf(i->reason, sizeof i->reason, "%s", reason);
}

static enum told ask(struct gate_counts *counts, const struct count_sides *s, const char *what, bool steps,
                     bool candidate, struct answer *a)
{
    const char *module = candidate ? s->candidate : s->base;
    const char *const argv[] = {s->tool, steps ? "--steps" : module, steps ? module : NULL, NULL};
    struct command_run run = {.argv = argv,
                              .text = a->text,
                              .text_size = TEXT,
                              .code = &a->code,
                              .limit_s = LIMIT_S,
                              .cut = s->cut,
                              .context = s->context};
    char why[500], reason[800];
    enum command_end end = command_run(&run);
    if (end == COMMAND_CUT)
        return CUT;
    if (end == COMMAND_DONE)
        return TOLD;
    if (end == COMMAND_MISSING)
        snprintf(why, sizeof why, "weir-count is not beside this weir");
    else if (next_marked(a->text, '!', why, sizeof why) == NULL)
        snprintf(why, sizeof why, "its steps take over %d s, or weir-count ended", LIMIT_S);
    snprintf(reason, sizeof reason, "%.80s of the %s %s NOT counted: %s", what,
             candidate ? "candidate" : "base", steps ? "were" : "was", why);
    gate_count_skip(counts, reason);
    if (a->code == ENDS || (steps && a->code == CANNOT_USE))
        add_invalid(counts, what, reason);
    return NOT_TOLD;
}

static void note_uncounted(struct gate_counts *counts, const char *text)
{
    char reason[500];
    while ((text = next_marked(text, '!', reason, sizeof reason)) != NULL)
        gate_count_skip(counts, reason);
}

// Asks both sides; `queue` NULL: for strategies.
static enum told ask_both(struct gate_counts *counts, const struct count_sides *s, const char *queue,
                          struct answer answers[2])
{
    enum told told = TOLD;
    for (int i = 0; i < 2 && told == TOLD; i++)
        told = ask(counts, s, queue ? queue : "strategies", queue == NULL, i, &answers[i]);
    for (int i = 0; i < 2 && told == TOLD; i++)
        note_uncounted(counts, answers[i].text);
    return told;
}

static bool with_answers(struct answer answers[2], struct gate_counts *counts)
{
    for (int i = 0; i < 2; i++) {
        answers[i] = (struct answer){.text = malloc(TEXT)};
        if (answers[i].text)
            *answers[i].text = '\0';
    }
    if (answers[0].text && answers[1].text)
        return true;
    gate_count_skip(counts, "steps were NOT counted: out of memory");
    return false;
}

static void free_answers(struct answer answers[2])
{
    free(answers[0].text);
    free(answers[1].text);
}

bool gate_count_queue(struct gate_counts *counts, const struct count_sides *sides, const char *queue)
{
    struct answer answers[2];
    enum told told = NOT_TOLD;
    char reason[160];
    if (with_answers(answers, counts))
        told = ask_both(counts, sides, queue, answers);
    if (told == TOLD && gate_count_join(counts, queue, answers[0].text, answers[1].text) == 0) {
        snprintf(reason, sizeof reason, "%.60s was NOT counted: base and candidate have no path in common",
                 queue);
        gate_count_skip(counts, reason);
    }
    free_answers(answers);
    return told != CUT;
}

// Steps that were taken by different scripts do not compare.
static bool same_script(const struct answer answers[2])
{
    char script[2][64] = {"", ""};
    for (int i = 0; i < 2; i++)
        next_marked(answers[i].text, '=', script[i], sizeof script[i]);
    return strcmp(script[0], script[1]) == 0;
}

bool gate_count_strategies(struct gate_counts *counts, const struct count_sides *sides)
{
    struct answer answers[2];
    enum told told = NOT_TOLD;
    counts->strategies = STRATEGIES_SKIPPED;
    if (*sides->base == '\0' || *sides->candidate == '\0') {
        gate_count_skip(counts, *sides->candidate
                                    ? "strategies were NOT counted: the base has no weir-steps.so"
                                    : "strategies were NOT counted: the candidate has no weir-steps.so");
        return true;
    }
    if (with_answers(answers, counts))
        told = ask_both(counts, sides, NULL, answers);
    if (told == TOLD && !same_script(answers))
        gate_count_skip(counts, "strategies were NOT counted: base and candidate are shown different "
                                "sequences (harness/gate/steps.c is another)");
    else if (told == TOLD && gate_count_join(counts, NULL, answers[0].text, answers[1].text) == 0)
        gate_count_skip(counts, "strategies were NOT counted: base and candidate have no step in common");
    else if (told == TOLD)
        counts->strategies = STRATEGIES_COUNTED;
    free_answers(answers);
    return told != CUT;
}
