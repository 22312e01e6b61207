// SPDX-License-Identifier: Apache-2.0
// The report page: a run as one HTML file that needs nothing else, neither network nor folder beside it.
// Text, tables and commands are written here and can be read without scripts; the scripts sort, filter and
// draw.
#ifndef PAGE_PAGE_H
#define PAGE_PAGE_H

#include "report/format.h"

// The page as a format of `weir report`: "html". It takes every kind of document and shows every cell.
const struct report_format *page_format(void);

// False: the build found no npm to bring the plotting library from, and pages have no plots.
bool page_has_plots(void);

#endif
