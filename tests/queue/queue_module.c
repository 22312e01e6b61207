// SPDX-License-Identifier: Apache-2.0
// Runs the conformance suite on a queue in a shared object: test_module PATH.
#include "bench/module.h"

static const struct weir_queue_module *module;
#define CONFORM_OPS (module->ops)
#include "conformance.h"

int main(int argc, char **argv)
{
    char error[256] = "usage: test_module PATH";
    module = argc == 2 ? weir_queue_load(argv[1], error, sizeof error) : NULL;
    if (module == NULL) {
        fprintf(stderr, "%s\n", error);
        return 1;
    }
    return run_conformance();
}
