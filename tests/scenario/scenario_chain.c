// SPDX-License-Identifier: Apache-2.0
// Chains in a scenario: how they are written, what is refused and where, and which one is in force when.
#include "scenario/chain.h"

#include "with_file.h"

#define LINES                                                                                                \
    "sources:\n  - {name: app, type: synthetic, format: json, classes: {debug: 50%, info: 50%}, arrival: "   \
    "{rate: 1k/s}}\n"
#define CHAIN(text)    HEAD LINES "pipeline:\n  - {stage: s, chain: " text "}\n" SINK
#define TIMELINE(text) HEAD LINES "pipeline:\n  - {stage: s, chain: [parse]}\n" SINK "timeline: [" text "]\n"

static const struct {
    const char *yaml, *text;
} refused[] = {
    {CHAIN("parse"),
     "f.yaml:6:23: chain must be a list such as [parse, {filter: 50%}], this is a plain value"},
    {CHAIN("[prase]"), "f.yaml:6:24: there is no processor \"prase\"; did you mean \"parse\"?"},
    {CHAIN("[[parse]]"), "f.yaml:6:24: chain: a list inside a list"},
    {CHAIN("[{parse: xml}]"), "f.yaml:6:32: parse: there is no form \"xml\"; there are: auto, json, rfc5424"},
    {CHAIN("[filter]"),
     "f.yaml:6:24: filter needs what it takes out: {filter: 50%} or {filter: {class: debug}}"},
    {CHAIN("[{filter: 150%}]"), "f.yaml:6:33: filter: \"150%\" is not a share like 5% or 0.05, from 0 to 1"},
    {CHAIN("[{filter: {clas: debug}}]"),
     "f.yaml:6:34: unknown key \"clas\" in filter; there are: class, share"},
    {CHAIN("[{filter: {class: debg}}]"),
     "f.yaml:6:23: filter: no source has a class \"debg\"; did you mean \"debug\"?"},
    {CHAIN("[redact]"), "f.yaml:6:24: redact needs what it covers: {redact: field}, {redact: {field: name}} "
                        "or {redact: {pattern: \"####-####\"}}"},
    {CHAIN("[{redact: \"\"}]"), "f.yaml:6:33: redact must be a text, this is empty"},
    {CHAIN("[{redact: {filed: x}}]"),
     "f.yaml:6:34: unknown key \"filed\" in redact; there are: field, pattern"},
    {CHAIN("[{attribute: eu}]"),
     "f.yaml:6:36: attribute needs what it adds, such as {attribute: {region: eu}}"},
    {CHAIN("[{attribute: {\"a b\": eu}}]"), "f.yaml:6:37: attribute: \"a b\" is not a name (1 to 32 "
                                            "printable ASCII characters without space, =, ] and \")"},
    {CHAIN("[{attribute: {a: [b]}}]"), "f.yaml:6:40: attribute must be a text, this is a list"},
    {CHAIN("[{redact: x, filter: 1%}]"),
     "f.yaml:6:24: a processor is a name, or a map of its name and what it takes, and `cost` beside it"},
    {CHAIN("[{cost: 1us}]"),
     "f.yaml:6:24: a processor is a name, or a map of its name and what it takes, and `cost` beside it"},
    {CHAIN("[{redact: x, cost: fast}]"),
     "f.yaml:6:42: cost: \"fast\" is not a duration like 200us, 5ms or 10s"},
    {HEAD SOURCES "pipeline:\n  - {stage: s, chain: [parse]}\n" SINK,
     "f.yaml:6:23: stage s parses, and records of app hold nothing to parse: give the source format: json or "
     "rfc5424"},
    {HEAD "sources:\n  - {name: u, type: udp, format: json, arrival: {rate: 1k/s}}\npipeline:\n  - {stage: "
          "s, chain: [{redact: msg}]}\n" SINK,
     "f.yaml:6:23: stage s parses, and records of the built-in senders of u lose their format at receipt: "
     "use a synthetic source with a format, or external senders"},
    {HEAD
     "sources:\n  - {name: app, type: synthetic, format: json, size: 20B, arrival: {rate: 1k/s}}\n" STAGES
         SINK,
     "f.yaml:4:54: source app: 20 bytes are too few for format json, which needs 61 for a record's identity"},
    {HEAD LINES "pipeline:\n  - {stage: s, queue: {type: disruptor, ring: r}, chain: [parse]}\n  - {stage: "
                "t, after: s, queue: "
                "{type: disruptor, ring: r}}\n" SINK,
     "f.yaml:6:58: stage s shares its records with the other stages of ring r, so it takes no chain and no "
     "fail_open: give it a queue of its own"},
    {TIMELINE("{at: 1s, swap: s}"), "f.yaml:8:12: swap: stage and chain: [...] go together"},
    {TIMELINE("{at: 1s, set: {sink.service: 1us}, chain: [parse]}"),
     "f.yaml:8:12: swap: stage and chain: [...] go together"},
    {TIMELINE("{at: 1s, swap: sink, chain: []}"),
     "f.yaml:8:27: swap: sink is no stage, and only stages have a chain"},
    {TIMELINE("{at: 1s, swap: t, chain: []}"),
     "f.yaml:8:27: there is no source, stage or sink \"t\"; there are: app, s, sink"},
    {TIMELINE("{at: 1s, ramp: 1s, swap: s, chain: []}"), "f.yaml:8:12: a swap has no ramp"},
    {TIMELINE("{at: 1s, swap: s, chain: [prase]}"),
     "f.yaml:8:38: there is no processor \"prase\"; did you mean \"parse\"?"},
    {HEAD SOURCES "pipeline:\n  - {stage: s, fail_open: {mark: 120%}}\n" SINK,
     "f.yaml:6:34: mark: \"120%\" is not a share like 5% or 0.05, from 0 to 1"},
};

