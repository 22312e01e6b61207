// SPDX-License-Identifier: Apache-2.0
// What is recorded, and what becomes of it when recorders meet, die, or find another file than a history.
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "made.h"

static void a_gate_is_a_row_for_each_cell(void **state)
{
    struct made m;
    struct error e;
    (void)state;
    made_begin(&m);
    m.gate.cells[1].status = GATE_INVALID;
    m.gate.cells[2].status = GATE_IDENTICAL;
    m.gate.cells[3].first.judged.log_ratio.hi = INFINITY;
    m.gate.counts.rows[0] =
        (struct count_row){.queue = "spsc",
                           .path = "1-and-1 x1",
                           .figures = {{true, 20, 21, COUNT_SAME}, {true, 0, 0, COUNT_SAME}}};
    m.gate.counts.rows[1] = (struct count_row){
        .strategy = true, .path = "admission block", .figures = {{true, 5, 5, COUNT_SAME}}};
    m.gate.counts.count = 2;
    struct history_recorded done;
    assert_true(history_record(m.path, &m.report, &m.sides, &done, &e));
    assert_int_equal(done.points, m.gate.count - 3 + 1);
    assert_int_equal(done.left_out, 3);
    assert_int_equal(made_ask(&m, "SELECT count(*) FROM point"), done.points);
    assert_int_equal(made_ask(&m,
                              "SELECT count(*) FROM measurement WHERE revision = '2222' AND dirty = 0 AND "
                              "reference_name = 'v1.0' AND at LIKE '20__-__-__T__:__:__Z'"),
                     1);
    assert_int_equal(made_ask(&m,
                              "SELECT count(*) FROM point WHERE reference = 'commit:1111' AND ratio = 1 AND "
                              "lo < 0.991 AND hi > 1.009 AND launches = 20 AND control = 1"),
                     done.points - 1);
    assert_int_equal(
        made_ask(&m, "SELECT count(*) FROM point WHERE cell = 'spsc 1-and-1 x1' AND quantity = "
                     "'instructions' AND ratio = 1.05 AND reference_count = 20 AND candidate_count = 21"),
        1);
    m.gate.interrupted = true;
    assert_true(history_record(m.path, &m.report, &m.sides, &done, &e));
    assert_int_equal(done.points, 0);
    m.gate.interrupted = false;
    for (size_t i = 0; i < m.gate.count; i++)
        m.gate.cells[i].status = GATE_INVALID;
    m.gate.counts.count = 0;
    assert_true(history_record(m.path, &m.report, &m.sides, &done, &e));
    assert_int_equal(done.points, 0);
    assert_int_equal(made_ask(&m, "SELECT count(*) FROM measurement"), 1); // no row without points
    made_end(&m);
}

// ---- several at once ----

static pid_t recorder(const struct made *m, int gates)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid > 0)
        return pid;
    struct error e;
    for (int i = 0; i < gates; i++)
        if (!made_record(m, &e)) {
            fprintf(stderr, "%s\n", e.text);
            _exit(1);
        }
    _exit(0);
}

static void recorders_at_once_all_land(void **state)
{
    enum { RECORDERS = 4, GATES = 6 };
    struct made m;
    pid_t pids[RECORDERS];
    int status;
    (void)state;
    made_begin(&m); // the file is not there: they make it at once, too
    for (int i = 0; i < RECORDERS; i++)
        pids[i] = recorder(&m, GATES);
    for (int i = 0; i < RECORDERS; i++) {
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
    }
    assert_int_equal(made_ask(&m, "SELECT count(*) FROM measurement"), RECORDERS * GATES);
    assert_int_equal(made_ask(&m, "SELECT count(*) FROM point"), RECORDERS * GATES * (long long)m.gate.count);
    made_end(&m);
}

