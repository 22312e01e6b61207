// SPDX-License-Identifier: Apache-2.0
#include "bench/module_file.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOADING_LIMIT_MS = 10000, LOADED = 77 };

#define HOW_TO "docs/bring-your-own-queue.md says how to build one"

// --- the file ----

// What both classes of ELF files begin with.
struct elf_head {
    unsigned char ident[EI_NIDENT];
    uint16_t type, machine;
};

static bool read_head(const char *path, struct elf_head *head, size_t *got)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, head, sizeof *head);
    close(fd);
    *got = n > 0 ? (size_t)n : 0;
    return n >= 0;
}

static const char *machine_name(unsigned machine)
{
    static const struct {
        unsigned machine;
        const char *name;
    } names[] = {{EM_386, "i386"},    {EM_X86_64, "x86-64"}, {EM_ARM, "ARM"},     {EM_AARCH64, "AArch64"},
                 {EM_PPC64, "PPC64"}, {EM_S390, "S390"},     {EM_RISCV, "RISC-V"}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].machine == machine)
            return names[i].name;
    return "another machine";
}

static bool check_head(const char *path, const struct elf_head *h, size_t got, char *error, size_t size)
{
    struct elf_head own = {0}; // of the program that is running
    size_t own_got;
    if (got < sizeof *h || memcmp(h->ident, ELFMAG, SELFMAG) != 0) {
        snprintf(error, size, "%s: is no ELF file, so no shared object; " HOW_TO, path);
        return false;
    }
    if (!read_head("/proc/self/exe", &own, &own_got) || own_got < sizeof own)
        return true; // dlopen will know
    if (h->ident[EI_CLASS] != own.ident[EI_CLASS] || h->ident[EI_DATA] != own.ident[EI_DATA] ||
        h->machine != own.machine) {
        snprintf(error, size,
                 "%s: built for %s (%s, ELF machine %u), this weir runs on %s (%s, %u); build it with this "
                 "machine's "
                 "compiler",
                 path, machine_name(h->machine), h->ident[EI_CLASS] == ELFCLASS32 ? "32 bit" : "64 bit",
                 h->machine, machine_name(own.machine),
                 own.ident[EI_CLASS] == ELFCLASS32 ? "32 bit" : "64 bit", own.machine);
        return false;
    }
    if (h->type != ET_DYN) {
        snprintf(error, size, "%s: is %s, not a shared object; link it with -shared", path,
                 h->type == ET_REL    ? "an object file"
                 : h->type == ET_EXEC ? "a program"
                 : h->type == ET_CORE ? "a core dump"
                                      : "an ELF file of another kind");
        return false;
    }
    return true;
}

bool module_file_check(const char *path, char *error, size_t size)
{
    struct stat st;
    struct elf_head head = {0};
    size_t got = 0;
    if (stat(path, &st) != 0) {
        snprintf(error, size, "%s: %s", path, strerror(errno));
    } else if (S_ISDIR(st.st_mode)) {
        snprintf(error, size, "%s: is a directory, not a shared object", path);
    } else if (!S_ISREG(st.st_mode)) {
        snprintf(error, size, "%s: is no regular file, so no shared object", path);
    } else if (!read_head(path, &head, &got)) {
        snprintf(error, size, "%s: %s", path, strerror(errno));
    } else {
        return check_head(path, &head, got, error, size);
    }
    return false;
}

// --- its code ----

// Waits for the end of a child that holds the other end. False when the time was up.
static bool await_end(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    int ready;
    do
        ready = poll(&p, 1, LOADING_LIMIT_MS);
    while (ready < 0 && errno == EINTR);
    return ready != 0;
}

static bool judge(const char *path, int status, bool ended, char *error, size_t size)
{
    if (ended && WIFEXITED(status) && WEXITSTATUS(status) == LOADED)
        return true;
    if (!ended)
        snprintf(error, size, "%s: hangs while it is being loaded (its constructors)", path);
    else if (WIFSIGNALED(status))
        snprintf(error, size,
                 "%s: crashes while it is being loaded (SIG%s): a damaged file, or its constructors", path,
                 sigabbrev_np(WTERMSIG(status)) ? sigabbrev_np(WTERMSIG(status)) : "?");
    else
        snprintf(error, size, "%s: ends the process while it is being loaded (status %d)", path,
                 WEXITSTATUS(status));
    return false;
}

bool module_file_try(const char *path, char *error, size_t size)
{
    int ends[2], status = 0;
    if (pipe(ends) != 0)
        return true; // what cannot be tried is loaded untried
    fflush(NULL);    // its exit() must not write what we have not yet written
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        dup2(STDERR_FILENO, STDOUT_FILENO);
        dlopen(path, RTLD_NOW | RTLD_LOCAL); // an answer of NULL is for the parent to explain
        _exit(LOADED);
    }
    close(ends[1]);
    bool good = true;
    if (child > 0) {
        bool ended = await_end(ends[0]);
        if (!ended)
            kill(child, SIGKILL);
        while (waitpid(child, &status, 0) < 0 && errno == EINTR)
            ;
        good = judge(path, status, ended, error, size);
    }
    close(ends[0]);
    return good;
}
