// SPDX-License-Identifier: Apache-2.0
// The log behind a spilling edge, on both devices: order, bounds, what survives a kill, and what does not.
#include "io_fixture.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/crc32c.h"
#include "flow/spill_format.h"
#include "flow/spill_store.h"
#include "sim/sim.h"

enum { KIB = 1024, SEED = 5 };

static char folder[64];
static struct record_pool *pool;

static const struct spill_limits roomy = {.max_bytes = 1 << 20, .segment_bytes = 4 * KIB, .sync_ns = 1000};

static int set_up(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/weir-spill-XXXXXX");
    assert_non_null(mkdtemp(folder));
    pool = record_pool_create();
    return 0;
}

static size_t count_segments(void)
{
    DIR *d = opendir(folder);
    size_t n = 0;
    for (struct dirent *e; d && (e = readdir(d));)
        n += strstr(e->d_name, ".seg") != NULL;
    if (d)
        closedir(d);
    return n;
}

static int tear_down(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    record_pool_destroy(pool);
    return system(command);
}

static struct spill_store *open_files(const struct spill_limits *limits)
{
    struct error e = {0};
    struct spill_device *d = spill_files_open(folder, &e);
    struct spill_store *s = d ? spill_store_create(d, pool, limits, &e) : NULL;
    if (s == NULL)
        print_message("%s\n", e.text);
    assert_non_null(s);
    return s;
}

static struct spill_store *open_memory(const struct spill_limits *limits)
{
    struct error e = {0};
    return spill_store_create(sim_spill_create(), pool, limits, &e);
}

static uint32_t size_of(uint64_t seq)
{
    return (uint32_t)(seq * 37 % 300);
}

static struct record *make(uint64_t seq)
{
    struct record *r = record_take(pool, size_of(seq));
    r->source = 2;
    r->sender = 3;
    r->seq = seq;
    r->record_class = 1;
    r->flags = RECORD_EXTERNAL;
    r->intended_ns = seq * 10;
    r->sent_ns = seq * 10 + 1;
    r->pushed_ns = seq * 10 + 2;
    r->mark = seq + 7;
    r->payload_hash = seq ^ 0xabcdef;
    payload_fill(r->payload, r->size, SEED, 2, 3, seq, 1);
    return r;
}

static int append(struct spill_store *s, uint64_t seq)
{
    struct record *r = make(seq);
    int error = spill_append(s, r, seq);
    record_give(pool, r);
    return error;
}

static void check_record(const struct record *r, uint64_t seq)
{
    assert_int_equal(r->seq, seq);
    assert_int_equal(r->source, 2);
    assert_int_equal(r->sender, 3);
    assert_int_equal(r->record_class, 1);
    assert_int_equal(r->flags, RECORD_EXTERNAL);
    assert_int_equal(r->intended_ns, seq * 10);
    assert_int_equal(r->sent_ns, seq * 10 + 1);
    assert_int_equal(r->pushed_ns, seq * 10 + 2);
    assert_int_equal(r->mark, seq + 7);
    assert_int_equal(r->payload_hash, seq ^ 0xabcdef);
    assert_int_equal(r->size, size_of(seq));
    assert_true(payload_matches(r->payload, r->size, SEED, 2, 3, seq, 1));
}

// Takes one that must be there, whole and in order; settles it when asked to.
static void take(struct spill_store *s, uint64_t seq, bool settle)
{
    struct spill_read got;
    assert_true(spill_take(s, &got, 0));
    assert_int_equal(got.lost, 0);
    assert_non_null(got.record);
    check_record(got.record, seq);
    if (settle)
        spill_settle(s, got.record->spill_number);
    record_give(pool, got.record);
}

// ---- checksums ----

static void crc_is_castagnolis(void **state)
{
    (void)state;
    assert_int_equal(crc32c(0, "123456789", 9), 0xe3069283); // the check value of the catalogue of CRCs
    unsigned char zeros[32] = {0};
    assert_int_equal(crc32c(0, zeros, 32), 0x8a9136aa); // RFC 3720, B.4
    assert_int_equal(crc32c(crc32c(0, "1234", 4), "56789", 5), 0xe3069283);
    assert_int_equal(crc32c(0, NULL, 0), 0);
}

// ---- order and bounds ----

