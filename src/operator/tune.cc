#include "operator/tune.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "credentials/hashing.h"
#include "ipc/try.h"

namespace zoobar {
namespace {

constexpr int kWrongOptions = 2;
constexpr std::uint32_t kMostPasses = 3;
constexpr Argon2Parameters kMinimum;  // OWASP's minimum; these are the defaults of Argon2Parameters
constexpr std::uint32_t kMinimumOfOnePassKib = 47104;

using SteadyClock = std::chrono::steady_clock;

double MillisecondsSince(SteadyClock::time_point began) {
  return std::chrono::duration<double, std::milli>(SteadyClock::now() - began).count();
}

// Computes `times` hashes on this thread, one after the other. Returns how many milliseconds each took. Returns an
// empty vector if hashing fails.
std::vector<double> HashOften(Hasher& hasher, const Argon2Parameters& parameters, int times) {
  const std::string salt = FreshSalt();
  std::vector<double> took;
  for (int i = 0; i < times; ++i) {
    const auto began = SteadyClock::now();
    if (!hasher.Tag("correct horse battery staple", parameters, salt).ok()) return {};
    took.push_back(MillisecondsSince(began));
  }
  return took;
}

// Computes hashes on all threads at the same time. Each thread computes five, or three if one hash takes more than
// 200 ms. Returns the median time of all these hashes in milliseconds.
Result<double> Measure(const Argon2Parameters& parameters, unsigned threads) {
  std::vector<std::unique_ptr<Hasher>> hashers;
  for (unsigned i = 0; i < threads; ++i) {
    hashers.push_back(std::make_unique<Hasher>());
    TRY_STATUS(hashers.back()->Keep(parameters));
  }
  const std::vector<double> first = HashOften(*hashers[0], parameters, 1);
  if (first.empty()) return Error::Of("argon2id with {} KiB fails", parameters.memory_kib);
  const int times = first[0] > 200 ? 3 : 5;
  std::vector<std::vector<double>> of_each(threads);
  std::vector<std::thread> running;
  for (unsigned i = 0; i < threads; ++i) {
    running.emplace_back([&, i] { of_each[i] = HashOften(*hashers[i], parameters, times); });
  }
  for (std::thread& thread : running) thread.join();
  std::vector<double> took;
  for (const std::vector<double>& each : of_each) took.insert(took.end(), each.begin(), each.end());
  if (took.empty()) return Error::Of("argon2id with {} KiB fails", parameters.memory_kib);
  const auto middle = took.begin() + static_cast<std::ptrdiff_t>(took.size() / 2);
  std::ranges::nth_element(took, middle);
  return *middle;
}

std::uint32_t MemoryForOne(unsigned threads) {
  const double pages = static_cast<double>(std::max(0L, sysconf(_SC_PHYS_PAGES)));
  const double kib = pages * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1024 / 4 / threads;
  return static_cast<std::uint32_t>(std::clamp(kib, static_cast<double>(kMinimum.memory_kib), 4.0 * 1024 * 1024));
}

std::string Wrong(const TuneOptions& options) {
  if (!(options.target_ms >= 1 && options.target_ms <= 1000)) return "the target must be 1 to 1000 milliseconds";
  if (options.threads < 1 || options.threads > 16) return "threads must be 1 to 16";
  if (options.sweetwords < 1) return "sweetwords must be 1 or more";
  return {};
}

struct Measured {
  Argon2Parameters parameters;
  double ms = 0;

  double Cost() const { return static_cast<double>(parameters.memory_kib) * parameters.passes; }
};

class Tuner {
 public:
  Tuner(std::ostream& out, const TuneOptions& options)
      : out_(out),
        options_(options),
        most_kib_(options.max_memory_kib > 0 ? options.max_memory_kib : MemoryForOne(options.threads)) {}

  int Tune() {
    out_ << fmt::format("argon2id on this machine, 1 lane, {} at once; the target is {:.4g} ms\n\n",
                        Count(options_.threads, "thread"), options_.target_ms)
         << "passes      memory    one hash\n"
         << std::flush;
    // OWASP's minimum is measured first, because it is the suggestion if there is no time for further measurements.
    const std::optional<Measured> minimum = Try(kMinimum);
    if (!minimum) return 1;
    for (std::uint32_t passes = 1; passes <= kMostPasses; ++passes) TryPasses(passes);
    if (out_of_time_) out_ << fmt::format("(larger ones were left out after {:.4g} seconds)\n", options_.seconds);
    Suggest(Best(*minimum));
    return 0;
  }

