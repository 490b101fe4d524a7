/* diagnose: what the kernel will deny to sandboxed processes, told beforehand by the evaluator from the same data that the kernel enforces, and kept in
 * core/denials. A sink of core/trace. */
#pragma once

#include "core/caps.h"
#include "core/trace.h"

/* `data` is a struct caps. What a handler of nono answers is left to it. */
void diagnose_event(const void *data, const struct trace_event *event);
