// SPDX-License-Identifier: Apache-2.0
// What a browser gets of ours (browser/) and the plotting library, joined by embed.cmake when weir is built.
#ifndef PAGE_ASSETS_H
#define PAGE_ASSETS_H

#include <stdbool.h>
#include <stddef.h>

struct page_asset {
    const unsigned char *text;
    size_t size;
    const char *hash; // "sha256-...", as a Content-Security-Policy names it
};

extern const struct page_asset page_style, page_script;
extern const bool page_library; // the plotting library is in them

#endif
