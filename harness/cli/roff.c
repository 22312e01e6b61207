// SPDX-License-Identifier: Apache-2.0
#include "cli/roff.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "result/env.h"

enum { WIDTH = 76 };

#define PAGES_OF "2026-11-21" // the pages' date, as .TH wants one; changes with what they say

// How a character is written, or NULL: as it is. A hyphen that is written as a minus stays one when it is
// copied off the page.
static const char *escape_of(char c)
{
    switch (c) {
    case '-': return "\\-";
    case '\\': return "\\e";
    case '\'': return "\\(aq";
    case '`': return "\\(ga";
    case '^': return "\\(ha";
    case '~': return "\\(ti";
    case '"': return "\\(dq";
    default: return NULL;
    }
}

static void put_char(FILE *out, char c)
{
    if (escape_of(c))
        fputs(escape_of(c), out);
    else
        fputc(c, out);
}

static void put_plain(FILE *out, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        put_char(out, text[i]);
}

static size_t written_length(const char *text, size_t n)
{
    size_t length = 0;
    for (size_t i = 0; i < n; i++)
        length += escape_of(text[i]) ? strlen(escape_of(text[i])) : 1;
    return length;
}

// A line that begins with one of these would be a request.
static void guard(FILE *out, char first)
{
    if (first == '.')
        fputs("\\&", out);
}

void roff_begin(FILE *out, const char *name, int section, const char *title)
{
    fputs(".\\\" Made by the program from its own tables: weir help \\-\\-man\n.TH ", out);
    for (const char *p = name; *p; p++)
        put_char(out, (char)toupper((unsigned char)*p));
    fprintf(out, " %d %s \"weir %s\" \"%s\"\n", section, PAGES_OF, env_tool_version(), title);
}

static void put_heading(FILE *out, const char *macro, const char *name)
{
    fprintf(out, "%s \"", macro);
    put_plain(out, name, strlen(name));
    fputs("\"\n", out);
}

void roff_section(FILE *out, const char *name)
{
    put_heading(out, ".SH", name);
}

void roff_subsection(FILE *out, const char *name)
{
    put_heading(out, ".SS", name);
}

void roff_paragraph(FILE *out)
{
    fputs(".PP\n", out);
}

void roff_text(FILE *out, const char *text)
{
    size_t used = 0;
    while (*text) {
        size_t breaks = 0;
        for (; *text == ' ' || *text == '\n'; text++)
            breaks += *text == '\n';
        size_t n = strcspn(text, " \n");
        if (n == 0)
            break;
        if (breaks > 1 && used) {
            fputs("\n.PP\n", out);
            used = 0;
        } else if (used && used + 1 + written_length(text, n) > WIDTH) {
            fputc('\n', out);
            used = 0;
        } else if (used) {
            fputc(' ', out);
            used++;
        }
        if (used == 0)
            guard(out, *text);
        put_plain(out, text, n);
        used += written_length(text, n);
        text += n;
    }
    if (used)
        fputc('\n', out);
}

// Marks stand where a word begins and where it ends.
void roff_marked(FILE *out, const char *text)
{
    char open = 0;
    guard(out, *text);
    for (const char *p = text; *p; p++) {
        bool begins = p == text || strchr(" ([,/", p[-1]);
        bool ends = p[1] == 0 || strchr(" ,)].=/(", p[1]);
        if ((*p == '*' || *p == '_') && !open && begins && p[1] && p[1] != ' ') {
            open = *p;
            fputs(open == '*' ? "\\fB" : "\\fI", out);
        } else if (*p == open && open && ends) {
            open = 0;
            fputs("\\fR", out);
        } else {
            put_char(out, *p);
        }
    }
    fputs(open ? "\\fR\n" : "\n", out);
}

void roff_tag(FILE *out, const char *marked)
{
    fputs(".TP\n", out);
    roff_marked(out, marked);
}

// The last space up to `most`, before an option if there is one; 0: none.
static size_t cut_of(const char *text, size_t most)
{
    size_t any = 0;
    for (size_t i = most; i > 0; i--) {
        if (text[i] != ' ')
            continue;
        if (text[i + 1] == '-')
            return i;
        any = any ? any : i;
    }
    return any;
}

// A command that is too long for the page goes on on the next line, as a shell has it.
static void put_long_line(FILE *out, const char *text, size_t n)
{
    enum { MOST = 66, MORE = 4 };
    size_t room = MOST;
    guard(out, *text);
    while (n > room) {
        size_t cut = cut_of(text, room - 2);
        if (cut == 0)
            break;
        put_plain(out, text, cut);
        fprintf(out, " \\e\n%*s", MORE, "");
        text += cut + 1;
        n -= cut + 1;
        room = MOST - MORE;
    }
    put_plain(out, text, n);
    fputc('\n', out);
}

void roff_verbatim(FILE *out, const char *text)
{
    fputs(".PP\n.RS 4\n.nf\n", out);
    while (*text) {
        size_t n = strcspn(text, "\n");
        put_long_line(out, text, n);
        text += n + (text[n] == '\n');
    }
    fputs(".fi\n.RE\n", out);
}
