// SPDX-License-Identifier: Apache-2.0
#include "cli/formats.h"

#include <string.h>

#include "page/page.h"

// The page stands second: behind Markdown, which is what comes without --format, before those for machines.
const struct report_format *format_at(size_t i)
{
    return i == 0 ? report_format_at(0) : i == 1 ? page_format() : report_format_at(i - 1);
}

const struct report_format *format_find(const char *name)
{
    return strcmp(name, page_format()->name) == 0 ? page_format() : report_format_find(name);
}
