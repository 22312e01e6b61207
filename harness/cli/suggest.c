// SPDX-License-Identifier: Apache-2.0
#include "cli/suggest.h"

#include <string.h>

enum { WORD_MAX = 63 };

static size_t least(size_t a, size_t b, size_t c)
{
    size_t m = a < b ? a : b;
    return m < c ? m : c;
}

// Edit distance in which swapping two neighbours is one edit, the commonest slip of fingers.
static size_t distance(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    size_t rows[3][WORD_MAX + 2], *before = rows[0], *last = rows[1], *now = rows[2];
    for (size_t j = 0; j <= m; j++)
        last[j] = j;
    for (size_t i = 1; i <= n; i++) {
        now[0] = i;
        for (size_t j = 1; j <= m; j++) {
            now[j] = least(last[j] + 1, now[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = least(now[j], before[j - 2] + 1, now[j]);
        }
        size_t *swap = before;
        before = last;
        last = now;
        now = swap;
    }
    return last[m];
}

void suggest(struct suggestion *best, const char *word, const char *candidate)
{
    size_t n = strlen(word);
    if (n == 0 || n > WORD_MAX || strlen(candidate) > WORD_MAX)
        return;
    size_t d = distance(word, candidate);
    size_t allowed = n < 3 ? 1 : (n + 2) / 3;
    if (d <= allowed && d < strlen(candidate) && (best->text == NULL || d < best->distance)) {
        best->text = candidate;
        best->distance = d;
    }
}

bool fail_unknown(struct error *e, const char *option, const char *kind, const char *name,
                  const struct suggestion *best, const char *list)
{
    if (best->text)
        return fail(e, EXIT_USAGE, "%s: unknown %s '%s' (did you mean '%s'?)", option, kind, name,
                    best->text);
    return fail(e, EXIT_USAGE, "%s: unknown %s '%s'; see 'weir list %s'", option, kind, name, list);
}
