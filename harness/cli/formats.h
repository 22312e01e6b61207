// SPDX-License-Identifier: Apache-2.0
// Every format of `weir report`: those that other tools read, and the page.
#ifndef CLI_FORMATS_H
#define CLI_FORMATS_H

#include "report/format.h"

const struct report_format *format_at(size_t i); // NULL after the last
const struct report_format *format_find(const char *name);

#endif
