/* diagnose: what the kernel will deny to sandboxed processes, told beforehand by the evaluator from the same data that the kernel enforces, and kept in
 * core/denials. A sink of core/trace. */
#pragma once

#include "core/caps.h"
#include "core/trace.h"

/* `data` is a struct caps. A handler of nono that answers a call for a file judges by the same caps; what it refuses besides is its own to tell. */
void diagnose_event(const void *data, const struct trace_event *event);
/* For a handler that has found a call against the policy: keeps what exactly was denied, unless another error comes first. */
void diagnose_call(const struct caps *c, const struct notify_call *call);
