// A site under more load than it can serve, and an honest member beside it. Shared by the tests of this folder, which
// ask whether the member is served, and by bench/overload_bench.cc, which measures how fast.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "system/site.h"

namespace zoobar::overload {

// One who takes all they can: a visitor with an address, and an account, of their own.
struct Greedy {
  std::string name;
  Visitor visitor;
  std::string target;  // the honest member
  std::uint64_t turn = 0;
};

// Something of the site's that is bounded, and how to ask for more of it than there is.
struct Resource {
  const char* name;
  // Once for each greedy one, before the load begins.
  std::function<void(Greedy&)> prepare;
  // One request. True if the site did the work that was asked for.
  std::function<bool(Greedy&)> act;
};
const std::vector<Resource>& Resources();

// The configuration: cheap hashes, so that what is measured is the waiting.
std::vector<std::string> Settings();

// A process whose threads ask without a pause until it is destroyed: `connections` of them, shared evenly by
// `principals`. A process of its own, so that the honest member's thread never waits for a lock that one of them holds.
class Load {
 public:
  Load(const LiveSite& site, const Resource& resource, int principals, int connections, const std::string& target);
  ~Load();
  Load(const Load&) = delete;
  // Work done for them so far, and requests answered otherwise.
  std::uint64_t served() const { return counts_->served; }
  std::uint64_t refused() const { return counts_->refused; }

 private:
  struct Counts {  // in memory that both processes see
    std::atomic<std::uint64_t> served{0}, refused{0};
  };
  [[noreturn]] void Ask(const Resource& resource);

  std::vector<std::unique_ptr<Greedy>> greedy_;
  Counts* counts_;
  pid_t pid_ = -1;
};

// An honest member, with a browser they have used before: logs in, sees home, pays, looks at a program, saves a
// profile.
class Honest {
 public:
  explicit Honest(const LiveSite& site);
  const std::string& name() const { return name_; }
  // One round. Empty when all of it succeeded; else what did not, with the answer's status. `took` (may be null): how
  // long each step lasted, in milliseconds; by the names of kSteps.
  static constexpr std::array kSteps = {"log in", "home", "style sheet", "pay", "look at a program", "save a program"};
  using Times = std::array<double, kSteps.size()>;
  std::string Round(Times* took = nullptr);

 private:
  std::string name_ = "honest";
  std::string friend_ = "friend";
  Visitor visitor_;
  std::uint64_t round_ = 0;
};

}  // namespace zoobar::overload
