// SPDX-License-Identifier: Apache-2.0
#include "cli/gate_record.h"

#include "cli/commands.h"
#include "history/file.h"

bool gate_record_open(struct gate_record *r, const struct options *o, struct error *e)
{
    sqlite3 *db;
    *r = (struct gate_record){0};
    if (!o->given[OPT_RECORD])
        return true;
    r->path = o->value[OPT_RECORD] ? o->value[OPT_RECORD] : HISTORY_DEFAULT;
    if (!history_open_to_record(&db, r->path, e))
        return false;
    history_close(db);
    return true;
}

bool gate_record_name_sides(struct gate_record *r, const struct gate_report *report, struct error *e)
{
    return r->path == NULL || history_sides_open(&r->sides, report, e);
}

static void tell(const struct gate_record *r, const struct gate_report *report,
                 const struct history_recorded *done)
{
    if (report->gate->interrupted)
        fprintf(stderr, "weir: nothing was recorded: interrupted\n");
    else if (done->points == 0)
        fprintf(stderr, "weir: nothing was recorded: no cell was measured\n");
    else
        fprintf(stderr, "weir: recorded in %s: %zu points%s\n", r->path, done->points,
                done->left_out ? "; cells that were not measured are none" : "");
    if (done->points > 0 && done->before == 0 && done->elsewhere > 0)
        fprintf(stderr,
                "weir: they begin new series: what is in that file is of another reference or machine\n");
}

int gate_record_finish(const struct gate_record *r, const struct gate_report *report, bool quiet, int code)
{
    struct history_recorded done;
    struct error e = {0};
    if (r->path == NULL)
        return code;
    if (history_record(r->path, report, &r->sides, &done, &e)) {
        if (!quiet)
            tell(r, report, &done);
        return code;
    }
    fprintf(stderr, "weir: NOT recorded: %s\n", e.text);
    return code == EXIT_OK ? EXIT_INVALID : code;
}

void gate_record_close(struct gate_record *r)
{
    history_sides_close(&r->sides);
}
