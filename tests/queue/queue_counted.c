// SPDX-License-Identifier: Apache-2.0
// Runs the conformance suite on a queue that counts: test_queue_counted NAME.
#include "conformance.h"
#include "queue/queue.h"

int main(int argc, char **argv)
{
    const struct weir_queue_ops *tested = argc == 2 ? weir_queue_counted_find(argv[1]) : NULL;
    if (tested == NULL) {
        fprintf(stderr, "usage: test_queue_counted QUEUE\n");
        return 1;
    }
    return run_conformance(tested);
}
