// SPDX-License-Identifier: Apache-2.0
#include "scenario/trace.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/rng.h"
#include "base/units.h"
#include "scenario/mem.h"
#include "scenario/report.h"

enum column { COLUMN_NONE, COLUMN_TIME, COLUMN_TIMESTAMP, COLUMN_GAP, COLUMN_SIZE, COLUMN_CLASS, COLUMNS };
enum { FIELDS_MAX = 64 };

struct shared {
    struct trace trace;
    char *path;
    unsigned users;
    struct shared *next;
};

static struct shared *loaded; // by plans that are alive; a plan is loaded by one thread

struct parsing {
    const char *path;
    FILE *file;
    size_t line;
    struct error *e;
    struct trace *trace;
    size_t room;
    enum column columns[FIELDS_MAX]; // what each field of a row is
    size_t column_count;
    bool known; // the columns are
    uint64_t origin_ns, last_ns;
};

static const char *const column_names[COLUMNS] = {"", "time", "timestamp", "gap", "size", "class"};

// ---- lines ----

// One line without its end. 1: there is one, 0: the file is over, -1: it cannot be one (said in e).
static int read_line(struct parsing *p, char *line)
{
    size_t length = 0;
    int c = getc(p->file);
    if (c == EOF)
        return 0;
    for (p->line++; c != EOF && c != '\n'; c = getc(p->file)) {
        if (c == '\0') {
            fail(p->e, EXIT_USAGE, "%s:%zu: a zero byte; a trace is text", p->path, p->line);
            return -1;
        }
        if (length == TRACE_LINE_MAX) {
            fail(p->e, EXIT_USAGE, "%s:%zu: the line is longer than %d bytes; a row is time,size,class",
                 p->path, p->line, TRACE_LINE_MAX);
            return -1;
        }
        line[length++] = (char)c;
    }
    line[length] = '\0';
    return 1;
}

static char *trimmed(char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    size_t length = strlen(text);
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        text[--length] = '\0';
    return text;
}

// Splits at commas, in place. Answers the number of fields, FIELDS_MAX + 1 when there are more.
static size_t split(char *line, char **fields)
{
    size_t count = 0;
    for (;;) {
        char *comma = strchr(line, ',');
        if (comma)
            *comma = '\0';
        if (count == FIELDS_MAX)
            return FIELDS_MAX + 1;
        fields[count++] = trimmed(line);
        if (!comma)
            return count;
        line = comma + 1;
    }
}

// ---- fields ----

// Seconds with up to nine decimals are read digit by digit: a time stamp of 2026 in nanoseconds does not fit
// into a double.
static bool parse_plain_seconds(const char *text, uint64_t *ns)
{
    uint64_t whole = 0, part = 0;
    unsigned decimals = 0, digits = 0;
    for (; *text >= '0' && *text <= '9'; text++, digits++) {
        if (whole > UINT64_C(9000000000))
            return false;
        whole = whole * 10 + (uint64_t)(*text - '0');
    }
    if (*text == '.')
        for (text++; *text >= '0' && *text <= '9'; text++, digits++)
            if (decimals < 9) {
                part = part * 10 + (uint64_t)(*text - '0');
                decimals++;
            }
    for (; decimals < 9; decimals++)
        part *= 10;
    if (*text || digits == 0 || whole > UINT64_C(9000000000))
        return false;
    *ns = whole * UINT64_C(1000000000) + part;
    return true;
}

static bool parse_time(const char *text, uint64_t *ns)
{
    if (parse_plain_seconds(text, ns))
        return true;
    const char *why;
    double value;
    char seconds[64];
    snprintf(seconds, sizeof seconds, "%.40ss", text);
    if (!units_parse(Q_DURATION, text, &value, &why) && !units_parse(Q_DURATION, seconds, &value, &why))
        return false;
    *ns = (uint64_t)value;
    return true;
}

