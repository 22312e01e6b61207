// SPDX-License-Identifier: Apache-2.0
// The JSON Schema: the kept file is what the table says, and the shipped scenarios satisfy it.
#include "scenario/schema.h"

#include "scenario/preview.h"
#include "with_file.h"

static void the_kept_file_is_current(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);
    schema_print(memory);
    fclose(memory);
    FILE *f = fopen(DOCS_FOLDER "/scenario-schema.json", "r");
    assert_non_null(f);
    char *kept = calloc(size + 2, 1);
    size_t got = fread(kept, 1, size + 1, f);
    fclose(f);
    if (got != size || memcmp(kept, text, size) != 0)
        fail_msg("docs/scenario-schema.json is old: build the target scenario_schema");
    free(kept);
    free(text);
}

// BaseLoader, because PyYAML's own idea of `on` and `off` is that of YAML 1.1.
static void the_shipped_scenarios_satisfy_it(void **state)
{
    (void)state;
    if (system("/usr/bin/python3 -c 'import jsonschema, yaml' 2>/dev/null") != 0)
        skip();
    assert_int_equal(system("/usr/bin/python3 -c '"
                            "import glob, json, jsonschema, yaml\n"
                            "schema = json.load(open(\"" DOCS_FOLDER "/scenario-schema.json\"))\n"
                            "jsonschema.Draft7Validator.check_schema(schema)\n"
                            "for path in glob.glob(\"" SCENARIO_FOLDER "/*.yaml\"):\n"
                            "    jsonschema.validate(yaml.load(open(path), yaml.BaseLoader), schema)\n"
                            "'"),
                     0);
}

static void check_table(const struct key_table *table)
{
    if (table->variant)
        assert_non_null(schema_key(table, table->variant));
    for (const struct key_spec *spec = table->keys; spec->key; spec++) {
        assert_true(spec->help != NULL && spec->help[0] != '\0');
        assert_ptr_equal(schema_key(table, spec->key), spec); // no key twice
        assert_true(spec->type != KEY_CHOICE || spec->choice != NULL);
        assert_true(spec->variants == 0 || table->variant != NULL);
        if ((spec->type == KEY_MAP || spec->type == KEY_LIST) && table != spec->table)
            check_table(spec->table);
        if (spec->type == KEY_MAP && spec->plain)
            assert_non_null(schema_key(spec->table, spec->plain));
    }
}

static void the_tables_are_sound(void **state)
{
    (void)state;
    check_table(&schema_top);
    check_table(&schema_law);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_kept_file_is_current),
        cmocka_unit_test(the_shipped_scenarios_satisfy_it),
        cmocka_unit_test(the_tables_are_sound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
