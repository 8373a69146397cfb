// profile's side of a run (src/roles/profile/run_client.h, src/sandbox/wire.h): what arrives from the program in its
// socket and its two pipes, and from the sandbox, which an attacker might control.
#include "roles/profile/run_client.h"

#include <fcntl.h>
#include <fuzzer/FuzzedDataProvider.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "fuzz/require.h"
#include "ipc/frame.h"
#include "limits/programs.h"
#include "sandbox/files.h"
#include "sandbox/wire.h"
#include "site/fake_site.h"
#include "text/utf8.h"

namespace zoobar {
namespace {

constexpr int kMostSteps = 40;
constexpr std::size_t kOutputBytes = 4096, kFilesBytes = 8192, kFilesInodes = 8;
constexpr std::size_t kPadded = 100000;  // more than the pipe and the limits hold

// What the run and the sandbox do, one after the other.
struct Step {
  enum Kind {
    kBytes,
    kFrame,
    kPaddedFrame,
    kOutput,
    kMuchOutput,
    kErrors,
    kMuchError,
    kTurn,
    kHangUp,
    kMaxValue = kHangUp
  };
  Kind kind;
  std::string bytes;
};

struct Play {
  BeginReply::Outcome outcome = BeginReply::OUTCOME_BEGUN;
  std::size_t descriptors = 3;
  std::vector<Step> steps;
  WaitReply end;
  bool lost = false, sends_files = false;
  std::string files;
};

std::string Framed(std::string_view body) {
  std::string frame(4, '\0');
  frame::Put32(frame.data(), static_cast<std::uint32_t>(body.size()));
  return frame.append(body);
}

// The sandbox and the run in one.
class Stage {
 public:
  Stage(Loop& loop, Play play) : loop_(loop), play_(std::move(play)) {
    service.Handle(&Stage::Begin, this);
    service.Handle(&Stage::Wait, this);
    service.Handle(&Stage::End, this);
  }

  Service service;
  std::string sent;     // all that went into the socket
  std::string printed;  // all that went into the pipe of standard output
  int ended = 0;

 private:
  Task<Result<Outgoing<BeginReply>>> Begin(Incoming<BeginRequest>) {
    BeginReply reply;
    reply.set_outcome(play_.outcome);
    reply.set_run(7);
    Outgoing<BeginReply> begun(std::move(reply));
    int socket[2], output[2], errors[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, socket) != 0 ||
        pipe2(output, O_CLOEXEC | O_NONBLOCK) != 0 || pipe2(errors, O_CLOEXEC | O_NONBLOCK) != 0) {
      Die("a run");
    }
    socket_ = Fd(socket[0]);
    output_ = Fd(output[1]);
    errors_ = Fd(errors[1]);
    begun.fds.emplace_back(socket[1]);
    begun.fds.emplace_back(output[0]);
    begun.fds.emplace_back(errors[0]);
    begun.fds.resize(play_.descriptors);
    co_return begun;
  }

  Task<Result<Outgoing<WaitReply>>> Wait(Incoming<WaitRequest>) {
    for (Step& step : play_.steps) {
      if (step.kind == Step::kTurn) {
        auto turn = Sleep(loop_, Milliseconds(0));
        co_await turn;
      } else {
        Do(step);
      }
    }
    // So that the last thing that was sent is seen before the run ends.
    auto turn = Sleep(loop_, Milliseconds(0));
    co_await turn;
    if (play_.lost) co_return Error{"gone"};
    Outgoing<WaitReply> reply(play_.end);
    if (play_.sends_files) {
      Fd memory(memfd_create("files", MFD_CLOEXEC));
      Put(memory, play_.files);
      reply.fds.push_back(std::move(memory));
    }
    socket_.Close();
    output_.Close();
    errors_.Close();
    co_return reply;
  }

  Task<Result<Outgoing<Nothing>>> End(Incoming<EndRequest>) {
    ++ended;
    co_return Nothing();
  }

