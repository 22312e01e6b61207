// SPDX-License-Identifier: Apache-2.0
// A recursive-descent parser and a walk over its tree.
//
//   expression = or [implies expression]        implies binds last and to the right: a implies (b implies c)
//   or         = and {or and}
//   and        = not {and not}
//   not        = not not | ( expression ) | metric op value
#include "scenario/expect.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "scenario/mem.h"

enum op { OP_EQ, OP_NE, OP_LE, OP_GE, OP_LT, OP_GT };
enum expect_kind { EXPECT_COMPARE, EXPECT_NOT, EXPECT_AND, EXPECT_OR, EXPECT_IMPLIES };
enum { DEPTH_MAX = 64, TERMS_MAX = 1000 };

struct expect_node {
    enum expect_kind kind;
    struct expect_node *left, *right; // not: left only
    char *key;                        // compare
    enum op op;
    char *value;    // as written
    bool is_number; // null is the number infinity
    double number;
};

struct parsing {
    const char *text, *at;
    unsigned depth, terms;
    const char *wrong_at;
    char *why;
    size_t why_size;
};

// ---- parsing ----

static struct expect_node *wrong(struct parsing *p, const char *at, const char *why)
{
    if (p->wrong_at == NULL) {
        p->wrong_at = at;
        snprintf(p->why, p->why_size, "%s", why);
    }
    return NULL;
}

static void skip_space(struct parsing *p)
{
    while (isspace((unsigned char)*p->at))
        p->at++;
}

static bool is_key_char(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '.' || c == '-';
}

static size_t word_length(const char *at)
{
    size_t n = 0;
    while (is_key_char(at[n]))
        n++;
    return n;
}

static bool at_word(const struct parsing *p, const char *word)
{
    size_t n = strlen(word);
    return word_length(p->at) == n && strncmp(p->at, word, n) == 0;
}

static bool take_word(struct parsing *p, const char *word)
{
    skip_space(p);
    if (!at_word(p, word))
        return false;
    p->at += strlen(word);
    return true;
}

static bool at_any_word(const struct parsing *p)
{
    return at_word(p, "not") || at_word(p, "and") || at_word(p, "or") || at_word(p, "implies");
}

