// SPDX-License-Identifier: Apache-2.0
// Limits that several rooms share.
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

// The longest record, in bytes, wherever it comes from (a schedule, a trace, a line, a frame) and whatever a
// chain makes of it. Longer ones are lost as `oversize`.
enum { RECORD_BYTES_MAX = 1 << 20 };

#endif
