// A site under more load than it can serve, and an honest member beside it. Shared by the tests of this folder, which
// ask whether the member is served, and by bench/overload_bench.cc, which measures how fast.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
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

// Threads that ask without a pause until they are destroyed: `connections` of them, shared evenly by `principals`.
class Load {
 public:
  Load(const LiveSite& site, const Resource& resource, int principals, int connections, const std::string& target);
  ~Load();
  // Work done for them so far, and requests answered otherwise.
  std::uint64_t served() const { return served_; }
  std::uint64_t refused() const { return refused_; }

 private:
  std::vector<std::unique_ptr<Greedy>> greedy_;
  std::vector<std::thread> threads_;
  std::atomic<bool> stop_{false};
  std::atomic<std::uint64_t> served_{0}, refused_{0};
};

// An honest member, with a browser they have used before: logs in, sees home, pays, looks at a program, saves a
// profile.
class Honest {
 public:
  explicit Honest(const LiveSite& site);
  const std::string& name() const { return name_; }
  // One round. Empty when all of it succeeded; else what did not, with the answer's status.
  std::string Round();

 private:
  std::string name_ = "honest";
  std::string friend_ = "friend";
  Visitor visitor_;
  std::uint64_t round_ = 0;
};

}  // namespace zoobar::overload
