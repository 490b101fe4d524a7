/* diagnose_signal: part of diagnose; nobody else includes it. */
#pragma once

#include "core/caps.h"
#include "core/trace.h"

/* Keeps a signal that certainly went to a process outside. */
void diagnose_signal(const struct caps *c, const struct trace_event *event);
