// SPDX-License-Identifier: Apache-2.0
// Axes, their order, what is skipped, and what the command line does to them.
#include "with_file.h"

static void expect_cell(const struct plan *plan, size_t index, const char *text)
{
    const struct cell_plan *cell = &plan->cells[index];
    char got[256] = "";
    for (size_t i = 0; i < cell->param_count; i++) {
        strcat(got, i ? " " : "");
        strcat(got, cell->params[i].key);
        strcat(got, "=");
        strcat(got, cell->params[i].text);
    }
    assert_string_equal(got, text);
}

static void first_axis_is_slowest(void **state)
{
    (void)state;
    struct plan *plan = load(BASE "matrix: {queue: [mutex, mpmc], rate: [1k/s, 2k/s, 3k/s]}\n", NULL);
    static const char *const order[] = {"queue=mutex rate=1k/s", "queue=mutex rate=2k/s",
                                        "queue=mutex rate=3k/s", "queue=mpmc rate=1k/s",
                                        "queue=mpmc rate=2k/s",  "queue=mpmc rate=3k/s"};
    assert_int_equal(plan->cell_count, 6);
    for (size_t i = 0; i < 6; i++)
        expect_cell(plan, i, order[i]);
    assert_string_equal(plan->axes_text, "queue x rate");
    assert_true(plan->cells[4].params[1].is_number);
    assert_true(plan->cells[4].params[1].number == 2000);
    assert_false(plan->cells[4].params[0].is_number);
    assert_string_equal(plan->cells[4].scenario->stages[0].edge.queue, "mpmc");
    assert_true(timed_value(&plan->cells[4].scenario->sources[0].arrival.rate, 0) == 2000);
    assert_true(timed_value(&plan->base->sources[0].arrival.rate, 0) == 50000);
    plan_free(plan);
}

static void axis_values_in_base_units(void **state)
{
    (void)state;
    struct plan *plan =
        load(BASE "matrix: {sink.service: [40us], app.size: [1KiB], duration: [3s], parse.workers: [2], "
                  "parse.queue.capacity: [2k], queue.wait: [spin]}\n",
             NULL);
    const struct cell_plan *cell = &plan->cells[0];
    static const double numbers[] = {40e-6, 1024, 3, 2, 2000};
    for (size_t i = 0; i < 5; i++) {
        assert_true(cell->params[i].is_number);
        assert_true(cell->params[i].number == numbers[i]);
    }
    assert_false(cell->params[5].is_number);
    assert_int_equal(cell->scenario->duration_ns, 3 * NS_PER_S);
    assert_int_equal(cell->scenario->stages[0].workers, 2);
    assert_int_equal(cell->scenario->stages[0].edge.capacity, 2000);
    assert_int_equal(cell->scenario->stages[0].edge.wait, WEIR_WAIT_SPIN);
    plan_free(plan);
}

#define TWO_EDGES                                                                                            \
    HEAD SOURCES "pipeline:\n  - {stage: a, queue: channel}\n  - {stage: b, queue: {capacity: 7}}\n" SINK

static void queue_axis_leaves_written_queues_alone(void **state)
{
    (void)state;
    struct plan *plan = load(TWO_EDGES "matrix: {queue: [mutex]}\n", NULL);
    const struct scenario *s = plan->cells[0].scenario;
    assert_string_equal(s->stages[0].edge.queue, "channel");
    assert_string_equal(s->stages[1].edge.queue, "mutex");
    assert_int_equal(s->stages[1].edge.capacity, 7); // the other keys stay
    plan_free(plan);
    plan = load(TWO_EDGES "matrix: {queue: [mutex]}\n", &(struct overrides){.queues = "mpmc,spsc"});
    assert_int_equal(plan->cell_count, 2);
    s = plan->cells[1].scenario;
    assert_string_equal(s->stages[0].edge.queue, "spsc"); // the command line overrides every edge
    assert_string_equal(s->stages[1].edge.queue, "spsc");
    assert_int_equal(s->stages[1].edge.capacity, 7);
    plan_free(plan);
}

