// A stand-in for the sandbox, without walls and without Python. A test says how each run goes. It talks to profile over
// real sockets and pipes, as the real one does.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ipc/channel.h"
#include "ipc/frame.h"
#include "ipc/loop.h"
#include "sandbox.pb.h"
#include "sandbox/interpreter.h"

namespace zoobar {

// What one run does when it has its program.
struct PlayedRun {
  std::string output = {}, errors = {};
  std::vector<std::string> requests = {};  // to the API, one after the other
  bool held = false;                       // it goes on until it is ended or the test lets it end
  bool says_its_end = false;               // before it is held, it says that the program ended well
  WaitReply end = {};                      // if unspecified: END_EXIT
  std::optional<ProgramFiles> files = {};  // that it leaves
  bool lost = false;                       // Wait fails, as when the sandbox dies

  PlayedRun& Denied(const std::string& call, std::uint32_t count = 1) {
    WaitReply::Denial& denial = *end.add_denials();
    denial.set_call(call);
    denial.set_count(count);
    return *this;
  }
  PlayedRun& Ends(WaitReply::End how, std::int32_t status = 0) {
    end.set_end(how);
    end.set_status(status);
    return *this;
  }
};

class FakeSandbox {
 public:
  FakeSandbox() {
    signal(SIGPIPE, SIG_IGN);  // as in every role: a run may be ended while profile writes to it
    service.Handle(&FakeSandbox::Begin, this);
    service.Handle(&FakeSandbox::Wait, this);
    service.Handle(&FakeSandbox::End, this);
  }

  static PlayedRun GoodCanary() { return PlayedRun{"the walls stand\n", ""}.Denied("socket"); }

  Service service;
  std::function<PlayedRun(const Program&)> play = [](const Program&) { return PlayedRun{"output", ""}; };
  std::function<PlayedRun()> canary = GoodCanary;
  std::uint64_t interpreter = 1;
  std::deque<BeginReply::Outcome> refusals;  // the answers to the next Begins
  std::function<void()> after_begin;         // called once, after the next Begin that is granted
  // What arrived from profile, without the canaries.
  std::vector<Program> programs;
  std::vector<std::string> replies;  // of the API
  int canaries = 0, ended = 0;

  // Ends a held run. index: in the order in which the held runs began.
  void LetEnd(std::size_t index, WaitReply::End how = WaitReply::END_EXIT) {
    Held& run = *held_.at(index);
    run.how = how;
    if (!run.over.set()) run.over.Set(true);
  }
  std::size_t held() const { return held_.size(); }

 private:
  struct Held {
    Promised<bool> over;
    WaitReply::End how = WaitReply::END_UNSPECIFIED;
  };
  struct Run {
    Fd socket, output, errors;
    std::shared_ptr<Held> held;
    bool asked_to_end = false;
  };

  Task<Result<Outgoing<BeginReply>>> Begin(Incoming<BeginRequest>) {
    BeginReply reply;
    reply.set_outcome(BeginReply::OUTCOME_BEGUN);
    if (!refusals.empty()) {
      reply.set_outcome(refusals.front());
      refusals.pop_front();
      co_return reply;
    }
    reply.set_run(++last_);
    reply.set_interpreter(interpreter);
    int socket[2], output[2], errors[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, socket) != 0 || pipe2(output, O_CLOEXEC) != 0 ||
        pipe2(errors, O_CLOEXEC) != 0) {
      Die("a fake run");
    }
    fcntl(output[1], F_SETPIPE_SZ, 1 << 20);
    Run& run = runs_[last_];
    run.socket = Fd(socket[0]);
    run.output = Fd(output[1]);
    run.errors = Fd(errors[1]);
    Outgoing<BeginReply> begun(std::move(reply));
    begun.fds.emplace_back(socket[1]);
    begun.fds.emplace_back(output[0]);
    begun.fds.emplace_back(errors[0]);
    if (auto act = std::exchange(after_begin, nullptr)) act();
    co_return begun;
  }

