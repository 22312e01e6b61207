// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"
#include "result/text.h"
#include "scenario/preview.h"
#include "scenario/suite.h"

int cmd_preview(const struct options *o)
{
    struct error e = {0};
    struct suite_runs runs = {0};
    struct overrides over = overrides_of(o);
    if (o->given[OPT_SCHEMA]) {
        schema_print(stdout);
        return finish_output(EXIT_OK);
    }
    if (o->operand_count == 0) {
        fail(&e, EXIT_USAGE, "weir preview wants a scenario file; see 'weir help preview'");
        return tell_error(&e);
    }
    if (!suite_load(o->operands, o->operand_count, &over, &runs, &e))
        return tell_error(&e);
    struct text_style style = text_style_of(stdout, TEXT_COLOUR_NEVER);
    for (size_t i = 0; i < runs.count; i++) {
        if (i > 0)
            putchar('\n');
        preview_print(stdout, runs.list[i].plan, style.columns, style.utf8);
    }
    suite_free(&runs);
    return finish_output(EXIT_OK);
}
