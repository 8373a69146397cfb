#include "long_run/operator.h"

#include <fmt/format.h>

#include <filesystem>

namespace zoobar::long_run {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kBetweenCommands{2};
// A reader that was killed is forgotten after a second (src/store/writer.cc). So backups are interrupted only where
// enough of the lesson is left.
constexpr std::chrono::seconds kToForget{10};

}  // namespace

void Operator::Begin(std::vector<std::string> roles, std::chrono::seconds length) {
  over_ = false;
  thread_ = std::thread([this, roles = std::move(roles), length] { Work(roles, length); });
}

void Operator::End() {
  over_ = true;
  if (thread_.joinable()) thread_.join();
}

void Operator::Work(const std::vector<std::string>& roles, std::chrono::seconds length) {
  const Clock::time_point begin = Clock::now(), end = begin + length;
  std::size_t restarted = 0;
  for (std::uint64_t turn = 0; !over_; ++turn) {
    const double passed = std::chrono::duration<double>(Clock::now() - begin) / (length / 2);
    if (restarted < roles.size() && passed * static_cast<double>(roles.size()) >= static_cast<double>(restarted)) {
      Do({"role", "restart", roles[restarted++]});
      ++restarts_;
    }
    const std::string file = fmt::format("{}/{}.backup", site_.scratch(), turn), name = classroom_.Somebody(turn);
    const std::vector<std::vector<std::string>> commands = {
        {"status"}, {"member", "list"},  {"log", "--lines", "20"}, {"verify"},       {"profile", "denials", name},
        {"reload"}, {"journal", "head"}, {"backup", file},         {"role", "list"}, {"profile", "show", name}};
    const std::vector<std::string>& command = commands[turn % commands.size()];
    Do(command);
    if (command[0] == "backup") {
      std::error_code ignored;
      std::filesystem::remove(file, ignored);
      if (end - Clock::now() > kToForget) InterruptABackup(turn);
    }
    const Clock::time_point next = Clock::now() + (restarted < roles.size() ? kBetweenCommands / 4 : kBetweenCommands);
    while (!over_ && Clock::now() < next) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

void Operator::Do(const std::vector<std::string>& command) {
  const Ended ended = site_.Ctl(command);
  ++commands_;
  // A member of whom it asks may have left in the same moment.
  if (ended.status == 0 || (command[0] == "profile" && ended.status == 1)) return;
  complaints_.push_back(fmt::format("ctl {}: status {}: {}", fmt::join(command, " "), ended.status, ended.output));
}

// Kills a backup at some moment of its work, and with it the processes that copy the stores. They leave their places in
// LMDB's tables of readers.
void Operator::InterruptABackup(std::uint64_t turn) {
  const std::string file = fmt::format("{}/interrupted.backup", site_.scratch());
  for (std::uint64_t tries = 0; tries < 8; ++tries) {
    const std::string after = fmt::format("0.{:03}", 10 + (turn * 7 + tries * 23) % 190);
    ExecuteProgram(
        {"timeout", "-s", "KILL", after, ZoobarBinary(), "ctl", "--state-dir", site_.state(), "backup", file});
    ++interrupted_;
    std::error_code ignored;
    std::filesystem::remove(file, ignored);
    for (const auto& entry : std::filesystem::directory_iterator(site_.scratch(), ignored)) {
      if (entry.path().filename().string().find(".backup") != std::string::npos)
        std::filesystem::remove(entry.path(), ignored);
    }
  }
}

}  // namespace zoobar::long_run
