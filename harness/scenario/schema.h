// SPDX-License-Identifier: Apache-2.0
// Every key of a scenario file, once: the checker, the did-you-mean, the matrix' dotted keys and the JSON
// Schema all read these tables. A new key is one line here and, if it is stored, one field in scenario.h.
#ifndef SCENARIO_SCHEMA_H
#define SCENARIO_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/units.h"

enum key_type {
    KEY_WHOLE,       // a quantity, stored as an unsigned integer of the field's width
    KEY_REAL,        // a quantity, stored as a double
    KEY_INTEGER,     // digits only, all 64 bits
    KEY_NAME,        // letters, digits, _ and -; stored as char *
    KEY_TEXT,        // any text; stored as char *
    KEY_CHOICE,      // one of `choice`; stored as its index
    KEY_LAW,         // plain value or {law: ...}; struct law
    KEY_TIMED_LAW,   // the same, may change on the timeline; struct timed
    KEY_TIMED,       // a quantity that may change on the timeline; struct timed
    KEY_MAP,         // `table`; stored from the field's offset on
    KEY_LIST,        // list of maps of `table`; stored as const struct node *
    KEY_NODE,        // shape checked by who reads it (the matrix, the timeline's set); const struct node *
    KEY_TEXTS,       // list of texts; const struct node *
    KEY_NAMES,       // a name or a list of names; const struct node *
    KEY_QUEUE,       // a queue's name or the path of a module; struct edge_spec
    KEY_STRATEGY,    // struct edge_spec
    KEY_SENDERS,     // a number or `external`; struct source
    KEY_CLASSES,     // map of name: share; struct source
    KEY_LISTEN,      // address:port; struct source
    KEY_PEER,        // address:port or builtin; struct sink
    KEY_RETRY_AFTER, // a law or `none`; struct source
    KEY_PROFILE,     // of a real client; struct weir_retry_policy
    KEY_QUANTITIES,  // list of quantities; struct quantities
    KEY_CHAIN,       // list of processors; struct chain_plan of one version
};

#define UNIT_OF_LAW ((enum quantity) - 1) // in the law's table: the unit of the key that the law stands under

struct key_spec {
    const char *key; // NULL after the last
    enum key_type type;
    enum quantity unit;
    size_t offset, size;  // of the field
    const char *fallback; // as it would be written; NULL: the field stays as it is
    double min, max;      // in the base unit; max 0: the quantity's own limit
    uint32_t variants;    // bit per value of the table's variant key for which the key exists; 0 = all
    uint32_t required;    // bit per variant for which it must be written
    const char *(*choice)(size_t index);
    const struct key_table *table; // KEY_MAP, KEY_LIST
    const char *plain;             // KEY_MAP: a plain value stands for this key of it
    const char *help;
};

struct key_table {
    const char *what;    // "a source"
    const char *variant; // key whose choice decides which others exist; NULL: none
    const struct key_spec *keys;
};

extern const struct key_table schema_top, schema_source, schema_stage, schema_sink, schema_event, schema_law;

enum { ALL = 0xFFFFFFFFu & 0x7FFFFFFF };

const struct key_spec *schema_key(const struct key_table *table, const char *key); // NULL: no such key

// What a dotted path leads to, through maps and laws.
struct key_found {
    const struct key_spec *spec;   // NULL: the path leaves the tables
    const struct key_table *table; // that the spec stands in
    enum quantity unit;
    size_t offset; // of the field, from the start of the first table's struct
};

struct key_found schema_find(const struct key_table *table, const char *dotted);
double schema_max(const struct key_spec *spec, enum quantity unit); // upper limit in force
const char *schema_key_at(const void *table, size_t index);         // for hint_names
const char *schema_choice_at(const void *spec, size_t index);       // for hint_names
// Whether the key exists for a variant, and whether it must be written there.
bool schema_applies(const struct key_spec *spec, int variant);
bool schema_requires(const struct key_spec *spec, int variant);

#endif
