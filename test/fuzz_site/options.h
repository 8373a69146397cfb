// The command line.
#pragma once

#include <cstdint>
#include <string>

namespace zoobar::fuzz_site {

struct Options {
  std::int64_t requests = 0;  // 0: as many as there is time for
  std::int64_t seconds = 0;   // 0: as long as the requests take; without both a minute
  std::uint64_t seed = 0;     // 0: a fresh one
  std::int64_t clients = 64;
  bool keep_going = false;  // after a fault
  std::string url;          // "127.0.0.1:8080": a site that runs already; its processes are not watched
  std::string replay;       // do what this file says
  std::string record;       // where the last requests are written after a fault
};

// Returns what is wrong with the arguments; empty: nothing.
std::string ReadOptions(int count, char** arguments, Options* options);
extern const char* const kUsage;

}  // namespace zoobar::fuzz_site
