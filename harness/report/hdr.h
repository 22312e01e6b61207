// SPDX-License-Identifier: Apache-2.0
// Our histograms as HdrHistogram's. The layout is the same one (base/hist.h: lowest 1, three digits, so 2048
// sub-buckets), hence bucket i is element i of its counts array and nothing is lost on the way.
#ifndef REPORT_HDR_H
#define REPORT_HDR_H

#include "report/input.h"

// HdrHistogram's V2 encoding, compressed, in base64. NULL when memory is short; the caller frees it. Values
// beyond the last bucket stand at the maximum, as they do for our percentiles; the range is widened for them.
char *report_hdr_base64(const struct hist *h);

#endif
