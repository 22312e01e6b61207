// SPDX-License-Identifier: Apache-2.0
// The simulator against closed forms: M/M/1/K, M/D/1/K and M/M/c/K, each by 20 replications.
//
//   test_queueing               the test
//   test_queueing table         the figures as a table of docs/validation.md
//   test_queueing coverage N    how often N other sets of seeds have the truth within their intervals,
//                               in every fifth queue
//
// Run length and seeds were fixed before the first run. About one in a hundred 99 % intervals misses the
// truth, so of the 174 here one or two may: the test bounds how many do (by the binomial law) and how far any
// is off (by the interval that all of them together keep in 99 of 100 cases).
#include "queueing.h"

enum { RECORDS = 20000, SEED = 1, SEEDS_APART = 1000 };
enum { MISSES_MOST = 7 }; // more of 174 would come in less than 1 of 1000 cases
static const double ALL =
    1.9; // a t of 19 degrees is within 5.4 (this times 2.86) in all but 1 of 30000 cases

static struct queueing cells[60];
static size_t cell_count;

static void add(enum law_kind service, double rho, unsigned servers, unsigned places)
{
    cells[cell_count++] = (struct queueing){service, rho, servers, places};
}

static void fill_cells(void)
{
    static const double rhos[] = {0.5, 0.8, 1.0, 1.2};
    static const unsigned places[] = {2, 5, 17}, servers[] = {2, 4, 8}, queues[] = {1, 4, 16};
    for (int law = 0; law < 2; law++)
        for (int r = 0; r < 4; r++)
            for (int k = 0; k < 3; k++)
                add(law ? LAW_CONSTANT : LAW_EXPONENTIAL, rhos[r], 1, places[k]);
    for (int c = 0; c < 3; c++)
        for (int r = 0; r < 4; r++)
            for (int k = 0; k < 3; k++)
                add(LAW_EXPONENTIAL, rhos[r], servers[c], servers[c] + queues[k]);
}

static const char *name_of(const struct queueing *q, char *text, size_t size)
{
    snprintf(text, size, "M/%c/%u/%u rho %.1f", q->service == LAW_CONSTANT ? 'D' : 'M', q->servers, q->places,
             q->rho);
    return text;
}

static const char *const figure_names[] = {"blocking", "L", "W"};

static void closed_forms_hold(void **state)
{
    (void)state;
    unsigned misses = 0, intervals = 0;
    for (size_t i = 0; i < cell_count; i++) {
        char name[64];
        name_of(&cells[i], name, sizeof name);
        struct verdict v = judge(&cells[i], RECORDS, SEED + i * SEEDS_APART);
        for (enum figure f = BLOCKED; f < FIGURES; f++) {
            double off = fabs(v.seen[f].mean - truth(&v, f));
            if (f == BLOCKED && is_rare(&v)) { // Markov: 100 times the mean is reached in at most 1 of 100
                if (v.lost > 100 * v.expected * REPLICATIONS)
                    fail_msg("%s: %g records lost, %g expected", name, v.lost, v.expected * REPLICATIONS);
                continue;
            }
            intervals++;
            misses += off > v.seen[f].half;
            if (off > v.seen[f].half)
                print_message("%s: %s %g is off its interval %g +- %g\n", name, figure_names[f], truth(&v, f),
                              v.seen[f].mean, v.seen[f].half);
            if (off > ALL * v.seen[f].half)
                fail_msg("%s: %s is %g, seen %g +- %g", name, figure_names[f], truth(&v, f), v.seen[f].mean,
                         v.seen[f].half);
            // An interval so wide that anything is inside says nothing.
            if (v.seen[f].half > (f == BLOCKED ? 0.35 : 0.05) * truth(&v, f))
                fail_msg("%s: %s %g +- %g is no measurement", name, figure_names[f], v.seen[f].mean,
                         v.seen[f].half);
        }
    }
    print_message("%u of %u intervals miss the truth\n", misses, intervals);
    assert_true(misses <= MISSES_MOST);
}

// ---- the closed forms themselves ----

static void assert_close(double got, double want, double by)
{
    if (!(fabs(got - want) <= by))
        fail_msg("%.9g is not %.9g", got, want);
}

