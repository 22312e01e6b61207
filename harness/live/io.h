// SPDX-License-Identifier: Apache-2.0
// The live wires: real sockets, files and HTTP. See flow/wire.h for the contract of what they return.
#ifndef LIVE_IO_H
#define LIVE_IO_H

#include "base/error.h"
#include "flow/spill_store.h"
#include "flow/wire.h"

// Each answers NULL with *e set (what, where, errno in words) when the socket or file cannot be had.
struct wire *wire_udp_open(const struct wire_setup *setup, struct error *e);
struct wire *wire_tcp_open(const struct wire_setup *setup, struct error *e);
struct wire *wire_file_open(const struct wire_setup *setup, struct error *e);
struct wire *wire_otlp_open(const struct wire_setup *setup, struct error *e);

// A sink's connection (udp, tcp, otlp), or NULL likewise. `to: builtin` starts its peer.
struct wire *wire_link_open(const struct link_setup *setup, struct error *e);

// Opens for appending, creating it when it is not there.
struct sink_file *sink_file_open(const char *path, struct error *e);

// A folder of segments for an edge's overflow, made when it is not there (its parent must be); EXIT_USAGE
// when it cannot be used or another run or edge uses it. From then on SIGXFSZ is ignored in this process.
struct spill_device *spill_files_open(const char *folder, struct error *e);

#endif
