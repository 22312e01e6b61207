// SPDX-License-Identifier: Apache-2.0
// Prints the JSON Schema of scenario files.
#include "scenario/preview.h"

int main(void)
{
    schema_print(stdout);
    return 0;
}
