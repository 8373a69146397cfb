// ConfinedSandbox: the role sandbox alone, started and confined as the master does it. The test takes the place of
// profile at the other end of its channel. Needs root, as the master does.
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
  // `settings` are pieces of configuration, as for --set. Ends the test program if the sandbox does not start.
  explicit ConfinedSandbox(std::vector<std::string> settings = {});
  ~ConfinedSandbox();  // ends the sandbox and removes its state
  ConfinedSandbox(const ConfinedSandbox&) = delete;
  ConfinedSandbox& operator=(const ConfinedSandbox&) = delete;

  // Runs a program and waits for its end. The API answers `null` to every call.
  RunOutput Run(const std::string& source, ProgramFiles files = {}, Milliseconds limit = Milliseconds(5000));
  // Runs all these programs at the same time.
  std::vector<RunOutput> RunTogether(const std::vector<std::string>& sources, Milliseconds limit = Milliseconds(5000));

  FakeSite& site() { return site_; }
  Channel& channel() { return *channel_; }  // to the role
  pid_t supervisor() const;
  pid_t interpreter() const;
  std::uint32_t id_base() const { return id_base_; }
  // The time (MonotonicMicros) when the sandbox said that the last run had ended well.
  std::int64_t answered_us() const { return answered_us_; }
  // All processes that have an id of the pool: runs, and among them spares.
  std::vector<pid_t> Runs() const;

 private:
  pid_t Titled(const std::string& title) const;
  bool Begin(const std::vector<std::string>& settings);
  Task<void> RunOne(std::string source, ProgramFiles files, Milliseconds limit, std::optional<RunOutput>* place);

  std::string scratch_;
  std::uint32_t id_base_ = 0;
  pid_t master_ = -1;
  Fd life_;  // when it is closed, the process in the master's place ends, and with it the role
  std::int64_t answered_us_ = 0;
  FakeSite site_;
  std::shared_ptr<Channel> channel_;
};

}  // namespace zoobar
