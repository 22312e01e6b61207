// SPDX-License-Identifier: Apache-2.0
// instructions [--check FILE]: how many instructions a push and its pop take, an item, as the page
// docs/instructions.md, or compared with it. Exit: 0 printed, or none takes more than listed; 1 one does; 77
// cannot be told here, and why.
#include "gate/count.h"
#include "paths.h"
#include "queue/queues.h"
#include <gnu/libc-version.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#define DECLARE(name) extern const struct path path_##name;
WEIR_QUEUES(DECLARE)

#define ADDRESS(name) &path_##name,
static const struct path *const paths[] = {WEIR_QUEUES(ADDRESS)};

// Runs: each queue, for one thread a side and for several, by one and in batches, short and long.
enum {
    QUEUES = sizeof paths / sizeof paths[0],
    RUNS = QUEUES * 8,
    SHORT = 4096, // rounds; a multiple of every period that a queue has, so that what comes once a lap is
                  // shared fairly
    CANNOT_TELL = 77
};

struct setting {
    const struct path *path;
    bool several, batch, twice;
};

static struct setting setting_of(size_t run)
{
    return (struct setting){paths[run / 8], run / 4 % 2, run / 2 % 2, run % 2};
}

// False where there is nothing of the kind.
static bool exists(const struct setting *s)
{
    uint32_t caps = s->path->ops->caps;
    return !(s->several && !(caps & (WEIR_Q_MULTI_PRODUCER | WEIR_Q_MULTI_CONSUMER))) &&
           !(s->batch && (caps & WEIR_Q_INLINE));
}

static void run_path(void *context, size_t run)
{
    struct setting s = setting_of(run);
    struct weir_queue_config config = {.capacity = 1024,
                                       .wait = WEIR_WAIT_SPIN,
                                       .producers = 1,
                                       .consumers = 1,
                                       .batch = s.batch ? PATH_BATCH : 1};
    (void)context;
    if (!exists(&s))
        return;
    if (s.several && (s.path->ops->caps & WEIR_Q_MULTI_PRODUCER))
        config.producers = 2;
    if (s.several && (s.path->ops->caps & WEIR_Q_MULTI_CONSUMER))
        config.consumers = 2;
    struct weir_queue *q = s.path->ops->create(&config);
    if (q == NULL)
        abort();
    uint64_t sum = (s.batch ? s.path->batch : s.path->one)(q, s.twice ? 2 * SHORT : SHORT);
    s.path->ops->destroy(q);
    if (sum == 0)
        abort();
}

// --- the list ----

struct row {
    char queue[32], threads[16];
    double one, batch; // instructions an item; negative: there is none
};

static double per_item(const uint64_t *counts, size_t run, size_t batch)
{
    struct setting s = setting_of(run);
    return exists(&s) ? (double)(counts[run + 1] - counts[run]) / SHORT / (double)batch : -1;
}

static size_t make_rows(const uint64_t *counts, struct row *rows)
{
    size_t count = 0;
    for (size_t run = 0; run < RUNS; run += 4) {
        struct setting s = setting_of(run);
        struct row *row = &rows[count];
        *row = (struct row){.one = per_item(counts, run, 1), .batch = per_item(counts, run + 2, PATH_BATCH)};
        snprintf(row->queue, sizeof row->queue, "%s", s.path->ops->name);
        snprintf(row->threads, sizeof row->threads, "%s", s.several ? "several" : "1 and 1");
        count += row->one >= 0;
    }
    return count;
}

static const char *conditions(void)
{
    static char text[512];
    struct utsname machine;
    uname(&machine);
#if defined(__clang__)
    const char *compiler = "clang";
#else
    const char *compiler = "gcc";
#endif
    snprintf(text, sizeof text, "%s %s, `%s`, %s, glibc %s", compiler, __VERSION__, INSTRUCTIONS_FLAGS,
             machine.machine, gnu_get_libc_version());
    return text;
}

static void print_number(double value)
{
    if (value < 0)
        printf(" - |");
    else
        printf(" %.2f |", value);
}

