// SPDX-License-Identifier: Apache-2.0
// Every strategy has a colour and every queue a dash and a marker, none of them another's: a new one cannot
// be forgotten.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/peers.h"
#include "figure/figure.h"
#include "figure/style.h"
#include "queue/queue.h"
#include "strategy/cards.h"
#include "strategy/loss.h"

// Last: cmocka makes a macro of `fail`.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static bool has(const char *(*at)(size_t), const char *name)
{
    for (size_t i = 0; at(i); i++)
        if (strcmp(at(i), name) == 0)
            return true;
    return false;
}

static void every_strategy_has_a_colour(void **state)
{
    (void)state;
    struct weir_card card;
    size_t count = 0, own = 0;
    for (; weir_card_at(count, &card); count++)
        if (!has(style_strategy_at, card.name))
            fail_msg("no colour for the strategy %s: add it to style.c", card.name);
    while (style_strategy_at(own))
        own++;
    assert_int_equal(own, count); // and none that there is not
}

static void strategies_of_an_edge_differ(void **state)
{
    (void)state;
    struct weir_card a, b;
    char colour[STYLE_COLOUR_SIZE], other[STYLE_COLOUR_SIZE];
    for (size_t i = 0; weir_card_at(i, &a); i++)
        for (size_t k = 0; k < i && weir_card_at(k, &b); k++) {
            style_strategy_colour(a.name, colour);
            style_strategy_colour(b.name, other);
            if (weir_on_edge(a.place) && weir_on_edge(b.place) && strcmp(colour, other) == 0)
                fail_msg("%s and %s are both %s", a.name, b.name, colour);
        }
}

static void several_strategies_go_by_the_one_that_matters(void **state)
{
    (void)state;
    char drop[STYLE_COLOUR_SIZE], colour[STYLE_COLOUR_SIZE], other[STYLE_COLOUR_SIZE];
    style_strategy_colour("drop_newest", drop);
    assert_string_equal(drop, "#d55e00");
    style_strategy_colour("block+drop_newest", colour);
    style_strategy_colour("block", other);
    assert_string_not_equal(colour, other);
    assert_string_not_equal(colour, drop); // a tone of its own
    style_strategy_colour("block+drop_newest", other);
    assert_string_equal(colour, other); // always the same
    style_strategy_colour("block_timeouts", colour);
    assert_string_equal(colour, "#000000"); // no strategy of that name, and block is only its beginning
}

static void every_queue_has_a_dash_and_marker_of_its_own(void **state)
{
    (void)state;
    const struct weir_queue_ops *queue;
    const struct bench_peer *peer;
    size_t count = 0, own = 0;
    for (size_t i = 0; (queue = weir_queue_at(i)) != NULL; i++, count++)
        if (!has(style_queue_at, queue->name))
            fail_msg("no dash for the queue %s: add it to style.c", queue->name);
    for (size_t i = 0; (peer = bench_peer_at(i)) != NULL; i++, count++)
        if (!has(style_queue_at, peer->name))
            fail_msg("no dash for the peer %s: add it to style.c", peer->name);
    for (; style_queue_at(own); own++) {
        struct queue_style a = style_queue(style_queue_at(own)), unknown = style_queue("./mine.so");
        assert_true(has(style_dash_at, a.dash) && has(style_marker_at, a.marker));
        for (size_t k = 0; k < own; k++) {
            struct queue_style b = style_queue(style_queue_at(k));
            if (strcmp(a.dash, b.dash) == 0 && strcmp(a.marker, b.marker) == 0)
                fail_msg("%s and %s look alike", style_queue_at(own), style_queue_at(k));
        }
        assert_true(strcmp(a.dash, unknown.dash) != 0 || strcmp(a.marker, unknown.marker) != 0);
    }
    assert_int_equal(own, count);
}

static void every_reason_of_loss_has_a_colour(void **state)
{
    (void)state;
    char colour[STYLE_COLOUR_SIZE];
    for (int r = 0; r < WEIR_LOSS_COUNT; r++) {
        style_reason_colour(weir_loss_name((enum weir_loss)r), colour);
        if (strcmp(colour, "#000000") == 0)
            fail_msg("no colour for the reason %s: add it to style.c", weir_loss_name((enum weir_loss)r));
    }
}

static double contrast(const char *colour)
{
    double sum = 0;
    static const double weights[] = {0.2126, 0.7152, 0.0722};
    for (int i = 0; i < 3; i++) {
        char part[3] = {colour[1 + 2 * i], colour[2 + 2 * i], 0};
        double c = (double)strtoul(part, NULL, 16) / 255;
        sum += weights[i] * pow(c, 2.2); // near enough to the standard's curve
    }
    return 1.05 / (sum + 0.05);
}

static void text_can_be_read(void **state)
{
    (void)state;
    char colour[STYLE_COLOUR_SIZE], text[STYLE_COLOUR_SIZE];
    for (size_t i = 0; style_strategy_at(i); i++) {
        style_strategy_colour(style_strategy_at(i), colour);
        style_text_colour(colour, text);
        assert_true(contrast(text) > 4.3);
    }
    style_text_colour("#0072b2", text);
    assert_string_equal(text, "#0072b2"); // dark enough as it is
    style_tint("#000000", 0.5, text);
    assert_string_equal(text, "#808080");
}

static void figures_are_named_once(void **state)
{
    (void)state;
    const struct figure *f;
    for (size_t i = 0; (f = figure_at(i)) != NULL; i++) {
        assert_int_equal(strspn(f->name, "abcdefghijklmnopqrstuvwxyz-"), strlen(f->name));
        assert_true(*f->title && f->question[strlen(f->question) - 1] == '?');
        assert_true(f->kinds && f->pages && f->fill);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(f->name, figure_at(k)->name);
        assert_ptr_equal(figure_find(f->name), f);
    }
    assert_null(figure_find("nothing"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_strategy_has_a_colour),
        cmocka_unit_test(strategies_of_an_edge_differ),
        cmocka_unit_test(several_strategies_go_by_the_one_that_matters),
        cmocka_unit_test(every_queue_has_a_dash_and_marker_of_its_own),
        cmocka_unit_test(every_reason_of_loss_has_a_colour),
        cmocka_unit_test(text_can_be_read),
        cmocka_unit_test(figures_are_named_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
