#pragma once

/** Answers until nobody is left who could ask. */
void supervise(int listener);
