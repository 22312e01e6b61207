// SPDX-License-Identifier: Apache-2.0
// Preloaded: the kernel's ways of counting are refused, as some containers do. WEIR_TEST_DENY names them.
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

static bool denied(const char *what)
{
    const char *list = getenv("WEIR_TEST_DENY");
    errno = EPERM;
    return list && strstr(list, what);
}

__attribute__((visibility("default"))) long syscall(long number, ...)
{
    long argument[6];
    va_list list;
    va_start(list, number);
    for (size_t i = 0; i < 6; i++)
        argument[i] = va_arg(list, long);
    va_end(list);
    if (number == SYS_perf_event_open && denied("perf"))
        return -1;
    long (*real)(long, ...);
    *(void **)&real = dlsym(RTLD_NEXT, "syscall");
    return real(number, argument[0], argument[1], argument[2], argument[3], argument[4], argument[5]);
}

__attribute__((visibility("default"))) long ptrace(int request, ...)
{
    void *argument[3];
    va_list list;
    va_start(list, request);
    for (size_t i = 0; i < 3; i++)
        argument[i] = va_arg(list, void *);
    va_end(list);
    if (denied("ptrace"))
        return -1;
    long (*real)(int, ...);
    *(void **)&real = dlsym(RTLD_NEXT, "ptrace");
    return real(request, argument[0], argument[1], argument[2]);
}
