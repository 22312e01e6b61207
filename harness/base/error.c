// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

bool fail(struct error *e, enum exit_code code, const char *format, ...)
{
    if (e == NULL || e->code != EXIT_OK)
        return false;
    va_list args;
    va_start(args, format);
    vsnprintf(e->text, sizeof e->text, format, args);
    va_end(args);
    e->code = code;
    return false;
}

// Lower is worse. A code that is not in the list (a child's 137, say) must not pass for success: it counts as
// an invalid measurement.
static int severity(enum exit_code code)
{
    switch (code) {
    case EXIT_INTERRUPTED: return 0;
    case EXIT_USAGE: return 1;
    case EXIT_INVALID: return 2;
    case EXIT_REGRESSION: return 3;
    case EXIT_NOISY: return 4;
    case EXIT_OK: return 5;
    }
    return 2;
}

enum exit_code exit_code_worse(enum exit_code a, enum exit_code b)
{
    return severity(b) < severity(a) ? b : a;
}
