// SPDX-License-Identifier: Apache-2.0
#include "result/xml.h"

// Control characters cannot stand in XML, not even escaped.
void xml_text(FILE *out, const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '&')
            fputs("&amp;", out);
        else if (c == '<')
            fputs("&lt;", out);
        else if (c == '>')
            fputs("&gt;", out);
        else if (c == '"')
            fputs("&quot;", out);
        else if (c == '\n' || c == '\t')
            fprintf(out, "&#%d;", c);
        else
            fputc(c < ' ' || c == 0x7f ? '?' : c, out);
    }
}

void xml_attribute(FILE *out, const char *name, const char *value)
{
    fprintf(out, " %s=\"", name);
    xml_text(out, value);
    fputc('"', out);
}
