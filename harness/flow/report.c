// SPDX-License-Identifier: Apache-2.0
#include "flow/report.h"

const char *cell_status_name(enum cell_status s)
{
    static const char *const names[] = {"ok", "invalid", "failed", "skipped"};
    return names[s];
}