static void keeps_order_and_identity(struct spill_store *s)
{
    struct rng rng;
    rng_init(&rng, 3, "order");
    uint64_t in = 0, out = 0;
    while (out < 5000) {
        for (uint64_t n = rng_below(&rng, 40); n > 0 && in < 5000; n--)
            assert_int_equal(append(s, in++), 0);
        for (uint64_t n = rng_below(&rng, 40); n > 0 && out < in; n--)
            take(s, out++, true);
        assert_int_equal(spill_counters(s)->waiting, in - out);
    }
    struct spill_read got;
    assert_false(spill_take(s, &got, 0));
    assert_true(spill_counters(s)->bytes <= 2 * 4 * KIB); // what was read and has ended is gone
    spill_store_destroy(s);
}

static void order_in_files(void **state)
{
    (void)state;
    keeps_order_and_identity(open_files(&roomy));
    assert_int_equal(rmdir(folder), 0); // nothing is left
    assert_int_equal(mkdir(folder, 0700), 0);
}

static void order_in_memory(void **state)
{
    (void)state;
    keeps_order_and_identity(open_memory(&roomy));
}

static void max_is_kept(struct spill_store *s, uint64_t max)
{
    uint64_t in = 0;
    while (append(s, in) == 0) {
        in++;
        assert_true(spill_counters(s)->bytes <= max);
    }
    assert_true(in > 50 && spill_counters(s)->bytes > max - 500);
    assert_int_equal(append(s, in), ENOSPC);
    assert_int_equal(spill_counters(s)->refusals, 2);
    assert_int_equal(spill_counters(s)->errors, 0);
    // Room comes back with the first segment whose records have all ended.
    uint64_t out = 0;
    bool gave = false;
    while (!gave) {
        struct spill_read got;
        assert_true(spill_take(s, &got, 0));
        check_record(got.record, out++);
        gave = spill_settle(s, got.record->spill_number);
        record_give(pool, got.record);
    }
    assert_true(out < in / 3);
    assert_int_equal(append(s, in++), 0);
    for (; out < in; out++)
        take(s, out, true);
    for (int i = 0; i < 200; i++) { // and all of it is there again
        assert_int_equal(append(s, in), 0);
        take(s, in++, true);
    }
    spill_store_destroy(s);
}

static void max_in_files_and_memory(void **state)
{
    (void)state;
    const struct spill_limits tight = {.max_bytes = 32 * KIB, .segment_bytes = 1 << 20, .sync_ns = 0};
    max_is_kept(open_files(&tight), tight.max_bytes);
    max_is_kept(open_memory(&tight), tight.max_bytes);
}

static void segments_wait_for_the_slowest(void **state)
{
    (void)state;
    struct spill_store *s = open_files(&roomy);
    for (uint64_t i = 0; i < 300; i++)
        assert_int_equal(append(s, i), 0);
    size_t all = count_segments();
    assert_true(all > 10);
    take(s, 0, false); // the first is still in somebody's hands
    for (uint64_t i = 1; i < 300; i++)
        take(s, i, true);
    assert_int_equal(count_segments(), all);
    assert_true(spill_settle(s, 0));
    assert_int_equal(count_segments(), 1);
    assert_false(spill_settle(s, 0)); // twice does no harm
    spill_store_destroy(s);
    assert_int_equal(count_segments(), 0);
}

// ---- a later run ----

static void what_is_left_comes_again(void **state)
{
    (void)state;
    struct spill_store *s = open_files(&roomy);
    for (uint64_t i = 0; i < 300; i++)
        assert_int_equal(append(s, i), 0);
    for (uint64_t i = 0; i < 100; i++)
        take(s, i, i != 90); // 90 is in the air
    spill_store_destroy(s);
    s = open_files(&roomy);
    assert_int_equal(spill_counters(s)->recovered, 210);
    assert_int_equal(spill_counters(s)->waiting, 210);
    assert_int_equal(append(s, 300), 0); // and new ones stand behind
    struct spill_read got;
    for (uint64_t i = 90; i <= 300; i++) {
        assert_true(spill_take(s, &got, 0));
        check_record(got.record, i);
        assert_int_equal(got.recovered, i < 300);
        if (got.recovered)
            assert_int_equal(got.number, i - 90);
        spill_settle(s, got.record->spill_number);
        record_give(pool, got.record);
    }
    spill_store_destroy(s);
    assert_int_equal(count_segments(), 0);
}

static void a_folder_has_one_owner(void **state)
{
    (void)state;
    struct error e = {0};
    struct spill_store *s = open_files(&roomy);
    assert_null(spill_files_open(folder, &e));
    assert_non_null(strstr(e.text, "in use by another run or queue"));
    spill_store_destroy(s);
    s = open_files(&roomy);
    spill_store_destroy(s);
    e = (struct error){0};
    assert_null(spill_files_open("/proc/no/such", &e));
    assert_int_equal(e.code, EXIT_USAGE);
}

