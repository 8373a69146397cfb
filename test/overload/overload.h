// A site under more load than it can serve, and an honest member who uses it at the same time. The tests of this folder
// ask whether the member is served. bench/overload_bench.cc measures how fast.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "live_site/live_site.h"

namespace zoobar::overload {

// A client who takes all they can. Each has an address and an account of their own.
struct Greedy {
  std::string name;
  Browser browser;
  std::string target;  // the honest member
  std::uint64_t turn = 0;
};

// Something that is bounded on a site, and how to ask for more of it than there is.
struct Resource {
  const char* name;
  // Called once for each account of a greedy client, before the load begins.
  std::function<void(Greedy&)> prepare;
  // Makes one request. True if the site did the work that was asked for.
  std::function<bool(Greedy&)> act;
};
const std::vector<Resource>& Resources();

// The configuration of the site. Hashes are cheap, so that mostly the waiting is measured.
std::vector<std::string> Settings();

// A process with `connections` threads, each with a connection, which make requests without a pause until this object
// ends. `principals` share the connections evenly. It is a separate process so that the honest member's thread never
// waits for a lock that one of these threads holds.
class Load {
 public:
  Load(const LiveSite& site, const Resource& resource, int principals, int connections, const std::string& target);
  ~Load();
  Load(const Load&) = delete;
  // How many requests the site did the work for so far, and how many it answered in another way.
  std::uint64_t served() const { return counts_->served; }
  std::uint64_t refused() const { return counts_->refused; }

 private:
  struct Counts {  // in memory that both processes share
    std::atomic<std::uint64_t> served{0}, refused{0};
  };
  [[noreturn]] void Ask(const Resource& resource);

  std::vector<std::unique_ptr<Greedy>> greedy_;
  Counts* counts_;
  pid_t pid_ = -1;
};

// An honest member, with a browser that they have used before. In each round they log in, see the home page, pay, look
// at a program and save a profile.
class Honest {
 public:
  explicit Honest(const LiveSite& site);
  const std::string& name() const { return name_; }
  // Does one round. Returns an empty string if all steps succeeded, else the step that did not, with the status of the
  // answer. `took`, if not null, gets the time of each step in milliseconds, in the order of kSteps.
  static constexpr std::array kSteps = {"log in", "home", "style sheet", "pay", "look at a program", "save a program"};
  using Times = std::array<double, kSteps.size()>;
  std::string Round(Times* took = nullptr);

 private:
  std::string name_ = "honest";
  std::string friend_ = "friend";
  Browser browser_;
  std::uint64_t round_ = 0;
};

}  // namespace zoobar::overload
