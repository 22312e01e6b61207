// SPDX-License-Identifier: Apache-2.0
#include "cli/machine.h"

#include "base/cores.h"
#include "base/pingpong.h"
#include "base/stats.h"

enum { PINGPONGS_MAX = 100 };

void machine_measure(struct env_noise *noise, unsigned sleeps, unsigned pingpongs)
{
    double rtt[PINGPONGS_MAX];
    unsigned n = 0;
    int cpus[2];
    env_noise_measure(noise, sleeps);
    if (cores_allowed(cpus, 2) < 2)
        return;
    for (unsigned i = 0; i < pingpongs && i < PINGPONGS_MAX; i++) {
        double ns = pingpong_rtt_ns(cpus[0], cpus[1], 0);
        if (ns > 0)
            rtt[n++] = ns;
    }
    if (n == 0)
        return;
    noise->pingpong_min_ns = stats_quantile(rtt, n, 0);
    noise->pingpong_median_ns = stats_median(rtt, n);
}
