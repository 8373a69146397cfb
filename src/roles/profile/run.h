// One run, as profile talks to it: writes the program into its socket, answers its calls, takes what it prints.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "ipc/bytes.h"
#include "ipc/fd.h"
#include "ipc/loop.h"
#include "ipc/task.h"
#include "sandbox.pb.h"
#include "site/role.h"

namespace zoobar {

struct RunOutput {
  std::string output, errors;  // UTF-8, mended
  bool cut = false;            // there was more output than the limit
  std::string misbehaved;      // on its API: how; empty: it did not
  WaitReply end;
  std::optional<ProgramFiles> files;  // what it left, when it ended by itself and they were asked for
};

class RunTalk {
 public:
  static constexpr std::size_t kMaxErrors = 16384;  // bytes of standard error kept

  struct Settings {
    Milliseconds limit{5000};  // of the time it is given
    Milliseconds most{0};      // of wall clock, limit or more; 0: limit
    std::size_t output_bytes = 65536, files_bytes = 1048576, files_inodes = 64;
    bool files = true;  // to be taken back
    // The reply to a request of the program's; an Error ends the run.
    std::function<Task<Result<std::string>>(std::string)> answer;
    // Called once, as soon as the program has ended well, with what it printed; Run's own answer follows when nothing
    // of it is left, with the rest.
    std::function<void(RunOutput)> ended_well = [](RunOutput) {};
    // Told which interpreter the run comes from, how many runs the sandbox takes at once, and how to end it; that does
    // nothing once it has ended.
    std::function<void(const BeginReply&, std::function<void()> end)> begun = [](const BeginReply&, auto) {};
  };
  enum class Refusal { kFull, kNoWalls };

  // The whole run. An Error: sandbox is not there. BeginReply's other outcomes come in `refused`.
  static Task<Result<RunOutput>> Run(Site& site, Program program, Settings settings, std::optional<Refusal>& refused);
};

}  // namespace zoobar
