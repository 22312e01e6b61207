// SPDX-License-Identifier: Apache-2.0
#include "cli/progress_text.h"

#include <stdio.h>
#include <string.h>

#include "result/text.h"

enum { BAR_MAX = 24 };

struct form {
    size_t jobs; // that are shown
    size_t bar;  // columns of the bar; 0: none
    size_t name; // columns of a job's name; 0: none
    bool share, left, words, loss, p99;
};

// From rich to poor.
static const struct form forms[] = {
    {2, 24, 64, true, true, true, true, true},    {2, 12, 64, true, true, true, true, true},
    {2, 12, 28, true, true, true, true, true},    {2, 0, 28, true, true, true, true, true},
    {1, 24, 64, true, true, true, true, true},    {1, 12, 40, true, true, true, true, true},
    {1, 12, 24, true, true, true, true, true},    {1, 0, 24, true, true, true, true, true},
    {1, 0, 24, false, true, true, true, true},    {1, 0, 16, false, true, false, true, true},
    {1, 0, 0, false, true, false, true, true},    {1, 0, 0, false, false, false, true, true},
    {1, 0, 0, false, true, false, true, false},   {1, 0, 0, false, false, false, true, false},
    {0, 0, 0, false, false, false, false, false},
};

static void put_bar(char *line, size_t size, const struct progress_view *v, size_t width)
{
    char bar[BAR_MAX + 4];
    double done = (double)v->finished; // and the part of what runs
    for (size_t i = 0; i < v->job_count; i++)
        done += v->jobs[i].share < 0 ? 0 : v->jobs[i].share < 1 ? v->jobs[i].share : 1;
    size_t full = v->total ? (size_t)(done * (double)width / (double)v->total) : 0;
    memset(bar + 1, '.', width);
    memset(bar + 1, '#', full < width ? full : width);
    bar[0] = '[';
    strcpy(bar + 1 + width, "] ");
    text_append(line, size, bar);
}

static void put_left(char *line, size_t size, double seconds, bool words)
{
    char text[64];
    unsigned long s = (unsigned long)(seconds + 0.5);
    if (seconds < 0 || seconds > 1e7)
        return;
    if (s >= 3600)
        snprintf(text, sizeof text, "  %lu:%02lu:%02lu%s", s / 3600, s / 60 % 60, s % 60,
                 words ? " left" : "");
    else
        snprintf(text, sizeof text, "  %lu:%02lu%s", s / 60, s % 60, words ? " left" : "");
    text_append(line, size, text);
}

static void put_job(char *line, size_t size, const struct progress_job *job, const struct form *form)
{
    char name[PROGRESS_NAME_MAX], number[TEXT_NUMBER_MAX];
    if (form->name) {
        snprintf(name, sizeof name, "%s", job->name);
        text_cut(name, form->name);
        text_append(line, size, "  ");
        text_append(line, size, name);
    }
    if (form->share && job->share >= 0) {
        snprintf(number, sizeof number, job->share > 1 ? " drains" : " %.0f %%", job->share * 100);
        text_append(line, size, number);
    }
    if (!form->loss || job->loss < 0)
        return;
    text_append(line, size, form->name ? ", loss " : "  loss ");
    text_append(line, size, text_percent(job->loss, number));
    if (!form->p99 || job->p99_ns < 0)
        return;
    text_append(line, size, ", p99 ");
    text_append(line, size, text_time(job->p99_ns, number));
}

static void put_form(char *line, size_t size, const struct progress_view *v, const struct form *form)
{
    char count[64];
    *line = 0;
    if (form->bar)
        put_bar(line, size, v, form->bar);
    snprintf(count, sizeof count, "%zu/%zu", v->finished, v->total);
    text_append(line, size, count);
    if (form->left)
        put_left(line, size, v->left_s, form->words);
    for (size_t i = 0; i < v->job_count && i < form->jobs; i++) {
        text_append(line, size, i ? "  |" : "");
        put_job(line, size, &v->jobs[i], form);
    }
    if (form->jobs > 0 && v->job_count > form->jobs)
        text_append(line, size, "  + 1 more");
}

void progress_text(char *line, size_t size, const struct progress_view *v, size_t columns)
{
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        put_form(line, size, v, &forms[i]);
        if (text_width(line) <= columns)
            return;
    }
}
