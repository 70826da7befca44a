#pragma once
#include "ids.h"

/** Answers until nobody is left who could ask. */
void supervise(int listener);
/** False where the call was broken off meanwhile: it will come again, or its process is no more. */
bool send_answer(int listener, uint64_t id, struct answer answer);
