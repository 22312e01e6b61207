// SPDX-License-Identifier: Apache-2.0
// The JSON Schema of scenario files, printed from the tables of schema.c. It knows each key's shape; what
// keys have to do with each other (combinations) only the checker knows.
#include <string.h>

#include "scenario/preview.h"
#include "scenario/schema.h"
#include "scenario/strategies.h"

static void print_table(FILE *out, const struct key_table *table, int indent);

static void print_text(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

// The regular expression of what units_parse takes.
static const char *pattern_of(enum quantity unit)
{
#define NUMBER "[0-9]+(\\\\.[0-9]+)?([eE][-+]?[0-9]+)?"
    switch (unit) {
    case Q_DURATION: return "^(0|" NUMBER "(ns|us|ms|s|m|h))$";
    case Q_SIZE: return "^" NUMBER "([kMG]?B|[KMG]iB)?$";
    case Q_RATE: return "^(0|" NUMBER "[kMG]?/[smh])$";
    case Q_COUNT: return "^" NUMBER "[kMG]?$";
    case Q_SHARE: return "^" NUMBER "%?$";
    case Q_FACTOR: return "^x" NUMBER "$";
    default: return "^-?" NUMBER "$";
    }
#undef NUMBER
}

// A number is also taken bare; the pattern holds for what is written as text.
static void print_quantity(FILE *out, enum quantity unit)
{
    if (unit == Q_DURATION || unit == Q_RATE)
        fprintf(out, "\"type\": [\"string\", \"integer\"], \"maximum\": 0, \"pattern\": \"%s\"",
                pattern_of(unit));
    else
        fprintf(out, "\"type\": [\"string\", \"number\"], \"pattern\": \"%s\"", pattern_of(unit));
}

static void print_choices(FILE *out, const struct key_spec *spec)
{
    const char *name;
    bool null = false;
    fputs("\"enum\": [", out);
    for (size_t i = 0; (name = spec->choice(i)) != NULL; i++) {
        fputs(i ? ", " : "", out);
        print_text(out, name);
        null = null || strcmp(name, "null") == 0;
    }
    fputs(null ? ", null]" : "]", out); // editors read the name null as JSON's null
}

static void print_law_object(FILE *out, enum quantity unit, int indent)
{
    fprintf(
        out,
        "{\"type\": \"object\", \"required\": [\"law\"], \"additionalProperties\": false, \"properties\": {");
    for (const struct key_spec *spec = schema_law.keys; spec->key; spec++) {
        fprintf(out, "%s\n%*s\"%s\": {", spec == schema_law.keys ? "" : ",", indent + 2, "", spec->key);
        if (spec->type == KEY_CHOICE)
            print_choices(out, spec);
        else
            print_quantity(out, spec->unit == UNIT_OF_LAW ? unit : spec->unit);
        fputc('}', out);
    }
    fputs("}}", out);
}

static void print_law(FILE *out, enum quantity unit, bool none, int indent)
{
    fputs("\"anyOf\": [{", out);
    print_quantity(out, unit);
    fputs(none ? "}, {\"const\": \"none\"}, " : "}, ", out);
    print_law_object(out, unit, indent);
    fputc(']', out);
}

static enum quantity quantity_of_param(enum weir_param_type type)
{
    static const enum quantity quantities[] = {
        [WEIR_PARAM_DURATION] = Q_DURATION, [WEIR_PARAM_COUNT] = Q_COUNT,   [WEIR_PARAM_SHARE] = Q_SHARE,
        [WEIR_PARAM_RATE] = Q_RATE,         [WEIR_PARAM_NUMBER] = Q_NUMBER, [WEIR_PARAM_SIZE] = Q_SIZE};
    return quantities[type];
}

// The object form of strategies: {block_timeout: {timeout: 50ms}}.
static void print_strategy_object(FILE *out, int indent)
{
    fputs(
        "{\"type\": \"object\", \"minProperties\": 1, \"maxProperties\": 1, \"additionalProperties\": false, "
        "\"properties\": {",
        out);
    struct weir_card card;
    for (size_t i = 0; edge_strategy_at(i, &card); i++) {
        fprintf(out,
                "%s\n%*s\"%s\": {\"type\": \"object\", \"additionalProperties\": false, \"properties\": {",
                i ? "," : "", indent + 2, "", card.name);
        for (size_t k = 0; card.params && card.params[k].key; k++) {
            fprintf(out, "%s\"%s\": {", k ? ", " : "", card.params[k].key);
            if (card.params[k].type == WEIR_PARAM_TEXT)
                fputs("\"type\": \"string\", \"minLength\": 1", out);
            else
                print_quantity(out, quantity_of_param(card.params[k].type));
            fputc('}', out);
        }
        fputs("}}", out);
    }
    fputs("}}", out);
}

static void print_strategy(FILE *out, const struct key_spec *spec, int indent)
{
    for (unsigned list = 0; list < 2; list++) {
        fputs(list ? ", {\"type\": \"array\", \"items\": {\"anyOf\": [{" : "\"anyOf\": [{", out);
        print_choices(out, spec);
        fputs("}, ", out);
        print_strategy_object(out, indent);
    }
    fputs("]}}]", out);
}

static void print_map(FILE *out, const struct key_spec *spec, int indent)
{
    const struct key_spec *plain = spec->plain ? schema_key(spec->table, spec->plain) : NULL;
    if (plain == NULL) {
        print_table(out, spec->table, indent);
        return;
    }
    // A plain value may be a module's path, so any text passes here.
    fputs("\"anyOf\": [{\"type\": [\"string\", \"null\"]}, {", out);
    print_table(out, spec->table, indent);
    fputs("}]", out);
}

static void print_free_map(FILE *out, const struct key_spec *spec)
{
    bool axes = strcmp(spec->key, "matrix") == 0;
    fprintf(out,
            "\"type\": \"object\", \"additionalProperties\": {\"type\": [%s\"string\", \"number\", \"null\", "
            "%s]}",
            axes ? "\"array\", " : "", "\"object\"");
}

// A list of processors, each a name or a map of it and its cost.
static void print_chain(FILE *out, int indent)
{
    static const char *const values[][2] = {
        {"parse", "\"enum\": [\"auto\", \"json\", \"rfc5424\"]"},
        {"filter", "\"type\": [\"string\", \"number\", \"object\"]"},
        {"redact", "\"type\": [\"string\", \"object\"]"},
        {"attribute", "\"type\": \"object\", \"minProperties\": 1"},
    };
    fputs("\"type\": \"array\", \"items\": {\"anyOf\": [{\"const\": \"parse\"}, {\"type\": \"object\", "
          "\"minProperties\": 1, \"maxProperties\": 2, \"additionalProperties\": false, \"properties\": {",
          out);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        fprintf(out, "\n%*s\"%s\": {%s},", indent + 2, "", values[i][0], values[i][1]);
    fprintf(out, "\n%*s\"cost\": {", indent + 2, "");
    print_quantity(out, Q_DURATION);
    fputs("}}}]}", out);
}

static void print_value(FILE *out, const struct key_spec *spec, int indent)
{
    switch (spec->type) {
    case KEY_WHOLE:
    case KEY_REAL:
    case KEY_TIMED: print_quantity(out, spec->unit); break;
    case KEY_INTEGER:
        fputs("\"type\": [\"integer\", \"string\"], \"minimum\": 0, \"pattern\": \"^[0-9]+$\"", out);
        break;
    case KEY_NAME:
        fputs("\"type\": [\"string\", \"number\"], \"pattern\": \"^[A-Za-z0-9_-]{1,64}$\"", out);
        break;
    case KEY_TEXT: fputs("\"type\": \"string\", \"minLength\": 1", out); break;
    case KEY_CHOICE:
    case KEY_PROFILE: print_choices(out, spec); break;
    case KEY_LAW:
    case KEY_TIMED_LAW: print_law(out, spec->unit, false, indent); break;
    case KEY_RETRY_AFTER: print_law(out, spec->unit, true, indent); break;
    case KEY_MAP: print_map(out, spec, indent); break;
    case KEY_LIST:
        fprintf(out, "\"type\": \"array\", \"items\": {");
        print_table(out, spec->table, indent);
        fputc('}', out);
        break;
    case KEY_NODE: print_free_map(out, spec); break;
    case KEY_TEXTS: fputs("\"type\": \"array\", \"items\": {\"type\": \"string\"}", out); break;
    case KEY_NAMES:
        fputs("\"anyOf\": [{\"type\": \"string\"}, {\"type\": \"array\", \"items\": {\"type\": \"string\"}}]",
              out);
        break;
    case KEY_QUEUE:
        fputs("\"anyOf\": [{", out);
        print_choices(out, spec);
        fputs("}, {\"type\": \"string\", \"pattern\": \"/\"}]", out);
        break;
    case KEY_STRATEGY: print_strategy(out, spec, indent); break;
    case KEY_SENDERS:
        fputs("\"anyOf\": [{\"const\": \"external\"}, {", out);
        print_quantity(out, Q_COUNT);
        fputs("}]", out);
        break;
    case KEY_CLASSES:
        fputs("\"type\": \"object\", \"minProperties\": 1, \"additionalProperties\": {", out);
        print_quantity(out, Q_SHARE);
        fputc('}', out);
        break;
    case KEY_PEER: fputs("\"type\": \"string\", \"pattern\": \"^builtin$|:[0-9]+$\"", out); break;
    case KEY_CHAIN: print_chain(out, indent); break;
    case KEY_LISTEN: fputs("\"type\": \"string\", \"pattern\": \":[0-9]+$\"", out); break;
    case KEY_QUANTITIES:
        fputs("\"type\": \"array\", \"minItems\": 1, \"items\": {", out);
        print_quantity(out, spec->unit);
        fputc('}', out);
        break;
    }
}

static bool always_required(const struct key_table *table, const struct key_spec *spec)
{
    return spec->required == ALL && (table->variant == NULL || spec->variants == 0);
}

// The properties of a map, without the braces around.
static void print_table(FILE *out, const struct key_table *table, int indent)
{
    fputs("\"type\": \"object\", \"additionalProperties\": false, \"required\": [", out);
    bool first = true;
    for (const struct key_spec *spec = table->keys; spec->key; spec++)
        if (always_required(table, spec)) {
            fprintf(out, "%s\"%s\"", first ? "" : ", ", spec->key);
            first = false;
        }
    fputs("], \"properties\": {", out);
    for (const struct key_spec *spec = table->keys; spec->key; spec++) {
        fprintf(out, "%s\n%*s\"%s\": {", spec == table->keys ? "" : ",", indent + 2, "", spec->key);
        fputs("\"description\": ", out);
        print_text(out, spec->help);
        if (spec->fallback && spec->fallback[0]) {
            fputs(", \"default\": ", out);
            print_text(out, spec->fallback);
        }
        fputs(", ", out);
        print_value(out, spec, indent + 2);
        fputc('}', out);
    }
    fputc('}', out);
}

void schema_print(FILE *out)
{
    fputs("{\"$schema\": \"http://json-schema.org/draft-07/schema#\", \"title\": \"weir scenario\",\n  ",
          out);
    print_table(out, &schema_top, 2);
    fputs("}\n", out);
}
