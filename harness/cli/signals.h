// SPDX-License-Identifier: Apache-2.0
// SIGINT, SIGTERM, SIGHUP and SIGCHLD as flags, seen only while the supervisor waits.
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

void signals_block(void); // from now on they are only taken inside signals_wait; SIGPIPE is ignored
void signals_child(void); // in a child after fork: everything as the shell left it
// In a child whose work can end early: the first SIGINT, SIGTERM or SIGHUP is only noted.
void signals_child_graceful(void);
bool signals_child_told(void);
bool signals_interrupted(void);
bool signals_insisted(void); // more than once
void signals_take(void);     // the interruption has been dealt with; the next one counts anew
void signals_restore(void);  // the end of the run: a signal kills again. One that came unseen is taken now

// Waits until a descriptor is readable, a signal came or the time is over.
void signals_wait(struct pollfd *fds, nfds_t count, uint64_t timeout_ns);

#endif
