/* fake_clock: linked into a test, it takes the place of clock_gettime(2). All clocks stand at the moment of fake_clock_stop, or else when each is first read, until the test moves
 * them, so that no test depends on how fast the machine is. */
#pragma once

void fake_clock_stop(void);
void fake_clock_advance(long ms);
