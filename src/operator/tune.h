// `zoobar tune-argon2`: measures what a password hash costs on this machine. Suggests the parameters that make it most
// expensive to guess passwords from stolen hashes, and still keep logins fast.
//
// Among the parameters that take no longer than the target, it suggests those with the most memory, and of these the
// ones with the most passes: memory is what the hardware of an attacker lacks (RFC 9106, section 4). It never suggests
// less than the minimum of OWASP's Password Storage Cheat Sheet: 19,456 KiB with two passes or more, or 47,104 KiB with
// one.
#pragma once

#include <cstdint>
#include <functional>
#include <ostream>
#include <vector>

#include "credentials/phc.h"
#include "ipc/result.h"

namespace zoobar {

struct TuneOptions {
  double target_ms = 50;     // how long one hash may take, 1 to 1000
  unsigned threads = 1;      // how many threads hash at once, as in the hashing pool: 1 to 16
  unsigned sweetwords = 20;  // how many hashes one new password needs
  std::vector<std::uint32_t> memory_kib = {19456, 32768, 47104, 65536, 98304, 131072, 196608, 262144, 524288, 1048576};
  std::uint32_t max_memory_kib = 0;  // for one thread; 0: a quarter of the machine's memory, divided by the threads
  double seconds = 12;               // no new measurement is begun after this time
  // Returns the milliseconds of one hash. If it is not set, `threads` threads hash at once, and the median is taken.
  std::function<Result<double>(const Argon2Parameters&)> measure;
};

bool MeetsOwaspMinimum(const Argon2Parameters& parameters);

// Prints a line for each measurement as it is made, then the suggestion as configuration text, and what it means. Takes
// less than 20 seconds. Returns the exit status: 0; 1 when nothing could be measured; 2 for options out of range.
int TuneArgon2(std::ostream& out, const TuneOptions& options);
int TuneArgon2(std::ostream& out, double target_ms, unsigned threads);

}  // namespace zoobar