// ---- damage ----

static void path_of(char *path, size_t size, unsigned segment)
{
    snprintf(path, size, "%s/%016x.seg", folder, segment);
}

static off_t length_of(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? st.st_size : -1;
}

// Takes all that is there: counts what came, checks that it is whole and in order, and counts what is told
// lost.
static void take_all(struct spill_store *s, uint64_t *came, uint64_t *lost)
{
    struct spill_read got;
    uint64_t last = 0;
    *came = *lost = 0;
    while (spill_take(s, &got, 0)) {
        *lost += got.lost;
        assert_true(got.lost || got.record);
        if (got.record == NULL)
            continue;
        assert_true(*came == 0 || got.record->seq > last);
        last = got.record->seq;
        check_record(got.record, last);
        spill_settle(s, got.record->spill_number);
        record_give(pool, got.record);
        ++*came;
    }
    assert_int_equal(spill_counters(s)->waiting, 0);
    assert_int_equal(spill_counters(s)->unreadable, *lost);
}

static void leave_behind(uint64_t n)
{
    struct spill_store *s = open_files(&roomy);
    for (uint64_t i = 0; i < n; i++)
        assert_int_equal(append(s, i), 0);
    spill_store_destroy(s);
}

static void torn_tails_are_not_believed(void **state)
{
    (void)state;
    for (off_t cut = 1; cut < 700; cut += 13) {
        leave_behind(10);
        char path[100];
        path_of(path, sizeof path, 0);
        assert_int_equal(truncate(path, length_of(path) - cut), 0);
        struct spill_store *s = open_files(&roomy);
        uint64_t came, lost, found = spill_counters(s)->recovered;
        assert_int_equal(append(s, 10), 0);
        take_all(s, &came, &lost);
        assert_int_equal(lost, 0);
        assert_int_equal(came, found + 1);
        assert_true(found < 10);
        spill_store_destroy(s);
        assert_int_equal(count_segments(), 0);
    }
}

static void flipped_bits_cost_their_record(void **state)
{
    (void)state;
    struct rng rng;
    rng_init(&rng, 9, "flips");
    for (int round = 0; round < 60; round++) {
        leave_behind(40);
        char path[100];
        path_of(path, sizeof path, 0);
        off_t at =
            SPILL_SEGMENT_HEAD + (off_t)rng_below(&rng, (uint64_t)length_of(path) - SPILL_SEGMENT_HEAD);
        int fd = open(path, O_RDWR);
        unsigned char byte;
        assert_int_equal(pread(fd, &byte, 1, at), 1);
        byte ^= (unsigned char)(1u << rng_below(&rng, 8));
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
        close(fd);
        struct spill_store *s = open_files(&roomy);
        uint64_t came, lost;
        take_all(s, &came, &lost);
        assert_int_equal(came + lost, spill_counters(s)->recovered);
        assert_true(came >=
                    39); // at most the one that was hit, told unless it was the very last of a segment
        spill_store_destroy(s);
    }
}

// While the run that wrote it lives, every record is known: what cannot be read back is told to the last.
static void damage_in_this_run_is_told(void **state)
{
    (void)state;
    struct spill_store *s = open_files(&roomy);
    for (uint64_t i = 0; i < 100; i++)
        assert_int_equal(append(s, i), 0);
    char path[100];
    path_of(path, sizeof path, 1);
    assert_int_equal(truncate(path, 500), 0); // most of the second segment
    path_of(path, sizeof path, 2);
    assert_int_equal(unlink(path), 0); // the third
    uint64_t came, lost;
    take_all(s, &came, &lost);
    assert_int_equal(came + lost, 100);
    assert_true(lost > 10);
    spill_store_destroy(s);
}

static void strangers_are_left_alone(void **state)
{
    (void)state;
    static const char *const names[] = {
        "README",  "notes.seg", "0000000000000003.seg", "00000000000000FF.seg", "0000000000000004.seg.bak",
        "position"};
    char path[150];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
        assert_int_equal(write(fd, "what somebody else has put here, of some length\n", 48), 48);
        close(fd);
    }
    snprintf(path, sizeof path, "%s/0000000000000009.seg", folder);
    close(open(path, O_WRONLY | O_CREAT, 0644)); // as a killed run may leave it: that one is ours
    struct spill_store *s = open_files(&roomy);
    assert_int_equal(length_of(path), -1);
    assert_int_equal(spill_counters(s)->recovered, 0);
    for (uint64_t i = 0; i < 100; i++)
        assert_int_equal(append(s, i), 0);
    for (uint64_t i = 0; i < 100; i++)
        take(s, i, true);
    spill_store_destroy(s);
    for (size_t i = 0; i < 5; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        assert_int_equal(length_of(path), 48);
    }
}

