/* segment_clean: removes what makers of segments left that died. Safe while others make theirs. */
#pragma once

void segment_clean(int dirfd);
