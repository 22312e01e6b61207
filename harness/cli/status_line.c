// SPDX-License-Identifier: Apache-2.0
#include "cli/status_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "result/text.h"

enum { LINE_MAX_BYTES = 1024 };

void status_line_start(struct status_line *s, bool quiet)
{
    const char *ci = getenv("CI");
    bool building = ci && *ci;
    *s = (struct status_line){.on = !quiet && !building && text_style_of(stderr, TEXT_COLOUR_NEVER).cursor};
}

unsigned status_line_columns(void)
{
    unsigned columns = text_terminal_columns(stderr);
    return columns ? columns : 80;
}

static bool in_background(void)
{
    pid_t front = tcgetpgrp(STDERR_FILENO);
    return front >= 0 && front != getpgrp();
}

// The last column stays free: some terminals begin a new line once it is written to.
void status_line_draw(struct status_line *s, const char *text)
{
    char line[LINE_MAX_BYTES] = "";
    if (!s->on || in_background())
        return;
    text_append(line, sizeof line, text);
    for (char *p = line; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            *p = '?';
    text_cut(line, status_line_columns() - 1);
    fprintf(stderr, "\r%s\033[J\r", line);
    fflush(stderr);
    s->drawn = true;
}

// Also when nothing is drawn: the terminal may have echoed a key.
void status_line_clear(struct status_line *s)
{
    if (!s->on || (!s->drawn && in_background()))
        return;
    fputs("\r\033[J", stderr);
    fflush(stderr);
    s->drawn = false;
}

void status_line_end(struct status_line *s)
{
    if (s->held_length == 0)
        return;
    status_line_clear(s);
    fprintf(stderr, "%.*s\n", (int)s->held_length, s->held);
    fflush(stderr);
    s->held_length = 0;
}

void status_line_pass(struct status_line *s, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (text[i] != '\n')
            s->held[s->held_length++] = text[i];
        if (text[i] == '\n' && s->held_length == 0) { // an empty line is one, too
            status_line_clear(s);
            fputc('\n', stderr);
        } else if (text[i] == '\n' || s->held_length == sizeof s->held) {
            status_line_end(s);
        }
    }
}
