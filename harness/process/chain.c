// SPDX-License-Identifier: Apache-2.0
#include "process/chain.h"

#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "process/json.h"
#include "process/steps.h"
#include "process/syslog.h"

// ---- parse ----

static bool has_form(const struct process_item *item, enum text_form form)
{
    struct syslog s;
    return form == FORM_JSON ? json_is_sound(item->bytes, item->size)
                             : syslog_read(item->bytes, item->size, &s, NULL, NULL);
}

static enum text_form guess(const struct process_item *item)
{
    size_t i = 0;
    while (i < item->size && item->bytes[i] && strchr(" \t\r\n", item->bytes[i]))
        i++;
    if (i < item->size && item->bytes[i] == '{')
        return FORM_JSON;
    return item->size > 0 && item->bytes[0] == '<' ? FORM_RFC5424 : FORM_NONE;
}

static void look(struct process_item *item, enum text_form form)
{
    if (form == FORM_AUTO)
        form = guess(item);
    item->form = form != FORM_NONE && has_form(item, form) ? form : FORM_NONE;
    item->malformed |= item->form == FORM_NONE;
}

enum text_form item_form(struct process_item *item)
{
    if (item->form == FORM_AUTO)
        look(item, FORM_AUTO);
    return item->form;
}

// ---- filter ----

// The place in the chain makes two filters of one chain independent of each other.
static bool is_filtered(const struct processor *p, const struct process_item *item)
{
    if (p->class_name && (!item->class_name || strcmp(p->class_name, item->class_name) != 0))
        return false;
    double unit = (double)(hash64(item->key, item->next) >> 11) * 0x1p-53;
    return unit < p->share;
}

// ---- chain ----

static enum process_result run_one(const struct processor *p, struct process_item *item)
{
    switch (p->kind) {
    case PROCESS_PARSE: look(item, p->form); break;
    case PROCESS_FILTER: return is_filtered(p, item) ? PROCESS_FILTERED : PROCESS_PASSED;
    case PROCESS_REDACT: redact_item(p, item); break;
    case PROCESS_ATTRIBUTE: return attribute_item(p, item);
    }
    return PROCESS_PASSED;
}

enum process_result chain_run(const struct chain *chain, struct process_item *item)
{
    for (; item->next < chain->count; item->next++) {
        const struct processor *p = &chain->list[item->next];
        enum process_result result = run_one(p, item);
        if (result == PROCESS_GROW)
            return result;
        item->cost_ns += p->cost_ns;
        if (result != PROCESS_PASSED)
            return result;
    }
    return PROCESS_PASSED;
}

bool chain_rewrites(const struct chain *chain)
{
    for (size_t i = 0; i < chain->count; i++)
        if (chain->list[i].kind == PROCESS_REDACT || chain->list[i].kind == PROCESS_ATTRIBUTE)
            return true;
    return false;
}

void chain_free(struct chain *chain)
{
    for (size_t i = 0; i < chain->count; i++) {
        free(chain->list[i].class_name);
        free(chain->list[i].field);
        free(chain->list[i].pattern);
        free(chain->list[i].value);
    }
    free(chain->list);
    *chain = (struct chain){0};
}

// ---- plan ----

size_t chain_piece_at(const struct chain_plan *plan, uint64_t now_ns)
{
    size_t low = 0, high = plan->piece_count; // the piece is in [low, high)
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (plan->pieces[middle].start_ns <= now_ns)
            low = middle;
        else
            high = middle;
    }
    return low;
}

bool chain_plan_is_empty(const struct chain_plan *plan)
{
    for (size_t i = 0; i < plan->version_count; i++)
        if (plan->versions[i].count)
            return false;
    return true;
}

void chain_plan_free(struct chain_plan *plan)
{
    for (size_t i = 0; i < plan->version_count; i++)
        chain_free(&plan->versions[i]);
    free(plan->versions);
    free(plan->pieces);
    *plan = (struct chain_plan){0};
}
