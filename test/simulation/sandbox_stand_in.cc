#include "simulation/sandbox_stand_in.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "ipc/frame.h"
#include "sandbox/interpreter.h"
#include "simulation/machine.h"

namespace zoobar::simulation {
namespace {

constexpr std::string_view kOwner = "# owner=", kPays = "# pays";
constexpr Milliseconds kReplyPatience{20'000};

// The word behind `label`; empty if the source does not have it.
std::string WordAfter(std::string_view source, std::string_view label) {
  const std::size_t at = source.find(label);
  if (at == source.npos) return {};
  const std::string_view rest = source.substr(at + label.size());
  return std::string(rest.substr(0, rest.find('\n')));
}

const std::string* ContentOf(const ProgramFiles& files, std::string_view path) {
  for (const auto& file : files.files()) {
    if (file.path() == path) return &file.content();
  }
  return nullptr;
}

void Put(ProgramFiles& files, std::string path, std::string content) {
  auto& file = *files.add_files();
  file.set_path(std::move(path));
  file.set_content(std::move(content));
}

void WriteAll(const Fd& fd, std::string_view text) {
  [[maybe_unused]] const ssize_t written = write(fd.get(), text.data(), text.size());  // its reader may have left
}

}  // namespace

std::string ProgramOf(std::string_view member, bool pays) {
  return "#!python\n" + std::string(kOwner) + std::string(member) + "\n" + (pays ? std::string(kPays) + "\n" : "");
}

SandboxStandIn::SandboxStandIn(Loop& loop, Judge& judge) : loop_(loop), judge_(judge) {
  service.Handle(&SandboxStandIn::Begin, this);
  service.Handle(&SandboxStandIn::Wait, this);
  service.Handle(&SandboxStandIn::End, this);
}

Task<Result<Outgoing<BeginReply>>> SandboxStandIn::Begin(Incoming<BeginRequest>) {
  BeginReply reply;
  reply.set_outcome(BeginReply::OUTCOME_BEGUN);
  reply.set_run(++last_);
  reply.set_interpreter(1);
  reply.set_slots(8);
  int socket[2], output[2], errors[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, socket) != 0 || pipe2(output, O_CLOEXEC) != 0 ||
      pipe2(errors, O_CLOEXEC) != 0) {
    Die("simulation: no descriptors for a run");
  }
  Run& run = runs_[last_];
  run.socket = Fd(socket[0]);
  run.output = Fd(output[1]);
  run.errors = Fd(errors[1]);
  Outgoing<BeginReply> begun(std::move(reply));
  for (const int fd : {socket[1], output[0], errors[0]}) begun.fds.emplace_back(fd);
  co_return begun;
}

Task<Result<Outgoing<WaitReply>>> SandboxStandIn::Wait(Incoming<WaitRequest> call) {
  const std::uint64_t run = call.message.run();
  if (!runs_.contains(run)) co_return Error{"there is no such run"};
  auto reading = ReadFrame(run);
  const std::string bytes = co_await reading;
  Program program;
  WaitReply reply;
  reply.set_end(WaitReply::END_EXIT);
  ProgramFiles files;
  if (bytes.empty() || !program.ParseFromString(bytes)) {
    reply.set_end(WaitReply::END_ASKED);
  } else if (program.source() == kCanary) {
    WriteAll(runs_[run].output, "the walls stand\n");
    auto& denial = *reply.add_denials();
    denial.set_call("socket");
    denial.set_count(1);
  } else {
    auto executing = Execute(run, std::move(program));
    files = co_await executing;
  }
  if (runs_[run].asked_to_end) reply.set_end(WaitReply::END_ASKED);
  runs_.erase(run);
  const bool with_files = call.message.files() && reply.end() == WaitReply::END_EXIT;
  Outgoing<WaitReply> answer(std::move(reply));
  if (with_files) {
    Fd memory(memfd_create("files", MFD_CLOEXEC));
    WriteAll(memory, files.SerializeAsString());
    answer.fds.push_back(std::move(memory));
  }
  co_return answer;
}

Task<Result<Outgoing<Nothing>>> SandboxStandIn::End(Incoming<EndRequest> call) {
  const auto found = runs_.find(call.message.run());
  if (found != runs_.end() && !call.message.done()) {
    found->second.asked_to_end = true;
    shutdown(found->second.socket.get(), SHUT_RDWR);
  }
  co_return Nothing();
}

Task<ProgramFiles> SandboxStandIn::Execute(std::uint64_t run, Program program) {
  ++runs;
  const std::string owner = WordAfter(program.source(), kOwner);
  const std::string* const whose = ContentOf(program.files(), "owner");
  if (whose && *whose != owner) judge_.Fault("the program of {} got the files of {}", owner, *whose);
  const std::string* const counted = ContentOf(program.files(), "count");
  const long count = counted ? std::atol(counted->c_str()) + 1 : 1;
  auto resting = Sleep(loop_, Milliseconds(Machine::The().random().Between(0, 40)));
  co_await resting;
  if (program.source().find(kPays) != std::string::npos) {
    auto asking = Ask(run, R"({"call": "get_visitor"})");
    const std::string visitor = co_await asking;
    const std::size_t begin = visitor.find(": \""), end = visitor.rfind('"');
    if (begin != visitor.npos && end > begin + 3) {
      const std::string name = visitor.substr(begin + 3, end - begin - 3);
      auto paying = Ask(run, R"({"call": "xfer", "target": ")" + name + R"(", "zoobars": 1})");
      co_await paying;  // bank may refuse it: the owner may have nothing left
    }
  }
  ProgramFiles files;
  Put(files, "count", std::to_string(count));
  Put(files, "owner", owner);
  WriteAll(runs_[run].output, "<p>owner=" + owner + " count=" + std::to_string(count) + ".</p>");
  WriteFrame(run, "");
  co_return files;
}

Task<std::string> SandboxStandIn::Ask(std::uint64_t run, std::string request) {
  WriteFrame(run, request);
  auto reading = ReadFrame(run);
  co_return co_await reading;
}

void SandboxStandIn::WriteFrame(std::uint64_t run, std::string_view body) {
  std::string frame(4, '\0');
  frame::Put32(frame.data(), static_cast<std::uint32_t>(body.size()));
  frame += body;
  [[maybe_unused]] const ssize_t sent =
      send(runs_[run].socket.get(), frame.data(), frame.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

// Empty at the end of the socket, and if nothing comes.
Task<std::string> SandboxStandIn::ReadFrame(std::uint64_t run) {
  std::string bytes;
  char buffer[65536];
  const int socket = runs_[run].socket.get();
  while (bytes.size() < 4 || bytes.size() < 4 + frame::Get32(bytes.data())) {
    const ssize_t count = recv(socket, buffer, sizeof buffer, MSG_DONTWAIT);
    if (count == 0) co_return std::string();
    if (count > 0) {
      bytes.append(buffer, static_cast<std::size_t>(count));
      continue;
    }
    Promised<bool> readable;
    const auto set = [&readable](bool value) {
      if (!readable.set()) readable.Set(value);
    };
    Watch watch(loop_, socket, [&set](int) { set(true); });
    watch.Set(UV_READABLE);
    Timer patience(loop_);
    patience.Start(kReplyPatience, [&set] { set(false); });
    if (!co_await readable) co_return std::string();
  }
  co_return bytes.substr(4);
}

}  // namespace zoobar::simulation