// ---- a full disk ----

// A limit on the size of files stands in for a full disk: the write that crosses it fails in the middle.
static void full_disk_child(void)
{
    const struct rlimit limit = {3000, 3000};
    struct spill_store *s = open_files(&roomy);
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
        _exit(3);
    uint64_t in = 0;
    while (append(s, in) == 0)
        in++;
    if (in == 0 || append(s, in) != EFBIG || spill_counters(s)->errors != 0)
        _exit(4);
    for (uint64_t i = 0; i < in; i++)
        take(s, i, true);
    struct spill_read got;
    if (spill_take(s, &got, 0) || spill_counters(s)->unreadable)
        _exit(5);
    spill_store_destroy(s);
    _exit(0);
}

static void full_disk_is_an_answer(void **state)
{
    (void)state;
    pid_t pid = fork();
    if (pid == 0)
        full_disk_child();
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(count_segments(), 0);
}

// ---- SIGKILL ----

enum { RECORDS = 4000, ROUNDS = 30 };

struct shared {
    _Atomic uint64_t appended, steps;
    _Atomic unsigned char delivered[RECORDS];
};

static void kill_child(struct shared *m, uint64_t seed)
{
    struct rng rng;
    rng_init(&rng, seed, "child");
    struct spill_store *s = open_files(&roomy);
    struct record *hand[50];
    size_t held = 0;
    for (;;) {
        uint64_t next = atomic_load(&m->appended);
        if (next < RECORDS && rng_below(&rng, 2) && append(s, next) == 0)
            atomic_store(&m->appended, next + 1);
        struct spill_read got;
        if (held < 50 && rng_below(&rng, 2) && spill_take(s, &got, atomic_load(&m->steps))) {
            if (got.lost || !got.record)
                _exit(3);
            hand[held++] = got.record;
        }
        while (held > 0 && rng_below(&rng, 3)) { // ends in any order
            size_t k = rng_below(&rng, held);
            check_record(hand[k], hand[k]->seq);
            atomic_fetch_add(&m->delivered[hand[k]->seq], 1);
            spill_settle(s, hand[k]->spill_number);
            record_give(pool, hand[k]);
            hand[k] = hand[--held];
        }
        atomic_fetch_add(&m->steps, 1);
        if (next == RECORDS && held == 0 && spill_counters(s)->waiting == 0) {
            spill_store_destroy(s);
            _exit(0);
        }
    }
}

static void nothing_written_is_lost_by_sigkill(void **state)
{
    (void)state;
    struct shared *m = mmap(NULL, sizeof *m, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(m, MAP_FAILED);
    struct rng rng;
    rng_init(&rng, 4, "parent");
    unsigned killed = 0;
    for (unsigned round = 0; round < ROUNDS; round++) {
        uint64_t target = atomic_load(&m->steps) + 100 + rng_below(&rng, 300);
        pid_t pid = fork();
        if (pid == 0)
            kill_child(m, round);
        int status;
        bool last = round == ROUNDS - 1, gone = false;
        while (!last && !gone && atomic_load(&m->steps) < target) {
            gone = waitpid(pid, &status, WNOHANG) == pid;
            usleep(50);
        }
        if (!gone) {
            if (!last)
                kill(pid, SIGKILL);
            assert_int_equal(waitpid(pid, &status, 0), pid);
        }
        killed += WIFSIGNALED(status);
        assert_true(WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : WEXITSTATUS(status) == 0);
    }
    uint64_t twice = 0;
    for (unsigned i = 0; i < RECORDS; i++) {
        assert_true(atomic_load(&m->delivered[i]) >= 1);
        twice += atomic_load(&m->delivered[i]) - 1u;
    }
    assert_true(killed > ROUNDS / 2);
    assert_true(twice < RECORDS / 2); // what had ended since the position was kept last
    assert_int_equal(count_segments(), 0);
    munmap(m, sizeof *m);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(crc_is_castagnolis),
        CASE(order_in_files),
        CASE(order_in_memory),
        CASE(max_in_files_and_memory),
        CASE(segments_wait_for_the_slowest),
        CASE(what_is_left_comes_again),
        CASE(a_folder_has_one_owner),
        CASE(torn_tails_are_not_believed),
        CASE(flipped_bits_cost_their_record),
        CASE(damage_in_this_run_is_told),
        CASE(strangers_are_left_alone),
        CASE(full_disk_is_an_answer),
        CASE(nothing_written_is_lost_by_sigkill),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
