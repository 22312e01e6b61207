// SPDX-License-Identifier: Apache-2.0
// Writes manual pages in the macros of man(7), so that groff and mandoc read them alike.
#ifndef CLI_ROFF_H
#define CLI_ROFF_H

#include <stdio.h>

void roff_begin(FILE *out, const char *name, int section, const char *title); // .TH
void roff_section(FILE *out, const char *name);                               // .SH
void roff_subsection(FILE *out, const char *name);                            // .SS
void roff_paragraph(FILE *out);

// Running text, escaped, in lines that are not too long. An empty line begins a paragraph.
void roff_text(FILE *out, const char *text);
// The same on one line of its own, with words between * in bold and between _ in italics (both only at the
// borders of words): "*--set* _KEY=VALUE_".
void roff_marked(FILE *out, const char *text);
// A tagged paragraph: the tag is marked text; its body follows.
void roff_tag(FILE *out, const char *marked);
void roff_verbatim(FILE *out, const char *text); // lines as they are, indented

#endif
