// profile's side of a run. It writes the program into the run's socket, answers the program's calls and reads what the
// program prints.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ipc/bytes.h"
#include "ipc/fd.h"
#include "ipc/loop.h"
#include "ipc/task.h"
#include "sandbox.pb.h"
#include "site/role.h"
#include "text/transcript.h"

namespace zoobar {

struct RunOutput {
  std::string output;                       // standard output; bytes that are not UTF-8 are replaced
  std::string errors;                       // standard error, without the markers (text/transcript.h)
  std::vector<TranscriptPiece> transcript;  // both, in the order in which they were written; for the owner
  StoppedAt stopped_at;                     // where the program was, if it was stopped at its time limit or crashed
  std::size_t output_bytes = 0;             // of standard output as it was written
  bool cut = false;                         // the program printed more than the limit
  std::string misbehaved;                   // how the program misused the API; empty: not at all
  WaitReply end;
  std::optional<ProgramFiles> files;  // the run's files, if it ended by itself and Settings::files is set
};

class RunClient {
 public:
  struct Settings {
    Milliseconds limit{5000};  // of given time (docs/glossary.md)
    Milliseconds most{0};      // of time by the clock, at least `limit`; 0: the same as `limit`
    std::size_t output_bytes = 65536, files_bytes = 1048576, files_inodes = 64;
    bool files = true;  // take back the files that the run leaves
    // Makes the reply to a request of the program. An Error ends the run.
    std::function<Task<Result<std::string>>(std::string)> answer;
    // Called at most once, as soon as the program has ended well, with what it printed. Execute returns later, when all
    // processes of the run are gone.
    std::function<void(RunOutput)> ended_well = [](RunOutput) {};
    // Called when the run has begun. BeginReply has the number of the run's interpreter, and the number of runs that
    // the sandbox can execute at once. Calling `end` ends the run. After the run has ended, `end` does nothing.
    std::function<void(const BeginReply&, std::function<void()> end)> begun = [](const BeginReply&, auto) {};
  };
  enum class Refusal { kFull, kNoWalls };

  // Executes one run: calls Begin of the sandbox, and returns after the sandbox's answer to Wait. An Error means that
  // the sandbox could not be reached or went away. If the sandbox refuses to begin a run, the result is empty and
  // `refused` says why.
  static Task<Result<RunOutput>> Execute(Site& site, Program program, Settings settings,
                                         std::optional<Refusal>& refused);
};

}  // namespace zoobar
