// SPDX-License-Identifier: Apache-2.0
// A chain of processors: what a stage does with a record's bytes. The same functions run live, where they are
// real work on real bytes, and in virtual time.
//
// - parse: is it a JSON object (RFC 8259) or a syslog message (RFC 5424)? Else it is malformed and goes on.
// - filter: takes a share of the records out, or of those of one class.
// - redact: overwrites a field's value, or what a pattern matches, with asterisks; the length stays.
// - attribute: adds a field with a text, unless one of that name is there.
//
// redact (of a field) and attribute need a form; they look for it themselves when no parse stands before
// them.
#ifndef PROCESS_CHAIN_H
#define PROCESS_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"

enum processor_kind { PROCESS_PARSE, PROCESS_FILTER, PROCESS_REDACT, PROCESS_ATTRIBUTE };
enum text_form { FORM_AUTO, FORM_JSON, FORM_RFC5424, FORM_NONE }; // AUTO: by the first byte

struct processor {
    enum processor_kind kind;
    enum text_form form; // parse
    double share;        // filter: of those it looks at
    char *class_name;    // filter: NULL looks at all
    char *field;         // redact (or NULL), attribute
    char *pattern;       // redact; # stands for a digit, \ takes what follows it literally
    char *value;         // attribute
    uint64_t cost_ns;    // what the simulator lets it cost
};

struct chain {
    struct processor *list; // owned, with the texts in it
    size_t count;
};

enum { PROCESS_SIZE_MAX = RECORD_BYTES_MAX }; // longest a record may become

// One record on its way through a chain. Zero `next`, `form`, `changed`, `malformed` and `cost_ns` before the
// first call.
struct process_item {
    unsigned char *bytes;
    size_t size, room;
    uint64_t key;           // a hash of the record's identity: the same record is judged alike everywhere
    const char *class_name; // may be NULL

    size_t next;         // index of the processor that comes next
    enum text_form form; // found out so far; AUTO: nobody has looked
    bool changed, malformed;
    size_t wanted;    // PROCESS_GROW
    uint64_t cost_ns; // of the processors that it went through
};

enum process_result {
    PROCESS_PASSED,
    PROCESS_FILTERED, // the record ends here
    PROCESS_GROW,     // needs room for `wanted` bytes: make it and call again
    PROCESS_OVERSIZE, // would become longer than PROCESS_SIZE_MAX
};

// Runs the rest of the chain from item->next on.
enum process_result chain_run(const struct chain *chain, struct process_item *item);
bool chain_rewrites(const struct chain *chain); // holds a processor that may change bytes
void chain_free(struct chain *chain);

// Which chain is in force: a pure function of time. Version 0 is the stage's own, the others come from the
// timeline, in order of the file.
struct chain_piece {
    uint64_t start_ns; // the first is 0
    unsigned version;
};

struct chain_plan {
    struct chain *versions;
    size_t version_count; // 0: no chain at any time
    struct chain_piece *pieces;
    size_t piece_count;
};

size_t chain_piece_at(const struct chain_plan *plan, uint64_t now_ns); // index; piece_count must not be 0
bool chain_plan_is_empty(const struct chain_plan *plan);               // no processor at any time
void chain_plan_free(struct chain_plan *plan);

#endif
