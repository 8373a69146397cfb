// `zoobar tune-argon2` measures how long a password hash takes on this machine. It suggests the parameters that make
// guessing passwords from stolen hashes as expensive as possible while logins stay fast.
//
// Among the parameters that take no longer than the target, it suggests those with the most memory. If several have the
// same memory, it suggests those with the most passes. Memory comes first because the hardware of an attacker has
// little of it (RFC 9106, section 4). It never suggests less than the minimum of OWASP's Password Storage Cheat Sheet:
// 19,456 KiB with two or more passes, or 47,104 KiB with one pass.
#pragma once

#include <cstdint>
#include <functional>
#include <ostream>
#include <vector>

#include "credentials/phc.h"
#include "ipc/result.h"

namespace zoobar {

struct TuneOptions {
  double target_ms = 50;     // how long one hash may take: 1 to 1000 milliseconds
  unsigned threads = 1;      // how many threads hash at once, as in the hashing pool: 1 to 16
  unsigned sweetwords = 20;  // how many hashes must be computed for one new password
  std::vector<std::uint32_t> memory_kib = {19456, 32768, 47104, 65536, 98304, 131072, 196608, 262144, 524288, 1048576};
  std::uint32_t max_memory_kib = 0;  // for each thread; 0: a quarter of the machine's memory, divided by `threads`
  double seconds = 12;               // after this many seconds, no further measurement is started
  // Measures how many milliseconds one hash takes. Tests set this function. If it is not set, `threads` threads hash at
  // the same time, and the result is the median of all their times.
  std::function<Result<double>(const Argon2Parameters&)> measure;
};

bool MeetsOwaspMinimum(const Argon2Parameters& parameters);

// Prints a line after each measurement. Then it prints the suggestion as configuration text, and what the suggestion
// means for logins and memory. This takes less than 20 seconds. Returns the exit status: 0 if all went well, 1 if
// nothing could be measured, 2 if an option is out of range.
int TuneArgon2(std::ostream& out, const TuneOptions& options);
int TuneArgon2(std::ostream& out, double target_ms, unsigned threads);

}  // namespace zoobar
