// SPDX-License-Identifier: Apache-2.0
#ifndef PAGE_SHEET_JSON_H
#define PAGE_SHEET_JSON_H

#include <jansson.h>

#include "figure/sheet.h"

// All that the browser needs to draw it. The caller owns the answer.
json_t *page_sheet_json(const struct sheet *s);

#endif
