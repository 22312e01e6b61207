// SPDX-License-Identifier: Apache-2.0
#include "figure/font.h"

#include <stdint.h>

// Advance widths of DejaVu Sans 2.37, thousandths of the size, from ' ' to '~'.
static const uint16_t widths[] = {
    318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361,  318, 337, 636, 636, 636,
    636, 636, 636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632,
    575, 775, 752, 295, 295, 656, 557, 863, 748, 787, 603, 787, 695, 635,  611, 732, 684, 989, 685,
    611, 685, 390, 337, 390, 838, 500, 500, 613, 635, 550, 635, 615, 352,  635, 634, 278, 278, 579,
    278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818, 592, 592,  525, 636, 337, 636, 838,
};

double font_width(const char *utf8, double size_pt)
{
    double sum = 0;
    for (; *utf8; utf8++) {
        unsigned char c = (unsigned char)*utf8;
        if (c >= ' ' && c <= '~')
            sum += widths[c - ' '];
        else if (c == 0xC2) // U+0080 to U+00BF: µ is as wide as a letter, what else is used (·) is narrow
            sum += (unsigned char)utf8[1] == 0xB5 ? 636 : 318;
        else if (c == 0xC3 || c == 0xE2) // ×, ∞, …, arrows
            sum += 838;
        else if ((c & 0xC0) != 0x80)
            sum += 700;
    }
    return sum * size_pt / 1000;
}