static void axes_reach_the_sinks_own_edge(void **state)
{
    (void)state;
    static const char yaml[] = HEAD SOURCES SINK "matrix: {queue: [mutex], strategy: [drop_newest]}\n";
    struct plan *plan = load(yaml, NULL);
    const struct sink *sink = &plan->cells[0].scenario->sinks[0];
    assert_true(sink->has_edge);
    assert_string_equal(sink->edge.queue, "mutex");
    assert_string_equal(sink->edge.admission->name, "drop_newest");
    plan_free(plan);
    plan = load(BASE "matrix: {queue: [mutex]}\n", NULL);
    assert_false(plan->cells[0].scenario->sinks[0].has_edge);
    plan_free(plan);
}

static void impossible_cells_are_skipped(void **state)
{
    (void)state;
    struct plan *plan =
        load(BASE "matrix: {queue: [mpmc, disruptor], strategy: [block, drop_oldest]}\n", NULL);
    assert_non_null(plan->cells[1].scenario);
    assert_null(plan->cells[3].scenario);
    assert_non_null(plan->cells[3].shape);
    assert_string_equal(plan->cells[3].skip_reason,
                        "drop_oldest cannot run on disruptor at parse, a producer cannot "
                        "pop there: use mutex, channel, mpmc");
    plan_free(plan);
    plan = load(BASE "matrix: {queue: [disruptor, spsc], parse.workers: [2]}\n", NULL);
    assert_null(plan->cells[0].scenario); // all are skipped: for the caller to say
    assert_null(plan->cells[1].scenario);
    plan_free(plan);
    // Single values from the command line are no matrix.
    refuse(BASE "matrix: {queue: [mpmc, mutex]}\n",
           &(struct overrides){.queues = "disruptor", .strategies = "drop_oldest"},
           "--strategy drop_oldest: drop_oldest cannot run on disruptor at parse, a producer cannot pop "
           "there: use "
           "mutex, channel, mpmc");
}

static void strategies_with_parameters(void **state)
{
    (void)state;
    struct plan *plan = load(BASE "matrix: {strategy: [block, {block_timeout: {timeout: 7ms}}]}\n", NULL);
    expect_cell(plan, 1, "strategy={block_timeout: {timeout: 7ms}}");
    assert_true(plan->cells[1].scenario->stages[0].edge.admission_state.params[0] == 7e6);
    plan_free(plan);
    const char *const only[] = {"strategy=block_timeout"};
    plan = load(BASE "matrix: {strategy: [block, {block_timeout: {timeout: 7ms}}]}\n",
                &(struct overrides){.only = only, .only_count = 1});
    assert_int_equal(plan->cell_count, 1);
    plan_free(plan);
}

// What a list of strategies is read into, how it is called, and how the command line names it.
static void strategies_by_place(void **state)
{
    (void)state;
    static const char axis[] =
        BASE "matrix: {strategy: [fifo, [{codel: {target: 1ms}}, drop_newest, slowdown, aimd], pie]}\n";
    struct plan *plan = load(axis, NULL);
    expect_cell(plan, 1, "strategy=[{codel: {target: 1ms}}, drop_newest, slowdown, aimd]");
    const struct edge_spec *e = &plan->cells[1].scenario->stages[0].edge;
    assert_ptr_equal(e->admission, weir_strategy_find("drop_newest"));
    assert_ptr_equal(e->discipline, weir_discipline_find("codel"));
    assert_true(e->discipline_state.params[0] == 1e6 && e->discipline_state.params[1] == 100e6);
    assert_int_equal(e->pacing_count, 2);
    assert_ptr_equal(e->pacing[0], weir_pacing_find("slowdown"));
    assert_ptr_equal(e->pacing[1], weir_pacing_find("aimd"));
    assert_true(e->pacing_state[1].params[0] == weir_pacing_find("aimd")->params[0].fallback);
    char text[128];
    assert_string_equal(edge_strategies_text(e, text, sizeof text), "codel+drop_newest+slowdown+aimd");
    assert_true(e->admission_written);
    e = &plan->cells[2].scenario->stages[0].edge;
    assert_ptr_equal(e->admission, weir_strategy_find("block"));
    assert_string_equal(edge_strategies_text(e, text, sizeof text), "pie");
    assert_false(e->admission_written);
    e = &plan->cells[0].scenario->stages[0].edge;
    assert_string_equal(edge_strategies_text(e, text, sizeof text), "block");
    plan_free(plan);
    const char *const only[] = {"strategy=codel+drop_newest+slowdown+aimd"};
    plan = load(axis, &(struct overrides){.only = only, .only_count = 1});
    assert_int_equal(plan->cell_count, 1);
    plan_free(plan);
    plan = load(BASE, &(struct overrides){.strategies = "pie+reject,ttl"});
    assert_int_equal(plan->cell_count, 2);
    e = &plan->cells[0].scenario->stages[0].edge;
    assert_string_equal(edge_strategies_text(e, text, sizeof text), "pie+reject");
    plan_free(plan);
}