static bool take_time(struct parsing *p, enum column column, const char *text, struct trace_row *row)
{
    uint64_t ns;
    if (!parse_time(text, &ns))
        return fail(p->e, EXIT_USAGE,
                    "%s:%zu: %s: \"%.40s\" is no time; write seconds (1.5) or a unit (1500us)", p->path,
                    p->line, column_names[column], text);
    if (column == COLUMN_GAP) {
        if (ns > UINT64_MAX / 2 - p->last_ns)
            return fail(p->e, EXIT_USAGE, "%s:%zu: the gaps add up to more than 292 years", p->path, p->line);
        ns += p->last_ns;
    }
    if (column == COLUMN_TIMESTAMP && p->trace->count == 0)
        p->origin_ns = ns;
    if (ns < p->origin_ns || ns - p->origin_ns < p->last_ns)
        return fail(p->e, EXIT_USAGE,
                    "%s:%zu: %s %.40s is before the row above; sort the rows by time, or call the column gap "
                    "if these are gaps",
                    p->path, p->line, column_names[column], text);
    row->at_ns = p->last_ns = ns - p->origin_ns;
    return true;
}

static bool take_size(struct parsing *p, const char *text, struct trace_row *row)
{
    const char *why;
    double value;
    if (!units_parse(Q_SIZE, text, &value, &why))
        return fail(p->e, EXIT_USAGE, "%s:%zu: size: \"%.40s\" is not %s", p->path, p->line, text, why);
    if (value > TRACE_SIZE_MAX)
        return fail(p->e, EXIT_USAGE, "%s:%zu: size: %.40s is too large; the most is 1MiB", p->path, p->line,
                    text);
    row->size = (uint32_t)value;
    return true;
}

static bool take_class(struct parsing *p, const char *text, struct trace_row *row)
{
    struct trace *t = p->trace;
    size_t i = 0;
    while (i < t->class_count && strcmp(t->classes[i], text) != 0)
        i++;
    if (i == TRACE_CLASSES_MAX)
        return fail(p->e, EXIT_USAGE, "%s:%zu: class %.40s is one too many; the most is %d", p->path, p->line,
                    text, TRACE_CLASSES_MAX);
    if (*text == '\0')
        return fail(p->e, EXIT_USAGE, "%s:%zu: class is empty; name one in each row, or leave the column out",
                    p->path, p->line);
    if (i == t->class_count)
        t->classes[t->class_count++] = must_copy(text);
    row->record_class = (uint8_t)i;
    return true;
}

// ---- columns ----

static const char *column_name_at(const void *list, size_t index)
{
    (void)list;
    return index + 1 < COLUMNS ? column_names[index + 1] : NULL;
}

static bool take_header(struct parsing *p, char **fields, size_t count)
{
    bool seen[COLUMNS] = {false};
    for (size_t i = 0; i < count; i++) {
        enum column column = COLUMN_TIME;
        while (column < COLUMNS && strcmp(column_names[column], fields[i]) != 0)
            column++;
        if (column == COLUMNS) {
            char *hint = hint_names(fields[i], column_name_at, NULL);
            fail(p->e, EXIT_USAGE, "%s:%zu: there is no column \"%.40s\"%s", p->path, p->line, fields[i],
                 hint);
            free(hint);
            return false;
        }
        if (seen[column])
            return fail(p->e, EXIT_USAGE, "%s:%zu: column %s stands there twice", p->path, p->line,
                        fields[i]);
        seen[column] = true;
        p->columns[i] = column;
    }
    if (seen[COLUMN_TIME] + seen[COLUMN_TIMESTAMP] + seen[COLUMN_GAP] != 1)
        return fail(p->e, EXIT_USAGE, "%s:%zu: a trace needs one of the columns time, timestamp and gap",
                    p->path, p->line);
    p->column_count = count;
    return true;
}

static bool take_columns(struct parsing *p, char **fields, size_t count, bool *is_header)
{
    p->known = true;
    *is_header = isalpha((unsigned char)fields[0][0]);
    if (*is_header) {
        if (!take_header(p, fields, count))
            return false;
    } else {
        static const enum column usual[] = {COLUMN_TIME, COLUMN_SIZE, COLUMN_CLASS};
        p->column_count = count < 3 ? count : 3;
        memcpy(p->columns, usual, sizeof usual);
    }
    for (size_t i = 0; i < p->column_count; i++) {
        p->trace->has_sizes |= p->columns[i] == COLUMN_SIZE;
        p->trace->has_classes |= p->columns[i] == COLUMN_CLASS;
    }
    return true;
}

// ---- rows ----

