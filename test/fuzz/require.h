// What a fuzz target checks besides memory: a promise of the code under test. libFuzzer writes the input that broke it.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace zoobar {

inline void Require(bool kept, const char* promise) {
  if (kept) return;
  std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

}  // namespace zoobar