static void only_narrows(void **state)
{
    (void)state;
    static const char yaml[] =
        BASE "matrix: {queue: [mutex, channel, mpmc], strategy: [block, drop_newest]}\n";
    const char *const only[] = {"queue=mpmc,mutex", "strategy=block"};
    struct plan *plan = load(yaml, &(struct overrides){.only = only, .only_count = 2});
    assert_int_equal(plan->cell_count, 2);
    expect_cell(plan, 0, "queue=mutex strategy=block");
    expect_cell(plan, 1, "queue=mpmc strategy=block");
    plan_free(plan);
    const char *const value[] = {"queue=spsc"}, *const axis[] = {"quue=mutex"}, *const form[] = {"queue"};
    refuse(yaml, &(struct overrides){.only = value, .only_count = 1},
           "--only queue=spsc: axis queue has no value \"spsc\"; there are: mutex, channel, mpmc");
    refuse(yaml, &(struct overrides){.only = axis, .only_count = 1},
           "--only quue=mutex: there is no axis \"quue\"; did you mean \"queue\"?");
    refuse(yaml, &(struct overrides){.only = form, .only_count = 1},
           "--only queue: write it as axis=value or axis=value,value");
    refuse(BASE, &(struct overrides){.only = value, .only_count = 1},
           "--only queue=spsc: this scenario has no matrix");
}

static void overrides_of_the_top(void **state)
{
    (void)state;
    struct overrides over = {
        .engine = "sim", .duration = "5s", .warmup = "1s", .drain = "0s", .seed = "42", .reps = "3"};
    struct plan *plan = load(BASE, &over);
    const struct scenario *s = plan->cells[0].scenario;
    assert_int_equal(s->engine, ENGINE_SIM);
    assert_int_equal(s->duration_ns, 5 * NS_PER_S);
    assert_int_equal(s->warmup_ns, NS_PER_S);
    assert_int_equal(s->drain_ns, 0);
    assert_int_equal(s->seed, 42);
    assert_int_equal(s->reps, 3);
    plan_free(plan);
    refuse(BASE, &(struct overrides){.duration = "5"},
           "--duration 5: duration: \"5\" is not a duration like 200us, 5ms or 10s");
    refuse(BASE, &(struct overrides){.engine = "smi"},
           "--engine smi: engine: there is no \"smi\"; did you mean \"sim\"?");
    refuse(BASE, &(struct overrides){.duration = "1s", .warmup = "1s"},
           "--warmup 1s: warmup is as long as the duration, so nothing would be measured: use a shorter "
           "warmup or a "
           "longer duration");
}

static struct plan *load_set(const char *yaml, const char *set)
{
    const char *const sets[] = {set};
    return load(yaml, &(struct overrides){.sets = sets, .set_count = 1});
}

static void refuse_set(const char *set, const char *text)
{
    const char *const sets[] = {set};
    refuse(BASE, &(struct overrides){.sets = sets, .set_count = 1}, text);
}

static void sets(void **state)
{
    (void)state;
    struct plan *plan = load_set(BASE, "app.rate=1k/s");
    assert_true(timed_value(&plan->base->sources[0].arrival.rate, 0) == 1000);
    plan_free(plan);
    plan = load_set(BASE, "sink.service={law: exponential, mean: 1ms}");
    assert_int_equal(plan->base->sinks[0].service.pieces[0].law.kind, LAW_EXPONENTIAL);
    plan_free(plan);
    plan = load_set(BASE, "parse.queue=mutex");
    assert_string_equal(plan->base->stages[0].edge.queue, "mutex");
    plan_free(plan);
    plan = load_set(BASE, "seed=9");
    assert_int_equal(plan->base->seed, 9);
    plan_free(plan);
    plan = load_set(BASE "matrix: {rate: [1k/s, 2k/s]}\n", "rate=9k/s"); // holds the axis at one value
    assert_int_equal(plan->cell_count, 1);
    expect_cell(plan, 0, "rate=9k/s");
    plan_free(plan);
    plan = load_set(HEAD SOURCES STAGES "sink: {name: out, type: model, service: 40us}\n", "out.service=1ms");
    assert_true(timed_value(&plan->base->sinks[0].service, 0) == 1e6);
    plan_free(plan);
    refuse_set("rate", "--set rate: write it as key=value, such as app.rate=20k/s");
    refuse_set("apq.rate=1/s",
               "--set apq.rate=1/s: \"apq.rate\" reaches nothing: there is no source, stage or sink "
               "\"apq\"; did you mean \"app\"?");
    refuse_set("app.rate=1", "--set app.rate=1: rate: \"1\" is not a rate like 2000/s, 50k/s or 10/m");
    refuse_set("sink.servce=1us",
               "--set sink.servce=1us: unknown key \"servce\" in a sink; did you mean \"service\"?");
    refuse_set("app.name.x=1",
               "--set app.name.x=1: name.x has no keys below it in the file; write it out there first");
    refuse_set("sink.service={law: [}",
               "--set sink.service={law: [}: value:1:8: did not find expected node content");
}

