// SPDX-License-Identifier: Apache-2.0
#include "strategy/retry.h"

#include <limits.h>
#include <string.h>

#define SECONDS(n) ((uint64_t)(n)*1000 * 1000 * 1000)

enum answers {
    ANSWERS_OTLP = 0, // 429, 502, 503, 504
    ANSWERS_5XX,      // 429 and every 5xx
    ANSWERS_VECTOR,   // 408, 429 and every 5xx but 501
};

struct profile {
    struct weir_retry_policy policy;
    enum answers answers;
};

static const struct profile profiles[] = {
    // OpenTelemetry JS, otlp-exporter-base 0.223: retrying-transport (5 attempts to come back, 1 s x 1.5 up
    // to 5 s, a fifth either way, all within timeoutMillis = 10 s) and is-export-retryable. A Retry-After
    // replaces the delay; one beyond what is left of the ten seconds makes it give up at once.
    {{.name = "otel_js",
      .base_ns = SECONDS(1),
      .cap_ns = SECONDS(5),
      .factor = 1.5,
      .jitter = WEIR_JITTER_SPREAD,
      .spread = 0.2,
      .max_retries = 5,
      .budget_ns = SECONDS(10),
      .honours_retry_after = true,
      .retry_after_cap_ns = UINT64_MAX,
      .summary = "OpenTelemetry JS over HTTP: 5 retries within 10 s, 1 s x1.5 up to 5 s, +-20 %"},
     ANSWERS_OTLP},
    // OpenTelemetry Collector, exporterhelper's retry_on_failure (configretry): initial_interval 5 s,
    // multiplier 1.5, randomization_factor 0.5, max_interval 30 s, max_elapsed_time 300 s. A throttling
    // answer only lengthens the delay. Which answers: the OTLP specification's table of retryable responses.
    {{.name = "otel_collector",
      .base_ns = SECONDS(5),
      .cap_ns = SECONDS(30),
      .factor = 1.5,
      .jitter = WEIR_JITTER_SPREAD,
      .spread = 0.5,
      .max_retries = UINT_MAX,
      .budget_ns = SECONDS(300),
      .honours_retry_after = true,
      .retry_after_cap_ns = UINT64_MAX,
      .retry_after_is_floor = true,
      .summary = "OpenTelemetry Collector: 5 s x1.5 up to 30 s, +-50 %, for 5 minutes"},
     ANSWERS_OTLP},
    // Fluent Bit's scheduler: a whole-interval draw between scheduler.base 5 s and 5 s x 2^n up to
    // scheduler.cap 2000 s, n = 1 for the first retry; retry_limit 1. Its OpenTelemetry output retries what
    // OTLP says.
    {{.name = "fluent_bit",
      .base_ns = SECONDS(5),
      .cap_ns = SECONDS(2000),
      .factor = 2,
      .jitter = WEIR_JITTER_INTERVAL,
      .max_retries = 1,
      .budget_ns = UINT64_MAX,
      .summary = "Fluent Bit: one retry after 5 to 10 s, then the chunk is dropped"},
     ANSWERS_OTLP},
    // Promtail's client (Grafana Loki) with its documented backoff_config: min_period 500 ms, max_period 5 m,
    // max_retries 10, together about 8.5 minutes. It does not look at Retry-After.
    {{.name = "promtail",
      .base_ns = SECONDS(1) / 2,
      .cap_ns = SECONDS(300),
      .factor = 2,
      .jitter = WEIR_JITTER_FULL,
      .max_retries = 10,
      .budget_ns = UINT64_MAX,
      .summary = "Promtail: 10 retries, 0.5 s x2 up to 5 min, full jitter"},
     ANSWERS_5XX},
    // Vector's FibonacciRetryPolicy with the defaults of its request settings: retry_initial_backoff_secs 1,
    // retry_max_duration_secs 30, retry_jitter_mode full, retry_attempts unlimited. It steps before it waits,
    // so the delays are 1, 2, 3, 5, 8 and not 1, 1, 2. It does not look at Retry-After.
    {{.name = "vector",
      .base_ns = SECONDS(1),
      .cap_ns = SECONDS(30),
      .growth = WEIR_GROW_FIBONACCI,
      .jitter = WEIR_JITTER_FULL,
      .max_retries = UINT_MAX,
      .budget_ns = UINT64_MAX,
      .summary = "Vector: for ever, Fibonacci seconds up to 30 s, full jitter"},
     ANSWERS_VECTOR},
};

enum { PROFILES = sizeof profiles / sizeof *profiles };

