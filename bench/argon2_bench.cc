// How much time the kept work area saves. Compares argon2id in an area that is kept with its pages present with
// libargon2's own way, which maps a new area for each hash.
//   argon2_bench [MEMORY_KIB [PASSES [ROUNDS]]]     default: 19456 2 40
// The two ways take turns, so that a noisy machine disturbs both equally. Prints the medians and their ratio.
#include <argon2.h>
#include <fmt/format.h>
#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "credentials/hashing.h"
#include "ipc/loop.h"

namespace {

struct Taken {
  std::vector<std::int64_t> micros;
  long faults = 0;

  std::int64_t Median() {
    std::nth_element(micros.begin(), micros.begin() + static_cast<std::ptrdiff_t>(micros.size() / 2), micros.end());
    return micros[micros.size() / 2];
  }
};

long Faults() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_minflt;
}

void Time(Taken& taken, const std::function<void()>& act) {
  const long faults = Faults();
  const std::int64_t start = zoobar::MonotonicMicros();
  act();
  taken.micros.push_back(zoobar::MonotonicMicros() - start);
  taken.faults += Faults() - faults;
}

std::uint32_t Argument(int count, char** texts, int which, std::uint32_t otherwise) {
  return which < count ? static_cast<std::uint32_t>(std::strtoul(texts[which], nullptr, 10)) : otherwise;
}

}  // namespace

int main(int count, char** texts) {
  const zoobar::Argon2Parameters parameters{Argument(count, texts, 1, 19456), Argument(count, texts, 2, 2), 1};
  const std::uint32_t rounds = std::max(1u, Argument(count, texts, 3, 40));
  zoobar::MustSucceed(zoobar::CheckParameters(parameters));
  const std::string password = "correct horse battery staple", salt = "0123456789abcdef";

  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  zoobar::Hasher hasher;
  zoobar::MustSucceed(hasher.Keep(parameters));
  Taken kept, fresh;
  std::string tag(zoobar::kTagBytes, '\0');
  for (std::uint32_t round = 0; round < rounds; ++round) {
    Time(kept, [&] { MustHave(hasher.Tag(password, parameters, salt)); });
    Time(fresh, [&] {
      const int outcome = argon2id_hash_raw(parameters.passes, parameters.memory_kib, 1, password.data(),
                                            password.size(), salt.data(), salt.size(), tag.data(), tag.size());
      if (outcome != ARGON2_OK) zoobar::Die("argon2: {}", argon2_error_message(outcome));
    });
  }
  const double kept_ms = static_cast<double>(kept.Median()) / 1000,
               fresh_ms = static_cast<double>(fresh.Median()) / 1000;
  fmt::print("argon2id m={} KiB t={} p=1, {} rounds\n", parameters.memory_kib, parameters.passes, rounds);
  fmt::print("kept work area   {:7.2f} ms  {:6} page faults a hash\n", kept_ms, kept.faults / rounds);
  fmt::print("fresh each time  {:7.2f} ms  {:6} page faults a hash\n", fresh_ms, fresh.faults / rounds);
  fmt::print("ratio            {:7.2f}     fresh / kept\n", fresh_ms / kept_ms);
  return 0;
}