// An axis may give what the file alone lacks, and may choose a type whose keys stand beside those of another.
static void axes_complete_the_file(void **state)
{
    (void)state;
    struct plan *plan =
        load(HEAD "sources:\n  - {name: app, type: synthetic, arrival: {process: poisson}}\n" SINK
                  "matrix: {app.rate: [1k/s, 2k/s]}\n",
             NULL);
    assert_true(timed_value(&plan->base->sources[0].arrival.rate, 0) == 1000);
    plan_free(plan);
    plan = load(BASE "matrix: {sink.type: [\"null\", model], app.arrival.process: [constant, poisson]}\n"
                     "timeline: [{at: 1s, set: {sink.service: 1ms}}]\n",
                NULL);
    assert_int_equal(plan->cell_count, 4);
    assert_int_equal(plan->cells[0].scenario->sinks[0].type, SINK_NULL);
    assert_true(timed_is_zero(&plan->cells[0].scenario->sinks[0].service)); // not read for this type
    assert_int_equal(plan->cells[0].scenario->sources[0].arrival.process, ARRIVE_CONSTANT);
    plan_free(plan);
}

static const struct weir_queue_ops *fake_loader(const char *path, char *why, size_t size)
{
    if (strcmp(path, "./mine.so") == 0)
        return weir_queue_find("mutex");
    snprintf(why, size, "no such module");
    return NULL;
}

static void modules_come_from_the_loader(void **state)
{
    (void)state;
    scenario_set_module_loader(fake_loader);
    struct plan *plan = load(BASE, &(struct overrides){.queues = "./mine.so,mpmc"});
    assert_string_equal(plan->cells[0].scenario->stages[0].edge.queue, "./mine.so");
    assert_ptr_equal(plan->cells[0].scenario->stages[0].edge.queue_ops, weir_queue_find("mutex"));
    plan_free(plan);
    refuse(BASE, &(struct overrides){.queues = "./other.so"},
           "--queue ./other.so: queue module ./other.so: no such module");
    scenario_set_module_loader(NULL);
}

static void matrices_are_bounded(void **state)
{
    (void)state;
    char yaml[4096] = BASE "matrix:\n";
    for (unsigned axis = 0; axis < 3; axis++) {
        static const char *const keys[] = {"rate", "app.size", "parse.queue.capacity"};
        sprintf(yaml + strlen(yaml), "  %s: [", keys[axis]);
        for (unsigned i = 1; i <= 17; i++)
            sprintf(yaml + strlen(yaml), "%u%s, ", i, axis == 0 ? "/s" : "");
        strcat(yaml, "]\n");
    }
    refuse(yaml, NULL, "f.yaml:9:3: the matrix has more than 4096 cells; use --only or shorter axes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_axis_is_slowest),
        cmocka_unit_test(axis_values_in_base_units),
        cmocka_unit_test(queue_axis_leaves_written_queues_alone),
        cmocka_unit_test(axes_reach_the_sinks_own_edge),
        cmocka_unit_test(impossible_cells_are_skipped),
        cmocka_unit_test(strategies_with_parameters),
        cmocka_unit_test(strategies_by_place),
        cmocka_unit_test(only_narrows),
        cmocka_unit_test(overrides_of_the_top),
        cmocka_unit_test(sets),
        cmocka_unit_test(axes_complete_the_file),
        cmocka_unit_test(modules_come_from_the_loader),
        cmocka_unit_test(matrices_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