static bool take_op(struct parsing *p, enum op *op)
{
    static const char *const texts[] = {"==", "!=", "<=", ">=", "<", ">"}; // in the order of enum op
    skip_space(p);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (strncmp(p->at, texts[i], strlen(texts[i])) == 0) {
            p->at += strlen(texts[i]);
            *op = (enum op)i;
            return true;
        }
    wrong(p, p->at,
          *p->at == '=' ? "one = is not a comparison; write ==" : "expected ==, !=, <, <=, > or >=");
    return false;
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

// Durations compare in nanoseconds; with what the document gives in seconds they compare in seconds.
static bool counts_seconds(const char *key)
{
    static const char *const plain[] = {"duration", "warmup", "drain", "seconds"};
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (strcmp(key, plain[i]) == 0)
            return true;
    return ends_with(key, "_s") || (strchr(key, '.') && strstr(key, "_ns") == NULL);
}

static void read_number(struct expect_node *node)
{
    static const enum quantity tries[] = {Q_NUMBER, Q_COUNT, Q_DURATION, Q_RATE, Q_SHARE, Q_SIZE, Q_FACTOR};
    const char *why;
    if (strcmp(node->value, "null") == 0 || strcmp(node->value, "inf") == 0) {
        node->is_number = true;
        node->number = HUGE_VAL;
        return;
    }
    for (size_t i = 0; i < sizeof tries / sizeof *tries && !node->is_number; i++) {
        node->is_number = units_parse(tries[i], node->value, &node->number, &why);
        if (node->is_number && tries[i] == Q_DURATION && counts_seconds(node->key))
            node->number /= 1e9;
    }
}

// A word, or text in quotes.
static bool take_value(struct parsing *p, struct expect_node *node)
{
    skip_space(p);
    const char *begin = p->at;
    if (*begin == '\'' || *begin == '"') {
        const char *end = strchr(begin + 1, *begin);
        if (end == NULL)
            return wrong(p, begin, "the quote is not closed");
        node->value = must_copy_n(begin + 1, (size_t)(end - begin - 1));
        p->at = end + 1;
        return true;
    }
    size_t n = strcspn(begin, " \t\r\n()<>=!'\"");
    if (n == 0 || at_any_word(p))
        return wrong(p, begin, "expected a value, such as 0, 5ms, 1% or block");
    node->value = must_copy_n(begin, n);
    p->at += n;
    read_number(node);
    return true;
}

static struct expect_node *parse_compare(struct parsing *p)
{
    skip_space(p);
    size_t n = word_length(p->at);
    const char *begin = p->at;
    if (n == 0 || at_any_word(p) || !(isalpha((unsigned char)*begin) || *begin == '_'))
        return wrong(p, begin, "expected a metric, such as lost, p99 or ledger.unknown");
    if (++p->terms > TERMS_MAX)
        return wrong(p, begin, "too many comparisons");
    struct expect_node *node = must_alloc(1, sizeof *node);
    node->key = must_copy_n(begin, n);
    p->at += n;
    bool ok = take_op(p, &node->op) && take_value(p, node);
    if (ok && !node->is_number && node->op >= OP_LE)
        ok = wrong(p, begin, "<, <=, > and >= need a number on the right");
    if (ok)
        return node;
    expect_free(node);
    return NULL;
}

static struct expect_node *parse_expression(struct parsing *p);

static struct expect_node *join(enum expect_kind kind, struct expect_node *left, struct expect_node *right)
{
    if (right == NULL) {
        expect_free(left);
        return NULL;
    }
    struct expect_node *node = must_alloc(1, sizeof *node);
    node->kind = kind;
    node->left = left;
    node->right = right;
    return node;
}

static struct expect_node *parse_parens(struct parsing *p)
{
    const char *open = p->at++;
    struct expect_node *node = parse_expression(p);
    skip_space(p);
    if (node && *p->at != ')') {
        wrong(p, *p->at ? p->at : open,
              *p->at ? "expected and, or, implies or )" : "the parenthesis is not closed");
        expect_free(node);
        return NULL;
    }
    p->at += node != NULL;
    return node;
}

static struct expect_node *parse_not(struct parsing *p)
{
    skip_space(p);
    if (p->depth >= DEPTH_MAX)
        return wrong(p, p->at, "nested too deep");
    p->depth++;
    struct expect_node *node;
    if (take_word(p, "not")) {
        struct expect_node *inner = parse_not(p);
        node = inner ? must_alloc(1, sizeof *node) : NULL;
        if (node)
            *node = (struct expect_node){.kind = EXPECT_NOT, .left = inner};
    } else {
        node = *p->at == '(' ? parse_parens(p) : parse_compare(p);
    }
    p->depth--;
    return node;
}

static struct expect_node *parse_and(struct parsing *p)
{
    struct expect_node *node = parse_not(p);
    while (node && take_word(p, "and"))
        node = join(EXPECT_AND, node, parse_not(p));
    return node;
}

static struct expect_node *parse_or(struct parsing *p)
{
    struct expect_node *node = parse_and(p);
    while (node && take_word(p, "or"))
        node = join(EXPECT_OR, node, parse_and(p));
    return node;
}

static struct expect_node *parse_expression(struct parsing *p)
{
    if (p->depth >= DEPTH_MAX)
        return wrong(p, p->at, "nested too deep");
    p->depth++;
    struct expect_node *node = parse_or(p);
    if (node && take_word(p, "implies"))
        node = join(EXPECT_IMPLIES, node, parse_expression(p));
    p->depth--;
    return node;
}

bool expect_parse(const char *text, struct expect_node **tree, size_t *column, char *why, size_t why_size)
{
    struct parsing p = {.text = text, .at = text, .why = why, .why_size = why_size};
    *tree = parse_expression(&p);
    skip_space(&p);
    if (*tree && *p.at) {
        wrong(&p, p.at,
              *p.at == ')' ? "this parenthesis closes nothing" : "expected and, or, implies or the end");
        expect_free(*tree);
        *tree = NULL;
    }
    if (p.wrong_at)
        *column = (size_t)(p.wrong_at - text) + 1;
    return *tree != NULL;
}

void expect_free(struct expect_node *tree)
{
    if (tree == NULL)
        return;
    expect_free(tree->left);
    expect_free(tree->right);
    free(tree->key);
    free(tree->value);
    free(tree);
}

// ---- evaluation ----

static bool compare(enum op op, double a, double b)
{
    switch (op) {
    case OP_EQ: return a == b;
    case OP_NE: return a != b;
    case OP_LE: return a <= b;
    case OP_GE: return a >= b;
    case OP_LT: return a < b;
    case OP_GT: return a > b;
    }
    return false;
}

// Numbers with numbers; a value that is no number equals only a metric of the same text.
static bool compare_metric(const struct expect_node *node, struct metric metric)
{
    bool numeric = metric.kind != METRIC_TEXT;
    double number = metric.kind == METRIC_NULL ? HUGE_VAL : metric.number;
    if (numeric && node->is_number)
        return compare(node->op, number, node->number);
    bool same = metric.text && strcmp(metric.text, node->value) == 0;
    return node->op == OP_EQ ? same : node->op == OP_NE ? !same : false;
}

// Both sides are always looked at: a metric that does not exist is a mistake whatever the other side says.
int expect_eval(const struct expect_node *tree, metric_lookup lookup, void *context, const char **unknown)
{
    if (tree->kind == EXPECT_COMPARE) {
        struct metric metric = lookup(context, tree->key);
        if (metric.kind != METRIC_UNKNOWN)
            return compare_metric(tree, metric);
        *unknown = tree->key;
        return -1;
    }
    int left = expect_eval(tree->left, lookup, context, unknown);
    if (left < 0 || tree->kind == EXPECT_NOT)
        return left < 0 ? left : !left;
    int right = expect_eval(tree->right, lookup, context, unknown);
    if (right < 0)
        return right;
    switch (tree->kind) {
    case EXPECT_AND: return left && right;
    case EXPECT_OR: return left || right;
    default: return !left || right;
    }
}

void expect_keys(const struct expect_node *tree, void (*each)(void *context, const char *key), void *context)
{
    if (tree->kind == EXPECT_COMPARE) {
        each(context, tree->key);
        return;
    }
    expect_keys(tree->left, each, context);
    if (tree->right)
        expect_keys(tree->right, each, context);
}
