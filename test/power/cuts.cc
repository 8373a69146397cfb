#include "power/cuts.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sodium.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <random>

#include "ipc/fd.h"
#include "ipc/result.h"

namespace zoobar::power {
namespace {

using Kind = Operation::Kind;

constexpr std::size_t kSingles = 12;  // so many writes are missing alone, or are there alone
constexpr std::size_t kRandoms = 8;   // states of each cut in which the random numbers say what is there

std::string Wish(const char* name) {
  const char* const value = std::getenv(name);
  return value ? value : "";
}

// The states of one cut. There are as many as what is uncertain there makes different.
void AddStates(const Disk& disk, std::vector<Cut>& states) {
  using Left = Cut::Left;
  const std::size_t at = disk.at(), writes = disk.uncertain_writes(), names = disk.uncertain_names();
  states.push_back({at, Left::kAll, 0});
  if (writes + names == 0) return;
  states.push_back({at, Left::kNone, 0});
  for (std::size_t i = 0; i < std::min(writes, kSingles); ++i) {
    if (writes > 1 || names > 0) states.push_back({at, Left::kOnly, i});
    states.push_back({at, Left::kWithout, i});
  }
  for (std::size_t i = 0; i < names; ++i) {
    states.push_back({at, Left::kNamesOnly, i + 1});
    states.push_back({at, Left::kAllWrites, i});
  }
  for (std::size_t i = 0; i < kRandoms; ++i) states.push_back({at, Left::kRandom, i});
}

struct Plan {
  std::size_t cuts = 0;
  std::vector<Cut> states;
};

// Before a mark the disk is the same as behind it, and less was promised. So the power goes behind the marks.
Plan PlanOf(const Recording& recording, const Promises& promises) {
  Plan plan;
  Disk disk(recording, promises);
  for (std::size_t at = 0; at <= recording.operations.size(); ++at) {
    if (at < recording.operations.size() && recording.operations[at].kind == Kind::kMark) continue;
    disk.AdvanceTo(at);
    AddStates(disk, plan.states);
    ++plan.cuts;
  }
  return plan;
}

// The states that the caller wishes to see.
std::vector<Cut> Chosen(const CutRun& run, std::vector<Cut> states) {
  if (const std::string wish = Wish("ZOOBAR_POWER_CUT"); !wish.empty()) {
    const std::string own = run.work + ".";
    if (!wish.starts_with(own)) return {};
    const std::optional<Cut> cut = Cut::Parse(wish.substr(own.size()));
    if (!cut) Die("ZOOBAR_POWER_CUT={}: this is not WORK.NUMBER.WORD.NUMBER", wish);
    return {*cut};
  }
  if (!Wish("ZOOBAR_POWER_ALL").empty() || states.size() <= run.sample) return states;
  const auto rest = std::ranges::find_if(states, [&run](const Cut& cut) { return cut.at >= run.all_until; });
  std::vector<Cut> chosen(states.begin(), rest);
  std::mt19937_64 random(Seed());
  std::sample(rest, states.end(), std::back_inserter(chosen), static_cast<std::ptrdiff_t>(run.sample), random);
  return chosen;
}

// Opens one state after the other, in a process of its own.
class Opener {
 public:
  Opener(const Recording& recording, const CutRun& run, const Check& check, const std::vector<Cut>& states)
      : recording_(recording), run_(run), check_(check), states_(states) {}