// Erlang's loss formula is the case without a queue; M/M/1/K has a formula of its own; at rho 1 all shares of
// M/M/1/K are equal. The values of M/D/1/K were computed by others.
static void closed_forms_are_right(void **state)
{
    (void)state;
    assert_close(mmck(4.0 / 5, 5, 5).blocked, 0.199067, 1e-6);
    assert_close(mmck(20.0 / 16, 16, 16).blocked, 0.292033, 1e-6);
    for (unsigned k = 1; k < 30; k++) {
        double rho = 0.8;
        assert_close(mmck(rho, 1, k).blocked, (1 - rho) * pow(rho, k) / (1 - pow(rho, k + 1)), 1e-12);
        assert_close(mmck(1, 1, k).blocked, 1.0 / (k + 1), 1e-12);
        assert_close(mmck(1, 1, k).time, (k + 1) / 2.0, 1e-12);
        assert_close(md1k(rho, k).number, md1k(rho, k).time * rho * (1 - md1k(rho, k).blocked), 1e-12);
    }
    static const struct {
        double rho;
        unsigned places;
        double blocked, number, time;
    } md[] = {{0.5, 2, 0.0962745, 0.5481, 1.2131},   {0.5, 5, 0.00217596, 0.7390, 1.4813},
              {0.8, 5, 0.0352904, 1.7053, 2.2097},   {0.8, 17, 0.000175894, 2.3881, 2.9856},
              {0.95, 17, 0.0115816, 6.2659, 6.6730}, {1.0, 17, 0.029703, 8.5726, 8.8350},
              {1.2, 17, 0.166964, 14.3734, 14.3785}, {2.0, 17, 0.500000, 16.3725, 16.3725}};
    for (size_t i = 0; i < sizeof md / sizeof *md; i++) {
        struct theory t = md1k(md[i].rho, md[i].places);
        assert_close(t.blocked, md[i].blocked, 1e-6);
        assert_close(t.number, md[i].number, 1e-4);
        assert_close(t.time, md[i].time, 1e-4);
    }
}

// Far above what it can take, a queue loses what does not fit, whatever its places.
static void overload_loses_the_excess(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        double rho = i ? 4 : 2;
        struct queueing q = {LAW_CONSTANT, rho, 1, 100};
        assert_close(replicate(&q, 400000, 5).blocked, 1 - 1 / rho, 0.005);
    }
}

// ---- for people ----

static void print_table(void)
{
    puts("| queue | blocking: theory | seen | L: theory | seen | W: theory | seen "
         "|\n|---|---|---|---|---|---|---|");
    for (size_t i = 0; i < cell_count; i++) {
        char name[64];
        struct verdict v = judge(&cells[i], RECORDS, SEED + i * SEEDS_APART);
        printf("| %s ", name_of(&cells[i], name, sizeof name));
        for (enum figure f = BLOCKED; f < FIGURES; f++)
            if (f == BLOCKED && is_rare(&v))
                printf("| %.3g | %.0f of %u lost ", truth(&v, f), v.lost, REPLICATIONS * RECORDS);
            else
                printf("| %.5g | %.5g ± %.2g%s ", truth(&v, f), v.seen[f].mean, v.seen[f].half,
                       is_inside(&v, f) ? "" : " (off)");
        puts("|");
    }
}

static void print_coverage(unsigned sets)
{
    unsigned inside[FIGURES] = {0}, all[FIGURES] = {0};
    for (unsigned k = 0; k < sets; k++) {
        for (size_t i = 0; i < cell_count; i += 5) {
            struct verdict v = judge(&cells[i], RECORDS, 1000000 + k * 100000 + i * SEEDS_APART);
            for (enum figure f = BLOCKED; f < FIGURES; f++)
                if (f != BLOCKED || !is_rare(&v)) {
                    inside[f] += is_inside(&v, f);
                    all[f]++;
                }
        }
        printf("%u sets:", k + 1);
        for (enum figure f = BLOCKED; f < FIGURES; f++)
            printf("  %s %.2f %% of %u", figure_names[f], 100.0 * inside[f] / all[f], all[f]);
        puts("");
        fflush(stdout);
    }
}

int main(int argc, char **argv)
{
    fill_cells();
    if (argc > 1 && strcmp(argv[1], "table") == 0) {
        print_table();
        return 0;
    }
    if (argc > 2 && strcmp(argv[1], "coverage") == 0) {
        print_coverage((unsigned)strtoul(argv[2], NULL, 10));
        return 0;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closed_forms_are_right),
        cmocka_unit_test(closed_forms_hold),
        cmocka_unit_test(overload_loses_the_excess),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