const struct weir_retry_policy *weir_retry_at(size_t index)
{
    return index < PROFILES ? &profiles[index].policy : NULL;
}

static const struct profile *find(const char *name)
{
    for (size_t i = 0; i < PROFILES; i++) {
        if (strcmp(profiles[i].policy.name, name) == 0)
            return &profiles[i];
    }
    return NULL;
}

const struct weir_retry_policy *weir_retry_find(const char *name)
{
    const struct profile *p = find(name);
    return p == NULL ? NULL : &p->policy;
}

static bool otlp_retryable(int status)
{
    return status == 429 || status == 502 || status == 503 || status == 504;
}

static bool is_server_error(int status)
{
    return status >= 500 && status <= 599;
}

bool weir_retry_http_retryable(const struct weir_retry_policy *p, int http_status)
{
    if (http_status == 0)
        return true; // no answer at all: every one of them tries again
    // By name, so that a copy with other delays still answers as the client it was copied from.
    const struct profile *known = p->name == NULL ? NULL : find(p->name);
    switch (known == NULL ? ANSWERS_OTLP : known->answers) {
    case ANSWERS_OTLP: return otlp_retryable(http_status);
    case ANSWERS_5XX: return http_status == 429 || is_server_error(http_status);
    case ANSWERS_VECTOR:
        return http_status == 408 || http_status == 429 ||
               (is_server_error(http_status) && http_status != 501);
    }
    return false;
}

static double capped(const struct weir_retry_policy *p, double delay)
{
    return delay < (double)p->cap_ns ? delay : (double)p->cap_ns;
}

// base x factor^n. Stops at the cap, and for a factor that does not grow at the first step: n may be huge.
static double exponential(const struct weir_retry_policy *p, unsigned n)
{
    double delay = (double)p->base_ns;
    for (; n > 0 && p->factor > 1 && delay < (double)p->cap_ns && delay > 0; n--)
        delay *= p->factor;
    return capped(p, delay);
}

// base x 1, 2, 3, 5, 8, ...
static double fibonacci(const struct weir_retry_policy *p, unsigned n)
{
    double before = (double)p->base_ns, delay = before;
    for (; n > 0 && delay < (double)p->cap_ns && delay > 0; n--) {
        double next = before + delay;
        before = delay;
        delay = next;
    }
    return capped(p, delay);
}

static double undisturbed(const struct weir_retry_policy *p, unsigned retries_done)
{
    // The interval's upper end is one step ahead: at its first retry base .. base would leave nothing to draw
    // from.
    unsigned n = retries_done + (p->jitter == WEIR_JITTER_INTERVAL && retries_done < UINT_MAX);
    return p->growth == WEIR_GROW_FIBONACCI ? fibonacci(p, n) : exponential(p, n);
}

static double jittered(const struct weir_retry_policy *p, double delay, double uniform)
{
    double base = (double)p->base_ns;
    switch (p->jitter) {
    case WEIR_JITTER_NONE: return delay;
    case WEIR_JITTER_SPREAD: return delay * (1 - p->spread + 2 * p->spread * uniform);
    case WEIR_JITTER_FULL: return delay * uniform;
    case WEIR_JITTER_INTERVAL: return delay > base ? base + (delay - base) * uniform : delay;
    }
    return delay;
}

static uint64_t nanoseconds(double delay)
{
    return delay >= 9.2e18 ? UINT64_MAX : delay > 0 ? (uint64_t)(delay + 0.5) : 0;
}

static uint64_t plus(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static uint64_t delay_of(const struct weir_retry_policy *p, const struct weir_retry_view *v)
{
    uint64_t computed = nanoseconds(jittered(p, undisturbed(p, v->retries_done), v->uniform));
    if (!v->has_retry_after || !p->honours_retry_after)
        return computed;
    uint64_t asked = v->retry_after_ns < p->retry_after_cap_ns ? v->retry_after_ns : p->retry_after_cap_ns;
    return p->retry_after_is_floor && computed > asked ? computed : asked;
}

bool weir_retry_next(const struct weir_retry_policy *p, const struct weir_retry_view *v, uint64_t *at_ns)
{
    if (!v->retryable || (p->max_retries != UINT_MAX && v->retries_done >= p->max_retries))
        return false;
    uint64_t at = plus(v->now_ns, delay_of(p, v));
    // A retry that could not start within the budget is not waited for: the sender gives up now.
    if (at > plus(v->first_sent_ns, p->budget_ns))
        return false;
    *at_ns = at;
    return true;
}
