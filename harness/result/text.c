// SPDX-License-Identifier: Apache-2.0
#include "result/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

size_t text_width(const char *s)
{
    size_t n = 0;
    for (; *s; s++)
        n += !is_continuation(*s);
    return n;
}

void text_cut(char *s, size_t columns)
{
    size_t n = 0;
    for (; *s; s++) {
        if (is_continuation(*s))
            continue;
        if (n++ == columns) {
            *s = 0;
            return;
        }
    }
}

void text_append(char *to, size_t size, const char *more)
{
    size_t used = strlen(to);
    while (*more && used + 1 < size)
        to[used++] = *more++;
    to[used] = 0;
}

void text_pad(FILE *out, const char *s, size_t width, bool right)
{
    size_t own = text_width(s);
    int space = own < width ? (int)(width - own) : 0;
    if (right)
        fprintf(out, "%*s%s", space, "", s);
    else
        fprintf(out, "%s%*s", s, space, "");
}

void text_wrap(FILE *out, const char *text, size_t indent, size_t columns)
{
    size_t at = indent;
    fprintf(out, "%*s", (int)indent, "");
    while (*text) {
        size_t n = strcspn(text, " "), width = 0;
        for (size_t i = 0; i < n; i++)
            width += !is_continuation(text[i]);
        if (at > indent && at + 1 + width > columns) {
            fprintf(out, "\n%*s", (int)indent, "");
            at = indent;
        }
        at += (size_t)fprintf(out, "%s", at > indent ? " " : "") + width;
        fprintf(out, "%.*s", (int)n, text);
        text += n;
        text += strspn(text, " ");
    }
    fputc('\n', out);
}

// Three significant digits; the step to the next unit is taken after rounding (999.7 us is 1.00 ms).
static char *scaled(double v, const char *const *units, const double *sizes, size_t count, const char *gap,
                    char *buf)
{
    size_t u = 0;
    while (u + 1 < count && v / sizes[u] >= (v / sizes[u] >= 100 ? 999.5 : sizes[u + 1] / sizes[u]))
        u++;
    double x = v / sizes[u];
    int digits = x >= 99.95 || x == 0 ? 0 : x >= 9.995 ? 1 : 2;
    if (u == 0 && x == floor(x))
        digits = 0;
    snprintf(buf, TEXT_NUMBER_MAX, "%.*f%s%s", digits, x, *units[u] ? gap : "", units[u]);
    return buf;
}

char *text_time(double ns, char buf[TEXT_NUMBER_MAX])
{
    static const char *const units[] = {"ns", "us", "ms", "s"};
    static const double sizes[] = {1, 1e3, 1e6, 1e9};
    if (!isfinite(ns)) {
        snprintf(buf, TEXT_NUMBER_MAX, "inf");
        return buf;
    }
    return scaled(ns, units, sizes, 4, " ", buf);
}

char *text_count(double n, char buf[TEXT_NUMBER_MAX])
{
    static const char *const units[] = {"", "k", "M", "G"};
    static const double sizes[] = {1, 1e3, 1e6, 1e9};
    return scaled(n, units, sizes, 4, "", buf);
}

char *text_percent(double share, char buf[TEXT_NUMBER_MAX])
{
    double p = share * 100;
    if (p > 0 && p < 0.01)
        snprintf(buf, TEXT_NUMBER_MAX, "<0.01 %%");
    else if (p < 100 && p > 99.99)
        snprintf(buf, TEXT_NUMBER_MAX, ">99.9 %%");
    else if (p == 0 || p == 100)
        snprintf(buf, TEXT_NUMBER_MAX, "%.0f %%", p);
    else
        snprintf(buf, TEXT_NUMBER_MAX, "%.*f %%", p < 1 ? 2 : 1, p);
    return buf;
}

char *text_spark(const uint64_t *values, size_t count, uint64_t full, bool utf8, char buf[TEXT_SPARK_SIZE])
{
    static const char *const blocks[] = {"\xe2\x96\x81", "\xe2\x96\x82", "\xe2\x96\x83", "\xe2\x96\x84",
                                         "\xe2\x96\x85", "\xe2\x96\x86", "\xe2\x96\x87", "\xe2\x96\x88"};
    static const char signs[] = "_.:-=+*#";
    *buf = 0;
    for (size_t i = 0; i < count && i < TEXT_SPARK_MAX; i++) {
        // 0 and full are steps of their own, what is between has six.
        size_t step = values[i] == 0                   ? 0
                      : full == 0 || values[i] >= full ? 7
                                                       : 1 + (size_t)((double)values[i] / (double)full * 6);
        step = step == 7 && values[i] < full ? 6 : step;
        char sign[2] = {signs[step], 0};
        text_append(buf, TEXT_SPARK_SIZE, utf8 ? blocks[step] : sign);
    }
    return buf;
}

static bool locale_is_utf8(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *v = getenv(names[i]);
        if (v && *v)
            return strcasestr(v, "utf-8") || strcasestr(v, "utf8");
    }
    return false;
}

// Set and not empty, as no-color.org has it.
static const char *setting(const char *name)
{
    const char *v = getenv(name);
    return v && *v ? v : NULL;
}

static bool understands_escapes(void)
{
    const char *term = setting("TERM");
    return term && strcmp(term, "dumb") != 0;
}

static bool wants_colour(enum text_colour colour, bool cursor)
{
    const char *force = setting("CLICOLOR_FORCE");
    if (colour != TEXT_COLOUR_AUTO)
        return colour == TEXT_COLOUR_ALWAYS;
    if (setting("NO_COLOR"))
        return false;
    return (force && strcmp(force, "0") != 0) || cursor;
}

const char *text_colour_name(enum text_colour colour)
{
    static const char *const names[] = {"auto", "always", "never"};
    return (size_t)colour < sizeof names / sizeof *names ? names[colour] : NULL;
}

unsigned text_terminal_columns(FILE *stream)
{
    struct winsize w;
    return ioctl(fileno(stream), TIOCGWINSZ, &w) == 0 ? w.ws_col : 0;
}

struct text_style text_style_of(FILE *stream, enum text_colour colour)
{
    enum { NARROWEST = 40, WIDEST = 200 };
    struct text_style s = {.utf8 = locale_is_utf8(), .columns = 140};
    const char *columns = getenv("COLUMNS");
    bool terminal = isatty(fileno(stream)) == 1;
    if (terminal && text_terminal_columns(stream) > 0)
        s.columns = text_terminal_columns(stream);
    else if (columns && atoi(columns) > 0)
        s.columns = (unsigned)atoi(columns);
    s.columns = s.columns < NARROWEST ? NARROWEST : s.columns > WIDEST ? WIDEST : s.columns;
    s.cursor = terminal && understands_escapes();
    s.colour = wants_colour(colour, s.cursor);
    return s;
}