static void says_what_and_where(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        refuse(refused[i].yaml, NULL, refused[i].text);
}

static void every_way_of_writing_is_understood(void **state)
{
    (void)state;
    struct plan *plan = load(
        CHAIN("[parse, {parse: rfc5424, cost: 2us}, {filter: 25%}, {filter: {class: debug, share: 10%}}, "
              "{cost: 3us, redact: pw}, {redact: {pattern: \"##\"}}, {attribute: {a: 1, b: x}, cost: 5us}]"),
        NULL);
    const struct chain_plan *c = &plan->base->stages[0].chain;
    assert_int_equal(c->version_count, 1);
    assert_int_equal(c->piece_count, 1);
    const struct processor *p = c->versions[0].list;
    assert_int_equal(c->versions[0].count, 8);
    assert_true(p[0].kind == PROCESS_PARSE && p[0].form == FORM_AUTO && p[0].cost_ns == 0);
    assert_true(p[1].form == FORM_RFC5424 && p[1].cost_ns == 2000);
    assert_true(p[2].kind == PROCESS_FILTER && p[2].share == 0.25 && p[2].class_name == NULL);
    assert_true(p[3].share == 0.1 && strcmp(p[3].class_name, "debug") == 0);
    assert_true(p[4].kind == PROCESS_REDACT && strcmp(p[4].field, "pw") == 0 && p[4].cost_ns == 3000);
    assert_true(p[5].field == NULL && strcmp(p[5].pattern, "##") == 0);
    assert_true(p[6].kind == PROCESS_ATTRIBUTE && strcmp(p[6].field, "a") == 0 && p[6].cost_ns == 5000);
    assert_true(strcmp(p[7].field, "b") == 0 && strcmp(p[7].value, "x") == 0 && p[7].cost_ns == 0);
    plan_free(plan);
}

static unsigned version_at(const struct plan *plan, uint64_t ms)
{
    const struct chain_plan *c = &plan->base->stages[0].chain;
    return c->pieces[chain_piece_at(c, ms * NS_PER_MS)].version;
}

static void the_timeline_says_which_is_in_force(void **state)
{
    (void)state;
    // A repeated one, and one that goes over it and ends under the next.
    struct plan *plan =
        load(TIMELINE("{at: 10ms, for: 10ms, every: 20ms, swap: s, chain: [{filter: 1%}]}, {at: 45ms, for: "
                      "10ms, swap: s, chain: []}, {at: 1s, swap: s, chain: [{filter: 2%}]}"),
             NULL);
    static const unsigned at[][2] = {{0, 0},  {9, 0},   {10, 1},   {19, 1},   {20, 0},  {30, 1},
                                     {40, 0}, {45, 2},  {49, 2},   {50, 1},   {54, 1},  {59, 1},
                                     {60, 0}, {999, 1}, {1000, 3}, {1010, 1}, {1020, 3}};
    for (size_t i = 0; i < sizeof at / sizeof *at; i++)
        assert_int_equal(version_at(plan, at[i][0]), at[i][1]);
    assert_int_equal(plan->base->stages[0].chain.version_count, 4);
    assert_string_equal(plan->base->events[0].what, "swap s = [{filter: 1%}]");
    plan_free(plan);
}

static void an_axis_may_hold_chains_and_marks(void **state)
{
    (void)state;
    struct plan *plan =
        load(HEAD LINES "pipeline:\n  - {stage: s}\n" SINK
                        "matrix:\n  s.chain: [[], [parse, {filter: 50%}]]\n  s.fail_open: [50%, 100%]\n",
             NULL);
    assert_int_equal(plan->cell_count, 4);
    const struct stage *last = &plan->cells[3].scenario->stages[0];
    assert_int_equal(plan->cells[0].scenario->stages[0].chain.versions[0].count, 0);
    assert_int_equal(last->chain.versions[0].count, 2);
    assert_true(last->has_fail_open && last->fail_open.mark == 1 && last->fail_open.resume == 1);
    assert_true(plan->cells[0].scenario->stages[0].fail_open.mark == 0.5);
    plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_and_where),
        cmocka_unit_test(every_way_of_writing_is_understood),
        cmocka_unit_test(the_timeline_says_which_is_in_force),
        cmocka_unit_test(an_axis_may_hold_chains_and_marks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
