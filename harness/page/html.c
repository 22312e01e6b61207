// SPDX-License-Identifier: Apache-2.0
#include "page/html.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

void html_text(FILE *out, const char *text)
{
    for (; *text; text++)
        switch (*text) {
        case '<': fputs("&lt;", out); break;
        case '>': fputs("&gt;", out); break;
        case '&': fputs("&amp;", out); break;
        case '"': fputs("&quot;", out); break;
        default: fputc((unsigned char)*text < ' ' || *text == 0x7f ? ' ' : *text, out);
        }
}

void html_element(FILE *out, const char *tag, const char *class, const char *text)
{
    fprintf(out, "<%s", tag);
    if (class)
        fprintf(out, " class=\"%s\"", class);
    fputc('>', out);
    html_text(out, text);
    fprintf(out, "</%s>\n", tag);
}

// A unit stays on the line of its number: "41.5 %", "20.7 ms".
static bool is_unit(const char *text)
{
    static const char *const units[] = {"%", "ns", "us", "ms", "s"};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        size_t n = strlen(units[i]);
        if (strncmp(text, units[i], n) == 0 && !isalnum((unsigned char)text[n]))
            return true;
    }
    return false;
}

void html_prose(FILE *out, const char *text)
{
    for (const char *at = text; *at; at++) {
        char one[2] = {*at, 0};
        bool number = at > text && isdigit((unsigned char)at[-1]);
        if (*at == ' ' && number && is_unit(at + 1)) {
            fputs(at[1] == 'u' ? "\xc2\xa0\xc2\xb5" : "\xc2\xa0", out);
            at += at[1] == 'u';
        } else {
            html_text(out, one);
        }
    }
}

// ---- figures ----
const char *html_time(double ns, char buf[TEXT_NUMBER_MAX])
{
    if (!isfinite(ns))
        return "\xe2\x88\x9e";
    text_time(ns, buf);
    char *micro = strstr(buf, " us");
    if (micro)
        strcpy(micro, " \xc2\xb5s");
    return buf;
}

void html_spread(FILE *out, const struct summary_figure *f)
{
    if (f->known && isfinite(f->lo) && isfinite(f->hi) && f->median > 0 && f->hi > f->lo)
        fprintf(out, " <small>\xc2\xb1%.0f\xc2\xa0%%</small>", (f->hi - f->lo) / 2 / f->median * 100);
}

// ---- tables ----
void html_table_open(FILE *out, const char *class, const char *name)
{
    fputs("<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"", out);
    html_text(out, name);
    fprintf(out, "\">\n<table class=\"%s\">\n<thead><tr>", class);
}

void html_table_head(FILE *out, const char *title, enum html_column kind, const char *help)
{
    fprintf(out, "<th scope=\"col\"%s%s", kind == HTML_NUMBER ? " class=\"n\"" : "",
            kind == HTML_AXIS ? " data-axis" : "");
    if (help) {
        fputs(" title=\"", out);
        html_text(out, help);
        fputc('"', out);
    }
    fputc('>', out);
    for (; *title; title++) { // "parse.queue.capacity" may be broken behind its dots
        char one[2] = {*title, 0};
        html_text(out, one);
        if (*title == '.' || *title == '_')
            fputs("<wbr>", out);
    }
    fputs("</th>", out);
}

void html_table_body(FILE *out)
{
    fputs("</tr></thead>\n<tbody>\n", out);
}

void html_table_close(FILE *out)
{
    fputs("</tbody>\n</table>\n</div>\n", out);
}

void html_cell_head(FILE *out, const char *text)
{
    fputs("<th scope=\"row\">", out);
    html_text(out, text);
    fputs("</th>", out);
}

void html_cell_text(FILE *out, const char *text)
{
    fputs("<td>", out);
    html_text(out, text);
    fputs("</td>", out);
}

void html_cell_number(FILE *out, double value, const char *text)
{
    if (isnan(value))
        fputs("<td class=\"n\" data-v=\"\">", out);
    else if (isinf(value))
        fputs("<td class=\"n\" data-v=\"Infinity\">", out);
    else
        fprintf(out, "<td class=\"n\" data-v=\"%.9g\">", value);
    html_text(out, text);
    fputs("</td>", out);
}