// Killed at any moment: each measurement is there with all of its points, or not at all; and the next
// recorder goes on.
static void a_killed_recorder_leaves_whole_measurements(void **state)
{
    struct made m;
    struct history h;
    struct error e;
    const struct history_choice all = {0};
    (void)state;
    made_begin(&m);
    for (unsigned turn = 0; turn < 40; turn++) {
        pid_t pid = recorder(&m, 1000000);
        usleep(turn * 300);
        kill(pid, SIGKILL);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        if (access(m.path, F_OK) != 0)
            continue;
        e = (struct error){0};
        if (!history_read(&h, m.path, &all, &e))
            fail_msg("%s", e.text);
        for (size_t i = 0; i < h.count; i++)
            assert_int_equal(h.series[i].count, h.measurements);
        assert_true(h.count == 0 || h.count == m.gate.count);
        history_free(&h);
    }
    long long before = access(m.path, F_OK) == 0 ? made_ask(&m, "SELECT count(*) FROM measurement") : 0;
    made_measure(&m, 0.1);
    assert_int_equal(made_ask(&m, "SELECT count(*) FROM measurement"), before + 1);
    assert_int_equal(made_ask(&m, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'"),
                     1);
    made_end(&m);
}

// ---- what is no history ----

static void refused(const struct made *m, const char *says)
{
    struct error e = {0};
    struct history h;
    sqlite3 *db;
    const struct history_choice all = {0};
    assert_false(history_open_to_record(&db, m->path, &e));
    assert_null(db);
    assert_int_equal(e.code, EXIT_USAGE);
    if (strstr(e.text, says) == NULL || strncmp(e.text, m->path, strlen(m->path)) != 0)
        fail_msg("'%s' does not say '%s'", e.text, says);
    e = (struct error){0};
    assert_false(history_read(&h, m->path, &all, &e));
    assert_int_equal(e.code, EXIT_USAGE);
    history_free(&h);
    assert_false(made_record(m, &e));
    assert_int_equal(e.code, EXIT_INVALID); // after the measurement
}

static void other_files_are_refused_and_left_alone(void **state)
{
    static const char text[] = "# a file that somebody still wants\n";
    struct made m;
    char back[sizeof text] = "";
    (void)state;
    made_begin(&m);
    made_write(&m, text, sizeof text - 1);
    refused(&m, "no history and no database");
    FILE *in = fopen(m.path, "re");
    assert_true(in && fread(back, 1, sizeof back, in) == sizeof text - 1);
    fclose(in);
    assert_string_equal(back, text);
    unlink(m.path);
    made_run(&m, "CREATE TABLE theirs(a)");
    refused(&m, "database of another program");
    unlink(m.path);
    made_measure(&m, 0);
    made_run(&m, "PRAGMA user_version = 2");
    refused(&m, "newer weir");
    made_run(
        &m,
        "PRAGMA user_version = 1; CREATE TRIGGER t AFTER INSERT ON point BEGIN DELETE FROM measurement; END");
    refused(&m, "other tables");
    made_run(
        &m,
        "DROP TRIGGER t; DROP INDEX point_series; DROP TABLE point; CREATE VIEW point AS SELECT 1 AS cell; "
        "CREATE TABLE x(a)");
    refused(&m, "other tables");
    unlink(m.path);
    assert_int_equal(mkdir(m.path, 0700), 0);
    refused(&m, "is no file");
    rmdir(m.path);
    assert_int_equal(mkfifo(m.path, 0600), 0);
    refused(&m, "is no file"); // and nobody waits for a writer
    made_end(&m);
}

static void a_damaged_file_is_told(void **state)
{
    struct made m;
    struct error e = {0};
    struct history h;
    const struct history_choice all = {0};
    char noise[4096];
    (void)state;
    made_begin(&m);
    for (int i = 0; i < 60; i++)
        made_measure(&m, 0);
    memset(noise, 0xa5, sizeof noise);
    FILE *out = fopen(m.path, "r+e");
    assert_non_null(out);
    for (long at = 4096; at < 12 * 4096; at += 4096) {
        assert_int_equal(fseek(out, at, SEEK_SET), 0);
        assert_int_equal(fwrite(noise, 1, sizeof noise, out), sizeof noise);
    }
    fclose(out);
    assert_false(history_read(&h, m.path, &all, &e));
    assert_int_equal(e.code, EXIT_USAGE);
    assert_non_null(strstr(e.text, "damaged"));
    history_free(&h);
    assert_int_equal(truncate(m.path, 700), 0);
    e = (struct error){0};
    assert_false(history_read(&h, m.path, &all, &e));
    history_free(&h);
    made_end(&m);
}

// A file that can grow no further, as on a full disk: nothing is recorded, what was there stays.
static void no_room(void **state)
{
    struct made m;
    struct rlimit before, few;
    struct error e;
    (void)state;
    made_begin(&m);
    made_measure(&m, 0);
    struct stat st;
    assert_int_equal(stat(m.path, &st), 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    few = before;
    few.rlim_cur = (rlim_t)st.st_size + 4096;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &few), 0);
    size_t landed = 1;
    while (made_record(&m, &e) && landed < 1000)
        landed++;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_true(landed < 1000);
    assert_true(e.code == EXIT_INVALID || e.code == EXIT_USAGE);
    assert_int_equal(made_ask(&m, "SELECT count(*) FROM measurement"), landed);
    made_measure(&m, 0);
    made_end(&m);
}

static void a_new_name_is_a_new_file(void **state)
{
    struct made m;
    struct error e = {0};
    sqlite3 *db;
    (void)state;
    made_begin(&m);
    assert_true(history_open_to_record(&db, m.path, &e)); // tried before the gate
    history_close(db);
    assert_int_equal(made_ask(&m, "SELECT count(*) FROM measurement"), 0);
    char moved[128];
    snprintf(moved, sizeof moved, "%s/moved.db", m.folder);
    assert_int_equal(rename(m.path, moved), 0); // while it measured
    made_measure(&m, 0);
    assert_int_equal(made_ask(&m, "SELECT count(*) FROM measurement"), 1);
    assert_int_equal(rename(moved, m.path), 0);
    assert_int_equal(made_ask(&m, "SELECT count(*) FROM measurement"), 0);
    snprintf(m.path, sizeof m.path, "%s/none/h.db", m.folder);
    assert_false(history_open_to_record(&db, m.path, &e));
    assert_int_equal(e.code, EXIT_USAGE);
    made_end(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_gate_is_a_row_for_each_cell),
                                       cmocka_unit_test(recorders_at_once_all_land),
                                       cmocka_unit_test(a_killed_recorder_leaves_whole_measurements),
                                       cmocka_unit_test(other_files_are_refused_and_left_alone),
                                       cmocka_unit_test(a_damaged_file_is_told),
                                       cmocka_unit_test(no_room),
                                       cmocka_unit_test(a_new_name_is_a_new_file)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
