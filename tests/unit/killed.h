/* killed: a part of a test that ends at one of its changes of the disk, as by SIGKILL or a power cut, has no room for it, or finds the disk
 * changed by others there. */
#pragma once

#include <stdbool.h>

/* Runs `act` in a child that is killed in the place of its nth change of the disk (counted from 1; threads and children of it do not count).
 * True when it made fewer and ended by itself, with success. Skips the test where ptrace(2) is not allowed. */
bool killed_at(unsigned nth, void (*act)(void));
/* The same, where its nth change that needs room fails with ENOSPC, and so do, where the disk stays full, all later ones. True when it made fewer.
 * However it ends, but not by a signal. Skips the test on other machines than x86-64. */
bool full_at(unsigned nth, bool stays_full, void (*act)(void));
/* The same child waits at its nth change while `meanwhile` is run in the test itself, and goes on to a good end. True when it made fewer. */
bool interrupted_at(unsigned nth, void (*act)(void), void (*meanwhile)(void));