  void Do(Step& step) {
    switch (step.kind) {
      case Step::kPaddedFrame:
        step.bytes.resize(ProgramLimits::kRequestBytes + step.bytes.size() % 3 - 1, ' ');
        [[fallthrough]];
      case Step::kFrame:
        step.bytes = Framed(step.bytes);
        [[fallthrough]];
      case Step::kBytes:
        sent += step.bytes.substr(0, Send(step.bytes));
        break;
      case Step::kMuchOutput:
        step.bytes.resize(kPadded, step.bytes.empty() ? 'x' : step.bytes.back());
        [[fallthrough]];
      case Step::kOutput:
        printed += step.bytes.substr(0, Put(output_, step.bytes));
        break;
      case Step::kMuchError:
        step.bytes.resize(kPadded, step.bytes.empty() ? 'x' : step.bytes.back());
        [[fallthrough]];
      case Step::kErrors:
        Put(errors_, step.bytes);
        break;
      case Step::kHangUp:
        socket_.Close();
        break;
      case Step::kTurn:
        break;
    }
  }

  // Both return how many bytes there was room for.
  std::size_t Send(std::string_view bytes) {
    if (!socket_) return 0;
    const ssize_t count = send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return count < 0 ? 0 : static_cast<std::size_t>(count);
  }
  static std::size_t Put(const Fd& fd, std::string_view bytes) {
    const ssize_t count = bytes.empty() ? 0 : write(fd.get(), bytes.data(), bytes.size());
    return count < 0 ? 0 : static_cast<std::size_t>(count);
  }

