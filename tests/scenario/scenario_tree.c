// SPDX-License-Identifier: Apache-2.0
#include "scenario/tree.h"

#include "with_file.h"

static struct node *parse(const char *text)
{
    struct error e = {EXIT_OK, ""};
    struct node *root;
    if (!tree_parse("t", text, strlen(text), &root, &e))
        fail_msg("%s", e.text);
    return root;
}

static void scalars_are_taken_as_written(void **state)
{
    (void)state;
    struct node *root = parse("{a: null, b: on, c: off, d: 1e3, e: '12', f: ~, g: , h: 0x1F}");
    assert_string_equal(node_text(root, "a"), "null");
    assert_string_equal(node_text(root, "b"), "on");
    assert_string_equal(node_text(root, "c"), "off");
    assert_string_equal(node_text(root, "d"), "1e3");
    assert_string_equal(node_text(root, "e"), "12");
    assert_true(node_get(root, "e")->quoted);
    assert_string_equal(node_text(root, "f"), "~");
    assert_string_equal(node_text(root, "g"), "");
    assert_string_equal(node_text(root, "h"), "0x1F");
    node_free(root);
}

static void places_count_from_one(void **state)
{
    (void)state;
    struct node *root = parse("# c\na:\n  - x\n  - {é: 1, k: v}\n");
    const struct node *list = node_get(root, "a");
    assert_int_equal(list->items[0].value->at.line, 3);
    assert_int_equal(list->items[0].value->at.column, 5);
    const struct entry *k = node_entry(list->items[1].value, "k");
    assert_int_equal(k->at.line, 4);
    assert_int_equal(k->at.column, 12); // characters, not bytes
    assert_int_equal(k->value->at.column, 15);
    node_free(root);
}

static void dotted_paths(void **state)
{
    (void)state;
    struct place at = {"--set", 0, 0};
    struct node *root = parse("a: {b: {c: 1}}\nd: 2\n");
    assert_string_equal(node_path(root, "a.b.c")->text, "1");
    assert_null(node_path(root, "a.x.c"));
    assert_null(node_path(root, "d.e"));
    assert_true(node_put(root, "a.b.c", node_scalar("9", at), at));
    assert_true(node_put(root, "x.y.z", node_scalar("7", at), at));
    assert_false(node_put(root, "d.e", node_scalar("7", at), at));
    struct node *copy = node_clone(root);
    char *flow = node_flow(copy);
    assert_string_equal(flow, "{a: {b: {c: 9}}, d: 2, x: {y: {z: 7}}}");
    free(flow);
    node_free(root);
    node_free(copy);
}

static void flow_text_reads_back(void **state)
{
    (void)state;
    struct node *root = parse("{a: [1, 'it''s', {}], b: \"x, y\", c: ''}");
    char *flow = node_flow(root);
    struct node *again = parse(flow);
    char *second = node_flow(again);
    assert_string_equal(flow, second);
    assert_string_equal(node_get(again, "a")->items[1].value->text, "it's");
    free(flow);
    free(second);
    node_free(root);
    node_free(again);
}

static void nesting_of_64_is_fine(void **state)
{
    (void)state;
    char text[400] = "a: ";
    for (unsigned i = 0; i < 63; i++) // with the map around them 64
        strcat(text, "[");
    for (unsigned i = 0; i < 63; i++)
        strcat(text, "]");
    node_free(parse(text));
    memmove(text + 4, text + 3, strlen(text + 3) + 1);
    strcat(text, "]");
    struct error e = {EXIT_OK, ""};
    struct node *root;
    assert_false(tree_parse("t", text, strlen(text), &root, &e));
    assert_string_equal(e.text, "t:1:67: nested more than 64 deep");
}

// A quarter of a million keys in one map must not take quadratic time.
static void many_keys(void **state)
{
    (void)state;
    enum { KEYS = 90000 };
    char *text = malloc(TREE_MAX_BYTES + 1), *p = text;
    for (unsigned i = 0; i < KEYS; i++)
        p += sprintf(p, "k%u: 1\n", i);
    struct node *root = parse(text);
    assert_int_equal(root->count, KEYS);
    node_free(root);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scalars_are_taken_as_written),
        cmocka_unit_test(places_count_from_one),
        cmocka_unit_test(dotted_paths),
        cmocka_unit_test(flow_text_reads_back),
        cmocka_unit_test(nesting_of_64_is_fine),
        cmocka_unit_test(many_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
