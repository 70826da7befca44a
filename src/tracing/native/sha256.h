#pragma once
#include <stdbool.h>

#define SHA256_TEXT 65

/** The hash of an open file from its start on, in hexadecimal digits; false where it cannot be read. */
bool sha256_of_file(int file, char text[SHA256_TEXT]);
