// logger with the master's parts that belong to it. `zoobar ctl log verify` must find nothing afterwards, and every record
// that was acknowledged must be there.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "failures/scenarios.h"
#include "logs/verify.h"
#include "roles/logger_at_work.h"

namespace zoobar::failures {
namespace {

void Connect(LoggerAtWork& worker) {
  const Pause pause;
  worker.ConnectCallers();
}

class LoggerScenario : public Scenario {
 public:
  void Prepare(Round& round) override {
    std::filesystem::create_directory(round.folder() + "/log");
    LoggerAtWork worker(round.folder());
    Connect(worker);
    worker.WriteLines(0);
    round.Acknowledge("prepared");
    EXPECT_NE(worker.Record("prepared"), "");
    worker.End();
  }

  void Work(Round& round) override {
    LoggerAtWork worker(round.folder());
    Connect(worker);
    for (int i = 1; i <= 3; ++i) {
      worker.WriteLines(i);
      const std::string id = worker.Record(fmt::format("act-{}", i));
      if (!id.empty()) round.Acknowledge("record " + id);
    }
    round.Recover();
    worker.RenewFiles();
    const std::string id = worker.Record("afterwards");
    if (id.empty())
      round.Complain("when nothing fails any more, logger records no act");
    else
      round.Acknowledge("record " + id);
    worker.End();
    round.End();
  }

  void Check(Round& round) override {
    ExpectSound(round, "after the round");
    LoggerAtWork worker(round.folder());
    Connect(worker);
    worker.WriteLines(5);
    EXPECT_NE(worker.Record("later"), "");
    worker.End();
    ExpectSound(round, "after the next round");
    ExpectWholeLines(round.folder() + "/log");
  }

 private:
  static void ExpectSound(const Round& round, const char* when) {
    LogVerifyOptions options;
    options.state_dir = round.folder();
    std::ostringstream out, err;
    EXPECT_EQ(VerifyLogs(options, nullptr, out, err), 0) << when << ": " << out.str() << err.str();
    std::string all;
    for (const auto& entry : std::filesystem::directory_iterator(round.folder() + "/log")) {
      if (!entry.path().filename().string().starts_with("audit.log")) continue;
      std::ifstream file(entry.path());
      all.append(std::istreambuf_iterator<char>(file), {});
    }
    for (const std::string& id : round.Acknowledged("record "))
      EXPECT_NE(all.find("\"" + id + "\""), all.npos)
          << when << ": record " << id << " was acknowledged, and is not there";
  }
  // A process that died may have left the beginning of a line; the next one must not have written behind it.
  static void ExpectWholeLines(const std::string& folder) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      std::ifstream file(entry.path());
      for (std::string line; std::getline(file, line);) {
        EXPECT_FALSE(line.find("}{") != line.npos || (line.starts_with("{") && std::ranges::count(line, '\0') > 0))
            << entry.path() << ": " << line;
      }
    }
  }
};

}  // namespace

std::unique_ptr<Scenario> LoggerRound() { return std::make_unique<LoggerScenario>(); }

}  // namespace zoobar::failures
