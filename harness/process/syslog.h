// SPDX-License-Identifier: Apache-2.0
// One syslog message as RFC 5424 section 6 has it: header, structured data, message. Strict, without
// allocation, and never behind the end.
#ifndef PROCESS_SYSLOG_H
#define PROCESS_SYSLOG_H

#include <stdbool.h>
#include <stddef.h>

// Positions are offsets in the message; [begin, end).
struct syslog_span {
    size_t begin, end;
};

struct syslog {
    unsigned priority;       // facility * 8 + severity
    struct syslog_span data; // STRUCTURED-DATA: "-" or its elements
    size_t message;          // offset of MSG, or the message's length when there is none
};

struct syslog_param {
    struct syslog_span id, name, value; // value: without the quotes, still escaped
    size_t end;                         // behind it: where another one of this element could stand
};

// Called for each element of the structured data with an empty name, then for each of its parameters.
typedef void (*syslog_each)(void *context, const struct syslog_param *param);

// False: not a message of this form (calls may have been made for what stands before the mistake). `each` may
// be NULL.
bool syslog_read(const unsigned char *text, size_t size, struct syslog *out, syslog_each each, void *context);

// Whether an SD-ID or PARAM-NAME may be called so.
bool syslog_is_name(const char *name);

#endif