static bool take_row(struct parsing *p, char **fields, size_t count)
{
    struct trace_row row = {0};
    if (count != p->column_count)
        return fail(p->e, EXIT_USAGE, "%s:%zu: %s%zu fields in a trace of %zu columns", p->path, p->line,
                    count > FIELDS_MAX ? "more than " : "", count > FIELDS_MAX ? FIELDS_MAX : count,
                    p->column_count);
    if (p->trace->count == TRACE_ROWS_MAX)
        return fail(p->e, EXIT_USAGE, "%s:%zu: more than %d rows; split the trace", p->path, p->line,
                    TRACE_ROWS_MAX);
    for (size_t i = 0; i < count; i++) {
        bool ok = true;
        switch (p->columns[i]) {
        case COLUMN_SIZE: ok = take_size(p, fields[i], &row); break;
        case COLUMN_CLASS: ok = take_class(p, fields[i], &row); break;
        default: ok = take_time(p, p->columns[i], fields[i], &row); break;
        }
        if (!ok)
            return false;
    }
    struct trace *t = p->trace;
    t->rows = must_grow(t->rows, t->count, &p->room, sizeof *t->rows);
    t->rows[t->count++] = row;
    t->hash = hash64(hash64(hash64(t->hash, row.at_ns), row.size), row.record_class);
    return true;
}

static bool take_line(struct parsing *p, char *line)
{
    char *fields[FIELDS_MAX];
    if (p->line == 1 && strncmp(line, "\xEF\xBB\xBF", 3) == 0)
        line += 3;
    line = trimmed(line);
    if (*line == '\0' || *line == '#')
        return true;
    if (strchr(line, '"'))
        return fail(p->e, EXIT_USAGE, "%s:%zu: quotes are not read in a trace; write plain values", p->path,
                    p->line);
    size_t count = split(line, fields);
    bool is_header = false;
    if (!p->known && !take_columns(p, fields, count, &is_header))
        return false;
    return is_header || take_row(p, fields, count);
}

static bool parse(struct parsing *p)
{
    char line[TRACE_LINE_MAX + 1];
    int got;
    while ((got = read_line(p, line)) > 0)
        if (!take_line(p, line))
            return false;
    if (got < 0)
        return false;
    if (ferror(p->file))
        return fail(p->e, EXIT_USAGE, "%s: cannot be read: %s", p->path, strerror(errno));
    if (p->trace->count == 0)
        return fail(p->e, EXIT_USAGE, "%s:%zu: the trace has no rows", p->path, p->line ? p->line : 1);
    for (size_t i = 0; i < p->trace->class_count; i++)
        p->trace->hash = hash64(p->trace->hash, hash_text(p->trace->classes[i]));
    return true;
}

// ---- files ----

static void free_shared(struct shared *s)
{
    for (size_t i = 0; i < s->trace.class_count; i++)
        free(s->trace.classes[i]);
    free(s->trace.rows);
    free(s->path);
    free(s);
}

// Not blocking, so that a pipe or a device given by mistake is refused and does not hang.
static FILE *open_regular(const char *path, struct error *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0)
        fail(e, EXIT_USAGE, "%s: cannot be opened: %s", path, strerror(errno));
    else if (!S_ISREG(st.st_mode))
        fail(e, EXIT_USAGE, "%s: is not a regular file", path);
    else {
        FILE *file = fdopen(fd, "r");
        if (file)
            return file;
        fail(e, EXIT_USAGE, "%s: cannot be read: %s", path, strerror(errno));
    }
    if (fd >= 0)
        close(fd);
    return NULL;
}

const struct trace *trace_load(const char *path, struct error *e)
{
    for (struct shared *s = loaded; s; s = s->next)
        if (strcmp(s->path, path) == 0) {
            s->users++;
            return &s->trace;
        }
    FILE *file = open_regular(path, e);
    if (!file)
        return NULL;
    struct shared *s = must_alloc(1, sizeof *s);
    *s = (struct shared){.path = must_copy(path), .users = 1, .next = loaded};
    struct parsing p = {.path = path, .file = file, .e = e, .trace = &s->trace};
    bool ok = parse(&p);
    fclose(file);
    if (!ok) {
        free_shared(s);
        return NULL;
    }
    loaded = s;
    return &s->trace;
}

void trace_release(const struct trace *trace)
{
    for (struct shared **at = &loaded; trace && *at; at = &(*at)->next) {
        struct shared *s = *at;
        if (&s->trace != trace)
            continue;
        if (--s->users == 0) {
            *at = s->next;
            free_shared(s);
        }
        return;
    }
}

size_t trace_rows_before(const struct trace *trace, uint64_t t_ns)
{
    size_t low = 0, high = trace->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (trace->rows[middle].at_ns < t_ns)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
