// ConfinedSandbox: the sandbox role alone, started and confined as the master does it, with the test in profile's place
// at the other end of its channel. Needs root, as the master does.
//
//   ConfinedSandbox sandbox;
//   const RunOutput run = sandbox.Run("print('hello')");
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ipc/fd.h"
#include "ipc/loop.h"
#include "roles/profile/run_client.h"
#include "site/fake_site.h"

namespace zoobar {

class ConfinedSandbox {
 public:
  // settings: pieces of configuration, as --set.
  explicit ConfinedSandbox(std::vector<std::string> settings = {});
  ~ConfinedSandbox();  // ends it and removes its state
  ConfinedSandbox(const ConfinedSandbox&) = delete;
  ConfinedSandbox& operator=(const ConfinedSandbox&) = delete;

  // Runs a program to its end. The API answers `null` to everything.
  RunOutput Run(const std::string& source, ProgramFiles files = {}, Milliseconds limit = Milliseconds(5000));
  // As many at once as `sources`.
  std::vector<RunOutput> RunTogether(const std::vector<std::string>& sources, Milliseconds limit = Milliseconds(5000));

  FakeSite& site() { return site_; }
  Channel& channel() { return *channel_; }  // to the role
  pid_t supervisor() const;
  pid_t interpreter() const;
  std::uint32_t id_base() const { return id_base_; }
  // When the last run was known to have ended well, by MonotonicMicros.
  std::int64_t answered_us() const { return answered_us_; }
  // Processes that have an id of the pool: runs, spares among them.
  std::vector<pid_t> Runs() const;

 private:
  pid_t Titled(const std::string& title) const;
  bool Begin(const std::vector<std::string>& settings);
  Task<void> RunOne(std::string source, ProgramFiles files, Milliseconds limit, std::optional<RunOutput>* place);

  std::string scratch_;
  std::uint32_t id_base_ = 0;
  pid_t master_ = -1;
  Fd life_;  // closed: the master's place is left, and with it the role
  std::int64_t answered_us_ = 0;
  FakeSite site_;
  std::shared_ptr<Channel> channel_;
};

}  // namespace zoobar
