/* killed: a part of a test that ends at one of its changes of the disk, as by SIGKILL or a power cut. */
#pragma once

#include <stdbool.h>

/* Runs `act` in a child that is killed in the place of its nth change of the disk (counted from 1; threads and children of it do not count).
 * True when it made fewer and ended by itself, with success. Skips the test where ptrace(2) is not allowed. */
bool killed_at(unsigned nth, void (*act)(void));
