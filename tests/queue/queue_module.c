// SPDX-License-Identifier: Apache-2.0
// Runs the conformance suite on a queue in a shared object: test_module PATH.
#include "bench/module.h"
#include "conformance.h"

int main(int argc, char **argv)
{
    char error[256] = "usage: test_module PATH";
    const struct weir_queue_module *module = argc == 2 ? weir_queue_load(argv[1], error, sizeof error) : NULL;
    if (module == NULL) {
        fprintf(stderr, "%s\n", error);
        return 1;
    }
    return run_conformance(module->ops);
}
