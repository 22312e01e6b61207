// SPDX-License-Identifier: Apache-2.0
// From a file to the list of its cells.
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "scenario/document.h"
#include "scenario/matrix.h"
#include "scenario/mem.h"
#include "scenario/trace.h"

struct loading {
    const char *path;
    char *question;
    uint64_t hash;
    struct node *root;
    struct matrix matrix;
    struct report report;
};

// The text of the first comment line, before anything else.
static char *first_comment(const char *bytes)
{
    if (strncmp(bytes, "\xEF\xBB\xBF", 3) == 0)
        bytes += 3;
    bytes += strspn(bytes, "\r\n");
    if (*bytes != '#')
        return must_copy("");
    bytes += strspn(bytes, "# \t");
    return must_copy_n(bytes, strcspn(bytes, "\r\n"));
}

static bool read_file(struct loading *l, struct error *e)
{
    char *bytes;
    size_t size;
    if (!text_read(l->path, &bytes, &size, e))
        return false;
    bool ok = tree_parse(l->path, bytes, size, &l->root, e);
    if (ok) {
        l->question = first_comment(bytes);
        l->hash = hash_text(bytes);
    }
    free(bytes);
    if (ok && l->root->kind != NODE_MAP)
        return fail(e, EXIT_USAGE, "%s:%zu:%zu: a scenario is a map of keys, this is %s", l->path,
                    l->root->at.line, l->root->at.column, node_kind_name(l->root));
    if (ok && node_get(l->root, "suite"))
        return fail(e, EXIT_USAGE, "%s:1:1: this is a suite, not a scenario; `weir run` takes it", l->path);
    return ok;
}

static struct scenario *build(struct loading *l, const struct node *root, struct report *report)
{
    struct scenario *scenario = scenario_build(root, l->path, report);
    scenario->question = must_copy(l->question);
    scenario->file_hash = l->hash;
    for (size_t i = 0; i < scenario->source_count; i++)
        if (scenario->sources[i].arrival.trace)
            scenario->file_hash = hash64(scenario->file_hash, scenario->sources[i].arrival.trace->hash);
    return scenario;
}

// ---- cells ----

static void free_cell(struct cell_plan *cell)
{
    for (size_t i = 0; i < cell->param_count; i++) {
        free(cell->params[i].key);
        free(cell->params[i].text);
    }
    free(cell->params);
    free(cell->skip_reason);
    scenario_free(cell->shape);
}

void plan_free(struct plan *plan)
{
    if (plan == NULL)
        return;
    for (size_t i = 0; i < plan->cell_count; i++)
        free_cell(&plan->cells[i]);
    free(plan->cells);
    scenario_free(plan->base);
    free(plan->axes_text);
    free(plan);
}

// Findings of one cell. Errors end the load, whichever cell they are in; an impossible combination skips the
// cell when a matrix made it.
static void judge_cell(struct loading *l, struct cell_plan *cell, const struct report *found)
{
    bool skips = matrix_skips(&l->matrix);
    for (size_t i = 0; i < found->count; i++) {
        const struct finding *f = &found->list[i];
        if (f->kind == FINDING_ERROR || !skips)
            report_take(&l->report, f);
        else if (cell->skip_reason == NULL)
            cell->skip_reason = must_copy(f->what);
    }
    cell->scenario = cell->skip_reason ? NULL : cell->shape;
}

// Keeps in `common` only what this cell finds too.
static void keep_common(struct report *common, const struct report *found)
{
    struct report kept = {.path = common->path};
    for (size_t i = 0; i < common->count; i++)
        if (report_holds(found, &common->list[i]))
            report_take(&kept, &common->list[i]);
    report_free(common);
    *common = kept;
}

static void build_cells(struct loading *l, struct plan *plan, struct report *common)
{
    size_t count = matrix_cells(&l->matrix);
    plan->cells = must_alloc(count, sizeof *plan->cells);
    for (size_t i = 0; i < count && !report_full(&l->report); i++) {
        struct cell_plan *cell = &plan->cells[plan->cell_count++];
        struct report found = {.path = l->path};
        struct node *root = matrix_cell(&l->matrix, l->root, i, &found, &cell->params);
        cell->param_count = l->matrix.count;
        cell->shape = build(l, root, &found);
        judge_cell(l, cell, &found);
        keep_common(common, &found);
        report_free(&found);
        node_free(root);
    }
}

// The file without any axis. When it is not whole without them (a rate that only an axis gives), the first
// cell's.
static void build_base(struct loading *l, struct plan *plan, struct report *common)
{
    plan->base = build(l, l->root, common);
    if (report_count(common, FINDING_ERROR) == 0 || l->matrix.count == 0)
        return;
    struct report ignored = {.path = l->path};
    struct cell_param *params;
    struct node *root = matrix_cell(&l->matrix, l->root, 0, &ignored, &params);
    scenario_free(plan->base);
    plan->base = build(l, root, &ignored);
    for (size_t i = 0; i < l->matrix.count; i++) {
        free(params[i].key);
        free(params[i].text);
    }
    free(params);
    node_free(root);
    report_free(&ignored);
}

static bool make_plan(struct loading *l, const struct overrides *over, struct plan *plan, struct error *e)
{
    l->report.path = l->path;
    document_spread(l->root);
    matrix_read(&l->matrix, l->root, over, &l->report);
    if (l->report.count > 0) {
        // The axes make no sense; what else is wrong is said in one go.
        scenario_free(build(l, l->root, &l->report));
        return report_fail(&l->report, e);
    }
    struct report common = {.path = l->path};
    build_base(l, plan, &common);
    plan->axes_text = matrix_text(&l->matrix);
    build_cells(l, plan, &common);
    // What is impossible with and without every axis value does not come from the axes: it is the file's
    // mistake.
    for (size_t i = 0; i < common.count; i++)
        report_take(&l->report, &common.list[i]);
    report_free(&common);
    return l->report.count == 0 || report_fail(&l->report, e);
}

bool plan_load(const char *path, const struct overrides *over, struct plan **out, struct error *e)
{
    struct loading l = {.path = path};
    struct plan *plan = must_alloc(1, sizeof *plan);
    bool ok = read_file(&l, e) && make_plan(&l, over, plan, e);
    node_free(l.root);
    matrix_free(&l.matrix);
    report_free(&l.report);
    free(l.question);
    if (!ok) {
        plan_free(plan);
        plan = NULL;
    }
    *out = plan;
    return ok;
}