  Task<Result<Outgoing<WaitReply>>> Wait(Incoming<WaitRequest> call) {
    Run& run = runs_.at(call.message.run());
    auto reading = ReadFrame(run.socket);
    const std::string bytes = co_await reading;
    Program program;
    EXPECT_TRUE(program.ParseFromString(bytes));
    PlayedRun played;
    if (!run.asked_to_end) played = program.source() == kCanary ? (++canaries, canary()) : play(program);
    if (!run.asked_to_end && program.source() != kCanary) programs.push_back(program);
    Write(run.output, played.output);
    Write(run.errors, played.errors);
    for (const std::string& request : played.requests) {
      WriteFrame(run.socket, request);
      auto answering = ReadFrame(run.socket);
      replies.push_back(co_await answering);
    }
    if (played.says_its_end) WriteFrame(run.socket, "");
    if (played.held && !run.asked_to_end) {
      held_.push_back(std::make_shared<Held>());
      run.held = held_.back();
      Promised<bool>& over = held_.back()->over;
      const auto kept = run.held;
      co_await over;
      played.end.set_end(kept->how);
    }
    if (run.asked_to_end) played.end.set_end(WaitReply::END_ASKED);
    if (played.end.end() == WaitReply::END_UNSPECIFIED) played.end.set_end(WaitReply::END_EXIT);
    runs_.erase(call.message.run());
    if (played.lost) co_return Error{"gone"};
    Outgoing<WaitReply> reply(played.end);
    if (call.message.files() && played.end.end() == WaitReply::END_EXIT) {
      Fd files = Memory(played.files.value_or(program.files()).SerializeAsString());
      if (files) reply.fds.push_back(std::move(files));
    }
    co_return reply;
  }

  Task<Result<Outgoing<Nothing>>> End(Incoming<EndRequest> call) {
    const auto found = runs_.find(call.message.run());
    // It is killed, whatever it waits for.
    if (found != runs_.end()) shutdown(found->second.socket.get(), SHUT_RDWR);
    if (call.message.done()) co_return Nothing();
    ++ended;
    if (found != runs_.end()) {
      found->second.asked_to_end = true;
      if (found->second.held && !found->second.held->over.set()) found->second.held->over.Set(true);
    }
    co_return Nothing();
  }

  static Fd Memory(const std::string& bytes) {
    Fd memory(memfd_create("files", MFD_CLOEXEC));
    if (memory) Write(memory, bytes);
    return memory;
  }
  static void Write(const Fd& fd, const std::string& text) {
    ASSERT_EQ(write(fd.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  static void WriteFrame(const Fd& socket, const std::string& body) {
    std::string frame(4, '\0');
    frame::Put32(frame.data(), static_cast<std::uint32_t>(body.size()));
    frame += body;
    // profile may have closed its end.
    [[maybe_unused]] const ssize_t sent = send(socket.get(), frame.data(), frame.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  }
  // Empty at the end of the socket.
  Task<std::string> ReadFrame(const Fd& socket) {
    std::string bytes;
    char buffer[65536];
    while (bytes.size() < 4 || bytes.size() < 4 + frame::Get32(bytes.data())) {
      const ssize_t count = recv(socket.get(), buffer, sizeof buffer, MSG_DONTWAIT);
      if (count == 0) co_return std::string();
      if (count > 0) {
        bytes.append(buffer, static_cast<std::size_t>(count));
        continue;
      }
      Promised<bool> readable;
      Watch watch(*loop, socket.get(), [&readable](int) {
        if (!readable.set()) readable.Set(true);
      });
      watch.Set(UV_READABLE);
      co_await readable;
    }
    co_return bytes.substr(4);
  }

 public:
  Loop* loop = nullptr;  // the site's; to be set before the stand-in is connected

 private:
  std::map<std::uint64_t, Run> runs_;
  std::vector<std::shared_ptr<Held>> held_;
  std::uint64_t last_ = 0;
};

}  // namespace zoobar
