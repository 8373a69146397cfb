// logger with log files in a temporary folder, a pipe as the master's stderr, and channels to it from any role.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "live_site/temporary_directory.h"
#include "roles/logger.h"
#include "site/fake_site.h"

namespace zoobar {

class LoggerTest : public testing::Test {
 protected:
  LoggerTest() {
    for (const char* log : kLogs) site_.passed[log] = OpenLog(log);
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    stderr_ = Fd(ends[0]);
    fcntl(stderr_.get(), F_SETFL, O_NONBLOCK);
    site_.passed["stderr"] = Fd(ends[1]);
  }
  ~LoggerTest() override { logger_.reset(); }

  Fd OpenLog(const std::string& name) const {
    return Fd(open((folder_ + "/" + name).c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
  }
  void Make(Milliseconds summary_every = Logger::kSummaryEvery) {
    logger_ = std::make_unique<Logger>(site_, summary_every);
  }
  std::vector<std::string> Lines(const std::string& name) const {
    std::ifstream file(folder_ + "/" + name);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
  }
  std::string Stderr() const {
    std::string text;
    char bytes[4096];
    for (ssize_t count; (count = read(stderr_.get(), bytes, sizeof bytes)) > 0;)
      text.append(bytes, static_cast<std::size_t>(count));
    return text;
  }
  // Runs the loop until what was sent within this process has been handled and written.
  void Turns() {
    for (int i = 0; i < 50; ++i) site_.loop().RunOnce();
  }
  template <typename Request>
  void SendAs(Role role, const Request& request) {
    const std::shared_ptr<Channel> channel = site_.CallAs(role, ROLE_LOGGER);
    EXPECT_TRUE(channel->Send(request));
    Turns();
  }
  // Does what the master does when it wires a role. Returns the write end of the role's stderr pipe.
  Fd Wire(Role role, std::int32_t pid) {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    logger_->PeerWired(role, 0, pid, Fd(ends[0]));
    return Fd(ends[1]);
  }
  std::vector<std::string> Recent(RecentRequest::Which which, std::uint32_t count) {
    const std::shared_ptr<Channel> admin = site_.CallAs(ROLE_ADMIN, ROLE_LOGGER);
    RecentRequest request;
    request.set_which(which);
    request.set_lines(count);
    Result<Incoming<RecentReply>> reply = site_.Wait(admin->Call<RecentReply>(request));
    EXPECT_TRUE(reply.ok());
    return {reply->message.lines().begin(), reply->message.lines().end()};
  }

  // A security event about one subject: the field `key` has its name.
  static WriteRequest About(const std::string& name, const std::string& key, const std::string& value) {
    WriteRequest line = Event(name, true);
    WriteRequest::Field* field = line.add_fields();
    field->set_key(key);
    field->set_value(value);
    return line;
  }
  // How many lines hold this text.
  static std::size_t With(const std::vector<std::string>& lines, std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(lines, [text](const std::string& line) { return line.find(text) != line.npos; }));
  }

  static WriteRequest Event(const std::string& name, bool security = false) {
    WriteRequest line;
    line.set_level(LEVEL_INFO);
    line.set_event(name);
    line.set_security(security);
    return line;
  }

  static constexpr const char* kLogs[] = {"log.events", "log.security", "log.access", "log.alarms",
                                          "log.audit",  "log.money",    "log.trace"};
  FakeSite site_;
  std::unique_ptr<Logger> logger_;
  const TemporaryDirectory directory_;
  const std::string folder_ = directory_.path();
  Fd stderr_;
};

}  // namespace zoobar
