// SPDX-License-Identifier: Apache-2.0
// What C17 and C++17 spell differently, so that a queue written in C++ is measured by the same loop as ours,
// compiled around its inlined code. The headers that such a queue includes (queue.h, adapter.h, wait.h and
// the bench's worker.h, loop.h, export.h) keep to what both languages have, and use from here:
//
//   _Atomic(T)           with the parentheses; in C++ std::atomic<T>. The _explicit functions are the same
//   alignas(N)           a macro in C, a word in C++
//   WEIR_SET(member, v)  one member of an initialiser. C++ sees the value alone: name them in the struct's
//                        order, leave none out before the last
//   WEIR_EXTERN_C_BEGIN, WEIR_EXTERN_C_END   around functions that are compiled as C
//
// and cast what malloc and the like answer.
#ifndef WEIR_QUEUE_CXX_H
#define WEIR_QUEUE_CXX_H

#ifdef __cplusplus

#include <atomic>
#define _Atomic(T) std::atomic<T>
using std::atomic_bool;
using std::atomic_thread_fence;
using std::atomic_uint;
using std::memory_order_acq_rel;
using std::memory_order_acquire;
using std::memory_order_relaxed;
using std::memory_order_release;
using std::memory_order_seq_cst;

#define WEIR_SET(member, ...) __VA_ARGS__
#define WEIR_EXTERN_C_BEGIN   extern "C" {
#define WEIR_EXTERN_C_END     }

#else

#include <stdalign.h>
#include <stdatomic.h>
#define WEIR_SET(member, ...) .member = __VA_ARGS__
#define WEIR_EXTERN_C_BEGIN
#define WEIR_EXTERN_C_END

#endif

#endif
