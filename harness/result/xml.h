// SPDX-License-Identifier: Apache-2.0
// Text inside of XML.
#ifndef RESULT_XML_H
#define RESULT_XML_H

#include <stdio.h>

void xml_text(FILE *out,
              const char *text); // escaped; control characters, which cannot stand there, become '?'
void xml_attribute(FILE *out, const char *name, const char *value); // " name=\"value\""

#endif
