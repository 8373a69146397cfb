// profile's side of a run: it writes the program into the run's socket, answers the program's calls and reads what it
// prints.
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
  std::string output, errors;  // standard output and standard error, mended where they are not UTF-8
  bool cut = false;            // there was more output than the limit
  std::string misbehaved;      // how it misused the API; empty: it did not
  WaitReply end;
  std::optional<ProgramFiles> files;  // what it left, if it ended by itself and Settings::files asked for them
};

class RunClient {
 public:
  static constexpr std::size_t kMaxErrors = 16384;  // bytes of standard error kept

  struct Settings {
    Milliseconds limit{5000};  // of given time (docs/glossary.md)
    Milliseconds most{0};      // by the clock: limit or more. 0: the same as limit
    std::size_t output_bytes = 65536, files_bytes = 1048576, files_inodes = 64;
    bool files = true;  // take back what the run leaves
    // Makes the reply to a request of the program. An Error ends the run.
    std::function<Task<Result<std::string>>(std::string)> answer;
    // Called at most once, as soon as the program has ended well, with what it printed. Execute returns later, when all
    // processes of the run are gone.
    std::function<void(RunOutput)> ended_well = [](RunOutput) {};
    // Called when the run has begun. BeginReply has its interpreter and the number of runs that the sandbox takes at
    // once. `end` ends the run; after the run has ended it does nothing.
    std::function<void(const BeginReply&, std::function<void()> end)> begun = [](const BeginReply&, auto) {};
  };
  enum class Refusal { kFull, kNoWalls };

  // Executes one run, from Begin to the answer of Wait. An Error: the sandbox could not be reached or went away. If the
  // sandbox refuses to begin a run, the result is empty and `refused` says why.
  static Task<Result<RunOutput>> Execute(Site& site, Program program, Settings settings,
                                         std::optional<Refusal>& refused);
};

}  // namespace zoobar
