// SPDX-License-Identifier: Apache-2.0
// When a refused sender comes back: exponential backoff with jitter, as real telemetry clients do it.
// Pure: the caller brings the clock and a random number.
#ifndef WEIR_RETRY_H
#define WEIR_RETRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum weir_retry_jitter {
    WEIR_JITTER_NONE,     // the delay as it is
    WEIR_JITTER_SPREAD,   // delay x (1 - spread .. 1 + spread)
    WEIR_JITTER_FULL,     // 0 .. delay
    WEIR_JITTER_INTERVAL, // base .. delay, where the first delay is base x factor (Fluent Bit)
};

// The undisturbed delays: base x factor^n up to the cap, or base x 1, 2, 3, 5, 8 ... up to the cap.
enum weir_retry_growth { WEIR_GROW_EXPONENTIAL, WEIR_GROW_FIBONACCI };

struct weir_retry_policy {
    const char *name;
    uint64_t base_ns, cap_ns;
    double factor;
    enum weir_retry_growth growth;
    enum weir_retry_jitter jitter;
    double spread;
    unsigned max_retries;        // UINT_MAX: no limit
    uint64_t budget_ns;          // all attempts together; UINT64_MAX: no limit
    bool honours_retry_after;    // Retry-After replaces the computed delay
    uint64_t retry_after_cap_ns; // a longer Retry-After is cut to this (UINT64_MAX: taken as it is)
    const char *summary;
    bool retry_after_is_floor; // of Retry-After and the computed delay the longer one counts
    double budget_share;       // retries for each first attempt (retry_budget.h); 0: no such limit
};

// What the sender was told. Delays count from now_ns.
struct weir_retry_view {
    uint64_t now_ns, first_sent_ns;
    unsigned retries_done;
    bool retryable; // the answer allows a retry at all
    bool has_retry_after;
    uint64_t retry_after_ns;
    double uniform; // 0 <= uniform < 1, drawn by the caller
};

// True: send again at *at_ns. False: give up now (*at_ns is untouched): the answer allows no retry, there
// were max_retries already, or the next one would start after first_sent_ns + budget_ns.
bool weir_retry_next(const struct weir_retry_policy *p, const struct weir_retry_view *v, uint64_t *at_ns);

// Profiles of real clients with their sources in retry.c: otel_js, otel_collector, fluent_bit, promtail,
// vector. Static; copy one to change its numbers.
const struct weir_retry_policy *weir_retry_at(size_t index);       // NULL after the last one
const struct weir_retry_policy *weir_retry_find(const char *name); // NULL when there is none of that name

// Which HTTP answers this client retries (0 = connection failed or timed out). Goes by the policy's name, so
// a copy keeps its client's answers; an unknown name or none retries what OTLP says: 429, 502, 503, 504.
bool weir_retry_http_retryable(const struct weir_retry_policy *p, int http_status);

#endif
