// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "live/live.h"

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

struct usage usage_now(void)
{
    struct rusage r;
    getrusage(RUSAGE_SELF, &r);
    return (struct usage){.user_s = seconds(r.ru_utime),
                          .system_s = seconds(r.ru_stime),
                          .voluntary = (uint64_t)r.ru_nvcsw,
                          .involuntary = (uint64_t)r.ru_nivcsw,
                          .major_faults = (uint64_t)r.ru_majflt};
}

// A forked child begins with its parent's peak; the kernel forgets it when told so (proc(5), clear_refs).
void usage_forget_peak(void)
{
    int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    if (write(fd, "5", 1) < 0) {
        // not allowed here: the peak then includes the parent's, which is small
    }
    close(fd);
}

uint64_t usage_peak_bytes(void)
{
    FILE *f = fopen("/proc/self/status", "re");
    char line[256];
    unsigned long kib = 0;
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "VmHWM: %lu kB", &kib) == 1)
            break;
    if (f)
        fclose(f);
    return (uint64_t)kib * 1024;
}