  Loop& loop_;
  Play play_;
  Fd socket_, output_, errors_;
};

ProgramFiles FilesFrom(FuzzedDataProvider& bytes) {
  ProgramFiles files;
  for (int count = bytes.ConsumeIntegralInRange(0, 12); count > 0; --count) {
    ProgramFiles::File& file = *files.add_files();
    file.set_path(bytes.ConsumeRandomLengthString(40));
    file.set_directory(bytes.ConsumeBool());
    file.set_content(bytes.ConsumeRandomLengthString(200));
    if (bytes.ConsumeBool()) file.mutable_content()->resize(4096);
  }
  return files;
}

Play PlayFrom(FuzzedDataProvider& bytes) {
  Play play;
  if (bytes.ConsumeProbability<float>() > 0.95F) {
    play.outcome = bytes.PickValueInArray({BeginReply::OUTCOME_UNSPECIFIED, BeginReply::OUTCOME_FULL,
                                           BeginReply::OUTCOME_UNAVAILABLE, BeginReply::OUTCOME_BEGUN});
    play.descriptors = bytes.ConsumeIntegralInRange<std::size_t>(0, 3);
  }
  play.end.set_end(static_cast<WaitReply::End>(bytes.ConsumeIntegralInRange(0, 7)));
  play.end.set_status(bytes.ConsumeIntegral<std::int32_t>());
  play.lost = bytes.ConsumeIntegralInRange(0, 15) == 15;
  play.sends_files = bytes.ConsumeBool();
  if (play.sends_files)
    play.files = bytes.ConsumeBool() ? FilesFrom(bytes).SerializeAsString() : bytes.ConsumeRandomLengthString(400);
  for (int count = 0; bytes.remaining_bytes() > 0 && count < kMostSteps; ++count) {
    const auto kind = bytes.ConsumeEnum<Step::Kind>();
    play.steps.push_back({kind, kind == Step::kTurn ? "" : bytes.ConsumeRandomLengthString(500)});
  }
  return play;
}

bool CanBeShown(std::string_view text) {
  while (!text.empty()) {
    const Utf8Character next = FirstUtf8(text);
    const bool control = next.code < 0x20 || (next.code >= 0x7F && next.code < 0xA0);
    if (!next.valid || (control && next.code != '\n' && next.code != '\t')) return false;
    text.remove_prefix(next.length);
  }
  return true;
}

void CheckOutput(const RunOutput& result, const Stage& stage) {
  Require(IsUtf8(result.output) && result.output.size() <= kOutputBytes, "the output is UTF-8 within its limit");
  Require(result.output_bytes <= kOutputBytes, "the bytes that count are within the limit");
  if (IsUtf8(stage.printed)) Require(stage.printed.starts_with(result.output), "the output is what was printed");
  if (stage.printed.size() <= kOutputBytes) Require(!result.cut, "what is within the limit is not cut");
  Require(CanBeShown(result.errors), "the errors can be shown");
  Require(result.transcript.size() <= Transcript::kMostPieces + 1, "the pieces are bounded");
  for (const TranscriptPiece& piece : result.transcript) Require(CanBeShown(piece.text), "each piece can be shown");
  Require(result.stopped_at.lines.size() <= StoppedAt::kMostLines, "few lines are named");
  if (!result.files) return;
  std::size_t total = 0;
  for (const ProgramFiles::File& file : result.files->files()) {
    Require(IsPlainPath(file.path()), "only plain paths are taken");
    total += file.content().size();
  }
  Require(total <= kFilesBytes && static_cast<std::size_t>(result.files->files_size()) <= kFilesInodes,
          "the files are within their limits");
}

// The requests that were answered are the frames of the socket, first to last.
void CheckRequests(const std::vector<std::string>& answered, std::string_view sent) {
  for (const std::string& request : answered) {
    Require(!request.empty() && request.size() <= ProgramLimits::kRequestBytes, "a request is within its limit");
    Require(sent.size() >= 4 && frame::Get32(sent.data()) == request.size(), "a request is one frame");
    Require(sent.substr(4).starts_with(request), "a request is the frame's bytes");
    sent.remove_prefix(4 + request.size());
  }
}

}  // namespace
}  // namespace zoobar

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zoobar;
  static const auto ignored = std::signal(SIGPIPE, SIG_IGN);  // as in every role
  (void)ignored;
  FuzzedDataProvider bytes(data, size);
  FakeSite site;
  Stage stage(site.loop(), PlayFrom(bytes));
  site.Connect(ROLE_PROFILE, ROLE_SANDBOX, stage.service);

  std::vector<std::string> answered;
  int answering = 0, well = 0;
  RunClient::Settings settings;
  settings.output_bytes = kOutputBytes;
  settings.files_bytes = kFilesBytes;
  settings.files_inodes = kFilesInodes;
  settings.answer = [&](std::string request) -> Task<Result<std::string>> {
    Require(++answering == 1, "one request at a time");
    answered.push_back(std::move(request));
    const std::string& now = answered.back();
    const Result<std::string> reply = now.starts_with('!') ? Result<std::string>(Error{"no call"})
                                                           : std::string(now.starts_with('+') ? kPadded : 3, 'r');
    if (now.starts_with('~')) {
      auto turn = Sleep(site.loop(), Milliseconds(0));
      co_await turn;
    }
    --answering;
    co_return reply;
  };
  settings.ended_well = [&](const RunOutput& output) {
    Require(++well == 1, "a run ends well once");
    Require(output.misbehaved.empty() && !output.cut, "it has kept to the rules until then");
    CheckOutput(output, stage);
  };
  std::optional<RunClient::Refusal> refused;
  Program program;
  program.set_source("#!python\n");
  auto executing = RunClient::Execute(site, std::move(program), std::move(settings), refused);
  const Result<RunOutput> result = site.Wait(std::move(executing));
  if (answering > 0) site.RunUntil([&answering] { return answering == 0; });
  if (result.ok() && !refused) CheckOutput(*result, stage);
  // A run that goes beyond its rules is ended. If it were not, this would never return.
  if (result.ok() && (!result->misbehaved.empty() || result->cut)) site.RunUntil([&stage] { return stage.ended > 0; });
  CheckRequests(answered, stage.sent);
  return 0;
}
