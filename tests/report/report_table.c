// SPDX-License-Identifier: Apache-2.0
// The table of formats is whole: what the parser, the help page and the folder's names are made from.
#include <ctype.h>
#include <string.h>

#include "report/figures.h"
#include "report/format.h"

// Last: cmocka makes a macro of `fail`.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void names_are_words_and_each_stands_once(void **state)
{
    (void)state;
    const struct report_format *f, *other;
    for (size_t i = 0; (f = report_format_at(i)) != NULL; i++) {
        assert_true(f->name[0] && strlen(f->name) <= 16); // the help page's column
        for (const char *p = f->name; *p; p++)
            assert_true(islower((unsigned char)*p) || *p == '-');
        assert_true(strlen(f->help) > 0 && strlen(f->help) <= 70);
        assert_ptr_equal(report_format_find(f->name), f);
        assert_non_null(f->write);
        for (size_t k = 0; k < i && (other = report_format_at(k)) != NULL; k++) {
            assert_string_not_equal(f->name, other->name);
            assert_string_not_equal(f->file, other->file);
        }
    }
    assert_null(report_format_find("nothing"));
    assert_string_equal(report_format_at(0)->name, "markdown"); // what is printed without --format
}

static void a_star_stands_for_several_files(void **state)
{
    (void)state;
    const struct report_format *f;
    for (size_t i = 0; (f = report_format_at(i)) != NULL; i++) {
        bool several = strchr(f->file, '*') != NULL;
        assert_int_equal(several, f->parts != NULL);
        assert_int_equal(several, f->part_name != NULL);
        assert_null(strchr(f->file, '/'));
    }
}

static void none_is_called_as_what_it_is_made_of(void **state)
{
    (void)state;
    static const char *const inputs[] = {"result.json", HISTOGRAMS_FILE, "series.csv", "resume.json"};
    const struct report_format *f;
    for (size_t i = 0; (f = report_format_at(i)) != NULL; i++)
        for (size_t k = 0; k < sizeof inputs / sizeof *inputs; k++)
            assert_string_not_equal(f->file, inputs[k]);
}

static void every_kind_of_document_can_be_read(void **state)
{
    (void)state;
    const struct report_format *f;
    unsigned kinds = 0;
    for (size_t i = 0; (f = report_format_at(i)) != NULL; i++) {
        assert_true(f->kinds != 0);
        kinds |= f->kinds;
        if (f->kinds & REPORT_CONFORM)
            assert_false(f->results); // it has checks, and no cells
    }
    assert_int_equal(kinds, REPORT_RUN | REPORT_BENCH | REPORT_CONFORM);
}

static void figures_have_names_of_their_own(void **state)
{
    (void)state;
    static const enum report_kind kinds[] = {REPORT_RUN, REPORT_BENCH};
    for (size_t n = 0; n < 2; n++) {
        const struct report_figure *f;
        size_t bigger = 0;
        for (size_t i = 0; (f = report_figure_at(kinds[n], i)) != NULL; i++) {
            bigger += f->bigger;
            assert_null(strpbrk(f->go_unit, " \t"));
            for (size_t k = 0; k < i; k++) {
                assert_string_not_equal(f->name, report_figure_at(kinds[n], k)->name);
                assert_string_not_equal(f->go_unit, report_figure_at(kinds[n], k)->go_unit);
            }
        }
        assert_int_equal(bigger, 1); // items_per_second and throughput are one figure
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_words_and_each_stands_once),
        cmocka_unit_test(a_star_stands_for_several_files),
        cmocka_unit_test(none_is_called_as_what_it_is_made_of),
        cmocka_unit_test(every_kind_of_document_can_be_read),
        cmocka_unit_test(figures_have_names_of_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