 private:
  static std::string Count(unsigned count, std::string_view what) {
    return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
  }

  void TryPasses(std::uint32_t passes) {
    for (const std::uint32_t memory_kib : options_.memory_kib) {
      const Argon2Parameters parameters{memory_kib, passes, 1};
      if (parameters == kMinimum) continue;
      if (memory_kib > most_kib_ || TooSlow(parameters)) return;
      if (Seconds() > options_.seconds) {
        out_of_time_ = true;
        return;
      }
      if (!Try(parameters)) return;
    }
  }

  // Returns whether a hash with these parameters would take more than 1.5 times the target. This is computed from an
  // earlier measurement with at most the same cost. It is possible because the time is almost proportional to memory
  // times passes.
  bool TooSlow(const Argon2Parameters& parameters) const {
    const double cost = Measured{parameters}.Cost();
    return std::ranges::any_of(measured_, [&](const Measured& each) {
      return each.Cost() <= cost && each.ms * cost / each.Cost() > 1.5 * options_.target_ms;
    });
  }

  std::optional<Measured> Try(const Argon2Parameters& parameters) {
    const Result<double> ms = options_.measure ? options_.measure(parameters) : Measure(parameters, options_.threads);
    if (!ms.ok()) {
      out_ << fmt::format("{:6}  {:6} KiB  {}\n", parameters.passes, parameters.memory_kib, ms.error().text);
      return std::nullopt;
    }
    out_ << fmt::format("{:6}  {:6} KiB  {:7.1f} ms{}\n", parameters.passes, parameters.memory_kib, *ms,
                        MeetsOwaspMinimum(parameters) ? "" : "  (below OWASP's minimum)")
         << std::flush;
    measured_.push_back({parameters, *ms});
    return measured_.back();
  }

  Measured Best(Measured best) const {
    const auto order = [](const Measured& each) {
      return std::pair(each.parameters.memory_kib, each.parameters.passes);
    };
    for (const Measured& each : measured_) {
      if (each.ms > options_.target_ms || !MeetsOwaspMinimum(each.parameters)) continue;
      if (order(each) > order(best)) best = each;
    }
    return best;
  }

  void Suggest(const Measured& best) const {
    const auto& [memory_kib, passes, lanes] = best.parameters;
    if (best.ms > options_.target_ms) {
      out_ << fmt::format(
          "\nEven OWASP's minimum takes {:.1f} ms here, longer than {:.4g} ms. Do not use less than this minimum:\n",
          best.ms, options_.target_ms);
    } else {
      out_ << fmt::format("\nThe most memory within {:.4g} ms ({:.1f} ms):\n", options_.target_ms, best.ms);
    }
    out_ << fmt::format("\nauth {{ argon2 {{ memory_kib: {} passes: {} lanes: {} }} }}\n\n", memory_kib, passes, lanes);

    out_ << fmt::format("logins: at most {:.3g} a second with {}\n", options_.threads * 1000 / best.ms,
                        Count(options_.threads, "thread"));
    out_ << fmt::format("memory: {:.4g} MiB, kept all the time\n",
                        options_.threads * static_cast<double>(memory_kib) / 1024);
    out_ << fmt::format("a registration or a new password with {}: {:.3g} s of one thread\n",
                        Count(options_.sweetwords, "sweetword"), options_.sweetwords * best.ms / 1000);
    out_ << "Existing accounts keep working: their hashes are hashed once more in place, in the background.\n";
  }

  double Seconds() const { return MillisecondsSince(began_) / 1000; }

  std::ostream& out_;
  const TuneOptions& options_;
  const std::uint32_t most_kib_;
  const SteadyClock::time_point began_ = SteadyClock::now();
  std::vector<Measured> measured_;
  bool out_of_time_ = false;
};

}  // namespace

bool MeetsOwaspMinimum(const Argon2Parameters& parameters) {
  return parameters.memory_kib >= (parameters.passes == 1 ? kMinimumOfOnePassKib : kMinimum.memory_kib);
}

int TuneArgon2(std::ostream& out, const TuneOptions& options) {
  if (const std::string wrong = Wrong(options); !wrong.empty()) {
    out << "tune-argon2: " << wrong << '\n';
    return kWrongOptions;
  }
  return Tuner(out, options).Tune();
}

int TuneArgon2(std::ostream& out, double target_ms, unsigned threads) {
  TuneOptions options;
  options.target_ms = target_ms;
  options.threads = threads;
  return TuneArgon2(out, options);
}

}  // namespace zoobar
