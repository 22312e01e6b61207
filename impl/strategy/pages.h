// SPDX-License-Identifier: Apache-2.0
// What there is to say about each strategy beyond its card: for `weir list` and docs/strategies.md, which are
// made from this table and the cards. Text only; markdown's ` and * are used sparingly.
#ifndef WEIR_PAGES_H
#define WEIR_PAGES_H

struct weir_page {
    const char *name;
    const char *semantics; // what exactly it does
    const char *used_by;   // who works like this, with their defaults where known
    const char *lost;      // what is lost, and under which name it is counted
    const char *wins, *loses;
    const char *source; // paper, RFC or project the rule follows; NULL: none in particular
};

const struct weir_page *weir_page_find(const char *name); // NULL when there is none of that name

#endif
