// `zoobar tune-argon2`: what a password hash costs on this machine, and the parameters that make guessing stolen hashes
// dearest without making logins slow.
//
// Of what takes no longer than the target, the one with the most memory is suggested, then with the most passes: memory
// is what a guesser's hardware is short of (RFC 9106, section 4). Never less than the least that OWASP's Password
// Storage Cheat Sheet accepts: 19,456 KiB with two passes or more, or 47,104 KiB with one.
#pragma once

#include <cstdint>
#include <functional>
#include <ostream>
#include <vector>

#include "credentials/phc.h"
#include "ipc/result.h"

namespace zoobar {

struct TuneOptions {
  double target_ms = 50;     // of one hash, 1 to 1000
  unsigned threads = 1;      // that hash side by side, as the pool's do: 1 to 16
  unsigned sweetwords = 20;  // hashes of one new password
  std::vector<std::uint32_t> memory_kib = {19456, 32768, 47104, 65536, 98304, 131072, 196608, 262144, 524288, 1048576};
  std::uint32_t max_memory_kib = 0;  // of one thread; 0: a quarter of the machine's memory, shared out to the threads
  double seconds = 12;               // after which nothing new is measured
  // Milliseconds of one hash. Nothing: hashes on so many threads at once, and takes the median.
  std::function<Result<double>(const Argon2Parameters&)> measure;
};

bool MeetsOwaspMinimum(const Argon2Parameters& parameters);

// Prints a line for each measurement when it is made, then the suggestion as configuration text and what it means.
// Takes less than 20 seconds. The exit status: 0; 1 when nothing could be measured; 2 for options out of range.
int RunTuneArgon2(std::ostream& out, const TuneOptions& options);
int RunTuneArgon2(std::ostream& out, double target_ms, unsigned threads);

}  // namespace zoobar
