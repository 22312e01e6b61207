// SPDX-License-Identifier: Apache-2.0
#include "cli/run_dir.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/folders.h"
#include "result/atomic.h"
#include "result/histograms.h"
#include "result/jsonx.h"

#define STATE_SCHEMA "weir.resume/1"
static const char state_name[] = "resume.json";

void run_dir_name(struct run_dir *d, const char *scenario)
{
    struct tm utc;
    time_t now = time(NULL);
    char stamp[24], safe[48];
    uint16_t salt = 0;
    *d = (struct run_dir){0};
    gmtime_r(&now, &utc);
    strftime(d->started, sizeof d->started, "%Y-%m-%dT%H:%M:%SZ", &utc);
    strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", &utc);
    size_t n = 0;
    for (const char *p = scenario; *p && n + 1 < sizeof safe; p++)
        safe[n++] = isalnum((unsigned char)*p) || *p == '_' || *p == '.' ? *p : '-';
    safe[n] = 0;
    if (getrandom(&salt, sizeof salt, 0) != sizeof salt)
        salt = (uint16_t)clock_mono_ns();
    snprintf(d->id, sizeof d->id, "%s-%s-%04x", stamp, safe, salt);
}

static bool is_empty(const char *path)
{
    DIR *dir = opendir(path);
    bool empty = dir != NULL;
    for (struct dirent *entry; dir && empty && (entry = readdir(dir)) != NULL;)
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    if (dir)
        closedir(dir);
    return empty;
}

// Makes the folder and those above it that are missing. False with errno, nothing left.
static bool make_folders(struct run_dir *d)
{
    char copy[sizeof d->path];
    snprintf(copy, sizeof copy, "%s", d->path);
    for (char *p = copy + 1;; p++) {
        char was = *p;
        if (was != '/' && was != 0)
            continue;
        *p = 0;
        if (mkdir(copy, 0777) == 0) {
            d->created++;
        } else if (errno != EEXIST) {
            int saved = errno;
            run_dir_undo(d);
            errno = saved;
            return false;
        }
        if (was == 0)
            return true;
        *p = was;
    }
}

static bool take_existing(struct run_dir *d, struct error *e)
{
    struct stat st;
    if (stat(d->path, &st) != 0 || !S_ISDIR(st.st_mode))
        return fail(e, EXIT_USAGE, "--out %s: not a folder", d->path);
    if (!is_empty(d->path))
        return fail(e, EXIT_USAGE,
                    "--out %s: holds something already; name another folder (weir run --resume %s goes on "
                    "with an interrupted run)",
                    d->path, d->path);
    if (access(d->path, W_OK | X_OK) != 0)
        return fail(e, EXIT_USAGE, "--out %s: %s", d->path, strerror(errno));
    return true;
}

bool run_dir_create(struct run_dir *d, const char *out, struct error *e)
{
    int n = out ? snprintf(d->path, sizeof d->path, "%s", out)
                : snprintf(d->path, sizeof d->path, "results/%s", d->id);
    if ((size_t)n >= sizeof d->path)
        return fail(e, EXIT_USAGE, "--out: path too long");
    while (n > 1 && d->path[n - 1] == '/')
        d->path[--n] = 0;
    if (!make_folders(d))
        return fail(e, EXIT_USAGE, "%s: cannot make the folder: %s", d->path, strerror(errno));
    return d->created > 0 || take_existing(d, e);
}

void run_dir_undo(const struct run_dir *d)
{
    static const char *const ours[] = {"result.json", "cells.csv", "series.csv", HISTOGRAMS_FILE, state_name};
    char path[sizeof d->path + 32];
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
        snprintf(path, sizeof path, "%s/%s", d->path, ours[i]);
        unlink(path);
    }
    snprintf(path, sizeof path, "%s", d->path);
    for (unsigned i = 0; i < d->created && rmdir(path) == 0; i++) {
        char *slash = strrchr(path, '/');
        if (slash == NULL)
            break;
        *slash = 0;
    }
}

bool run_dir_remember(const struct run_dir *d, int argc, char *const *argv, struct error *e)
{
    char cwd[4096];
    if (getcwd(cwd, sizeof cwd) == NULL)
        return fail(e, EXIT_INVALID, "the current folder has no name: %s", strerror(errno));
    json_t *state = json_object(), *list = json_array();
    for (int i = 0; i < argc; i++)
        json_array_append_new(list, jsonx_text(argv[i]));
    jsonx_set(state, "schema", json_string(STATE_SCHEMA));
    jsonx_set(state, "cwd", jsonx_text(cwd));
    jsonx_set(state, "argv", list);
    char *text = json_dumps(state, JSON_INDENT(1));
    bool ok = text && atomic_write(d->path, state_name, text, strlen(text), e);
    free(text);
    json_decref(state);
    return ok;
}

static void clear_leftovers(const char *path)
{
    char name[8192];
    DIR *dir = opendir(path);
    for (struct dirent *entry; dir && (entry = readdir(dir)) != NULL;) {
        size_t n = strlen(entry->d_name);
        bool temporary = n > 4 && entry->d_name[0] == '.' && strcmp(entry->d_name + n - 4, ".tmp") == 0;
        if (!temporary && strncmp(entry->d_name, ".scratch-", 9) != 0)
            continue;
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        remove_tree(name);
    }
    if (dir)
        closedir(dir);
}

json_t *run_dir_recall(const char *path, struct error *e)
{
    char name[4096];
    json_error_t why;
    snprintf(name, sizeof name, "%s/%s", path, state_name);
    json_t *state = json_load_file(name, 0, &why);
    const char *schema = json_string_value(json_object_get(state, "schema"));
    if (schema == NULL || strcmp(schema, STATE_SCHEMA) != 0 ||
        !json_is_string(json_object_get(state, "cwd")) ||
        json_array_size(json_object_get(state, "argv")) < 2) {
        fail(e, EXIT_USAGE, "--resume %s: no interrupted run in this folder (%s)", path,
             state ? state_name : why.text);
        json_decref(state);
        return NULL;
    }
    clear_leftovers(path);
    return state;
}