static void print_page(const struct row *rows, size_t count)
{
    printf(
        "# The instruction path\n\n"
        "How many instructions a push and the pop of the same item take together, an item, when "
        "nobody is in the\n"
        "way: one thread, capacity 1024, the queue empty before and after, wait spin, in a loop that "
        "writes the item and\n"
        "adds it up. What comes once a lap or once a segment is shared by all. Instructions are no time, "
        "but they are\n"
        "the same in every run, however busy the machine: `ctest -R instructions` fails when a queue takes "
        "over 0.5 %% and\n"
        "over one instruction more than is listed here. It is skipped where compiler, flags or libc are "
        "not these:\n\n"
        "Counted with: %s\n\n"
        "Made by `cmake --build build --target instructions_list`, from the processor's counter "
        "(`perf_event_open`),\n"
        "or where that cannot be had by callgrind. *several*: made for two producers, and two consumers "
        "where it may\n"
        "have them; some queues then choose another algorithm.\n\n"
        "| queue | producers and consumers | 1 item a call | %d items a call |\n|---|---|---|---|\n",
        conditions(), PATH_BATCH);
    for (size_t i = 0; i < count; i++) {
        printf("| %s | %s |", rows[i].queue, rows[i].threads);
        print_number(rows[i].one);
        print_number(rows[i].batch);
        putchar('\n');
    }
}

// --- the comparison ----

static bool read_row(const char *line, struct row *row)
{
    char one[32], batch[32];
    if (sscanf(line, "| %31[a-z_0-9] | %15[a-z0-9 ] | %31s | %31s |", row->queue, row->threads, one, batch) !=
        4)
        return false;
    row->threads[strcspn(row->threads, "|")] = '\0';
    for (size_t n = strlen(row->threads); n > 0 && row->threads[n - 1] == ' ';)
        row->threads[--n] = '\0';
    row->one = strcmp(one, "-") == 0 ? -1 : strtod(one, NULL);
    row->batch = strcmp(batch, "-") == 0 ? -1 : strtod(batch, NULL);
    return row->one != 0;
}

static bool has_grown(const struct row *row, const char *what, double now, double listed)
{
    if (now <= listed + 1 || now <= listed * 1.005)
        return false;
    printf("%s (%s), %s: %.2f instructions, listed are %.2f\n", row->queue, row->threads, what, now, listed);
    return true;
}

static bool compare_row(const struct row *now, const struct row *listed, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(now->queue, listed[i].queue) == 0 && strcmp(now->threads, listed[i].threads) == 0) {
            bool one = has_grown(now, "1 item a call", now->one, listed[i].one);
            return !has_grown(now, "16 items a call", now->batch, listed[i].batch) && !one;
        }
    printf("%s (%s) is not listed\n", now->queue, now->threads);
    return false;
}

// How many rows the page has; *same says whether it was made under our conditions.
static size_t read_page(FILE *in, struct row *rows, size_t most, bool *same)
{
    static const char made[] = "Counted with: ";
    char line[512];
    size_t count = 0;
    *same = false;
    while (fgets(line, sizeof line, in)) {
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, made, sizeof made - 1) == 0)
            *same = strcmp(line + sizeof made - 1, conditions()) == 0;
        else if (count < most && read_row(line, &rows[count]))
            count++;
    }
    return count;
}

static int compare(const struct row *rows, size_t count, const struct row *listed, size_t listed_count)
{
    bool good = true;
    for (size_t i = 0; i < count; i++)
        good = compare_row(&rows[i], listed, listed_count) && good;
    if (!good)
        printf(
            "If that is meant: cmake --build build --target instructions_list, and say why in the commit.\n");
    else
        printf("%zu paths, none longer than listed\n", count);
    return good ? 0 : 1;
}

int main(int argc, char **argv)
{
    static uint64_t counts[RUNS];
    static struct row rows[RUNS], listed[RUNS];
    size_t listed_count = 0;
    char why[256] = "no /proc", self[PATH_MAX];
    bool check = argc == 3 && strcmp(argv[1], "--check") == 0, same = true;
    if (argc == 2 && strcmp(argv[1], COUNT_ALONE) == 0) {
        count_alone(run_path, NULL, RUNS);
        return 0;
    }
    if (check) {
        FILE *in = fopen(argv[2], "re");
        if (in == NULL) {
            perror(argv[2]);
            return 1;
        }
        listed_count = read_page(in, listed, RUNS, &same);
        fclose(in);
    }
    if (!same) {
        printf("skipped: this build is %s, not what the list was made with\n", conditions());
        return CANNOT_TELL;
    }
    if (realpath("/proc/self/exe", self) == NULL ||
        !count_all((const char *const[]){self, COUNT_ALONE, NULL}, run_path, NULL, RUNS, counts, why,
                   sizeof why)) {
        printf("skipped: %s\n", why);
        return CANNOT_TELL;
    }
    size_t count = make_rows(counts, rows);
    if (check)
        return compare(rows, count, listed, listed_count);
    print_page(rows, count);
    return 0;
}
