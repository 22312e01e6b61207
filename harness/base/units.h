// SPDX-License-Identifier: Apache-2.0
// Numbers with written units: 200us, 50k/s, 64KiB, 5%. One table per quantity drives parsing and printing.
#ifndef BASE_UNITS_H
#define BASE_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum quantity {
    Q_DURATION, // ns us ms s m h       -> nanoseconds (a bare number is an error, except 0)
    Q_SIZE,     // B kB MB GB KiB MiB GiB -> bytes (a bare number is bytes)
    Q_RATE,     // /s with k M G         -> items per second (50k/s, 2000/s, 10/m, 1/h)
    Q_COUNT,    // k M G                 -> items (a bare number)
    Q_SHARE,    // % or 0..1             -> 0..1
    Q_FACTOR,   // x10, x0.5             -> factor
    Q_NUMBER,   // a bare number, any sign
};

// Parses the whole text: digits, with a decimal point or an exponent if need be, then the unit without a
// space. The locale plays no part. False when it is not a finite number with a unit of that quantity, or one
// out of range: negative (but for Q_NUMBER), a share above 1, a count that is not whole, 2^63 base units or
// more. Then *value is untouched and *why (never NULL) is a static text saying what is expected, such as "a
// duration like 200us, 5ms or 10s". The result is correctly rounded for numbers of up to 15 digits or so.
bool units_parse(enum quantity q, const char *text, double *value, const char **why);

const char *quantity_name(enum quantity q); // "duration"; static

// Prints with three significant digits (whole numbers of more digits in full) and the unit that fits: 1.25ms,
// 50k/s, 64KiB, 12.5%. What it prints, units_parse reads. Answers buf, which holds at most `size` bytes with
// the final 0: 32 are enough.
char *units_print(enum quantity q, double value, char *buf, size_t size);

#endif