  // Opens the states from `first` on. Returns the index of the first one that was not opened.
  std::size_t Open(std::size_t first, std::vector<Failure>& failures) {
    const FastFolder folder;
    void* const shared = mmap(nullptr, sizeof(std::size_t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int ends[2];
    if (shared == MAP_FAILED || pipe(ends) != 0) Die(Error::FromErrno("the states").text);
    auto& now = *static_cast<volatile std::size_t*>(shared);
    now = first;
    const pid_t child = fork();
    if (child < 0) Die(Error::FromErrno("fork").text);
    if (child == 0) OpenInChild(first, folder.path(), now, ends[1]);
    close(ends[1]);
    const Fd report(ends[0]);
    std::string what;
    char part[4096];
    for (ssize_t count; (count = read(report.get(), part, sizeof part)) > 0;)
      what.append(part, static_cast<std::size_t>(count));
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    const std::size_t reached = now;
    munmap(shared, sizeof(std::size_t));
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return states_.size();
    if (what.empty()) {
      what = WIFSIGNALED(status) ? fmt::format("the process was ended by the signal {}", WTERMSIG(status))
                                 : fmt::format("the process ended with {}", WEXITSTATUS(status));
    }
    failures.push_back({states_[reached], what});
    return reached + 1;
  }

 private:
  [[noreturn]] void OpenInChild(std::size_t first, const std::string& folder, volatile std::size_t& now, int report) {
    alarm(600);  // a state that never opens
    const std::string state = folder + "/state";
    Disk disk(recording_, run_.promises);
    Seen seen;
    for (std::size_t i = first; i < states_.size(); ++i) {
      now = i;
      for (std::size_t at = disk.at(); at < states_[i].at; ++at) {
        const Operation& each = recording_.operations.at(at);
        if (each.kind == Kind::kMark) (each.mark == Mark::kBegun ? seen.begun : seen.acknowledged).insert(each.step);
      }
      disk.AdvanceTo(states_[i].at);
      std::filesystem::create_directory(state);
      disk.Build(states_[i], Seed(), state);
      const std::string wrong = check_(state, seen);
      if (!wrong.empty()) {
        const ssize_t told = write(report, wrong.data(), wrong.size());
        _exit(told > 0 ? 1 : 2);
      }
      std::filesystem::remove_all(state);
    }
    _exit(0);
  }

  const Recording& recording_;
  const CutRun& run_;
  const Check& check_;
  const std::vector<Cut>& states_;
};

// Random numbers that depend on the seed alone.
class SeededNumbers {
 public:
  static SeededNumbers& Get() {
    static SeededNumbers numbers;
    return numbers;
  }
  void Begin() {
    std::lock_guard lock(lock_);
    random_.seed(Seed());
  }
  static std::uint32_t One() {
    std::lock_guard lock(Get().lock_);
    return static_cast<std::uint32_t>(Get().random_());
  }
  static void Fill(void* buffer, std::size_t size) {
    std::lock_guard lock(Get().lock_);
    for (std::size_t i = 0; i < size; ++i)
      static_cast<unsigned char*>(buffer)[i] = static_cast<unsigned char>(Get().random_());
  }

 private:
  std::mutex lock_;
  std::mt19937_64 random_{1};
};

const char* NumbersName() { return "seeded"; }

// Before libsodium starts, so that it never asks the kernel.
[[maybe_unused]] const bool numbers_are_seeded = [] {
  static randombytes_implementation seeded{};
  seeded.implementation_name = NumbersName;
  seeded.random = SeededNumbers::One;
  seeded.buf = SeededNumbers::Fill;
  return randombytes_set_implementation(&seeded) == 0;
}();

}  // namespace

std::uint64_t Seed() {
  const std::string wish = Wish("ZOOBAR_POWER_SEED");
  return wish.empty() ? 1 : std::strtoull(wish.c_str(), nullptr, 10);
}

void SeedRandomNumbers() { SeededNumbers::Get().Begin(); }

Outcome OpenStates(const Recording& recording, const CutRun& run, const Check& check) {
  const Plan plan = PlanOf(recording, run.promises);
  const std::vector<Cut> states = Chosen(run, plan.states);
  Outcome outcome{plan.cuts, plan.states.size(), 0, {}};
  Opener opener(recording, run, check, states);
  while (outcome.opened < states.size() && outcome.failures.size() < run.most_failures)
    outcome.opened = opener.Open(outcome.opened, outcome.failures);
  return outcome;
}

void ExpectAllOpen(const Recording& recording, const CutRun& run, const Check& check) {
  const Outcome outcome = OpenStates(recording, run, check);
  fmt::print("power cuts: {}: opened {} of {} states after {} cuts, {} failed; seed {}, recording {}\n", run.work,
             outcome.opened, outcome.states, outcome.cuts, outcome.failures.size(), Seed(), recording.Digest());
  for (const Failure& failure : outcome.failures) {
    ADD_FAILURE() << run.work << ": " << failure.what << "\n  again: tools/power-cuts --seed=" << Seed()
                  << " --cut=" << run.work << "." << failure.cut.Text();
  }
}

void ExpectSomeWrong(const Recording& recording, const CutRun& run, const Check& check) {
  CutRun until_one = run;
  until_one.most_failures = 1;
  const Outcome outcome = OpenStates(recording, until_one, check);
  const bool other_work = outcome.opened == 0 && outcome.failures.empty() && !Wish("ZOOBAR_POWER_CUT").empty();
  if (outcome.failures.empty() && !other_work) ADD_FAILURE() << run.work << ": nobody has noticed what the disk lost";
}

FastFolder::FastFolder() {
  for (const char* place : {"/dev/shm", "/tmp"}) {
    std::string name = fmt::format("{}/zoobar-power-XXXXXX", place);
    if (!mkdtemp(name.data())) continue;
    path_ = name;
    return;
  }
  Die(Error::FromErrno("a folder in /tmp").text);
}

FastFolder::~FastFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace zoobar::power
