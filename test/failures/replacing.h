// For the files that define functions of the C library.
#pragma once

#include <dlfcn.h>

#include "failures/failing_calls.h"

namespace zoobar::failures {

// Whether this process follows a plan.
bool Following();
// Counts the call. Returns whether it must fail; errno then has the reason.
bool Fails(Kind kind);

// The C library's own function.
template <typename Function>
Function* Original(const char* name) {
  const Pause pause;
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace zoobar::failures

// Declares a function that the linker takes for the C library's `name`. It has a name of its own here, because the headers
// declare the C library's, some of them inline.
#define ZOOBAR_REPLACES(type, name, ...) \
  extern "C" __attribute__((visibility("default"), used)) type Failing_##name(__VA_ARGS__) __asm__(#name)
