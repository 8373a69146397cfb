// The logs and their rotation. Nothing flushes them, so the power may take their last lines (docs/audit.md). But the site
// must start again, number no start twice, and `log verify` must say what is missing and accuse nobody.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "logs/verify.h"
#include "power/cuts.h"
#include "roles/logger_at_work.h"

namespace zoobar::power {
namespace {

constexpr std::size_t kActs = 8;         // of the operator; the site is stopped and started again after half of them
constexpr std::uint32_t kAuditKeep = 2;  // so the oldest records are deleted meanwhile

// The ids of the acts' records.
std::vector<std::string> DoActs(Recording& recording) {
  const FastFolder folder;
  SeedRandomNumbers();
  std::filesystem::create_directory(folder.path() + "/log");
  Recorder recorder(folder.path());
  std::vector<std::string> ids;
  for (const std::size_t until : {kActs / 2, kActs}) {
    LoggerAtWork logger(folder.path(), kAuditKeep);
    logger.ConnectCallers();
    while (ids.size() < until) {
      const std::size_t act = ids.size();
      recorder.Mark(Mark::kBegun, act);
      logger.WriteLines(static_cast<int>(act));
      ids.push_back(logger.Record(fmt::format("act-{}", act)));
      EXPECT_NE(ids.back(), "");
      recorder.Mark(Mark::kAcknowledged, act);
    }
    logger.End();
  }
  recording = recorder.Stop();
  return ids;
}

std::string ContentOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The content of all files of a log, the oldest first.
std::string All(const std::string& folder, const std::string& log) {
  std::string all;
  for (int age = 20; age >= 0; --age)
    all += ContentOf(fmt::format("{}/log/{}.log{}", folder, log, age == 0 ? "" : fmt::format(".{}", age)));
  return all;
}

struct Verdict {
  int status = 0;
  std::string said;

  bool Says(std::string_view fault) const { return said.find(fmt::format(": {}: ", fault)) != std::string::npos; }
};

Verdict Verify(const std::string& folder) {
  LogVerifyOptions options;
  options.state_dir = folder;
  std::ostringstream out, err;
  const int status = VerifyLogs(options, nullptr, out, err);
  return {status, out.str() + err.str()};
}

// Starts the site again, lets it work, and says what is wrong. ids: of the acts that had begun. in_order: the disk keeps the order in which files grow, so
// only the end of each log may be missing.
std::string WrongLogs(const std::string& folder, const std::vector<std::string>& ids, bool in_order) {
  std::filesystem::create_directory(folder + "/log");  // the operator has made it long ago
  std::string after;
  {
    LoggerAtWork logger(folder, kAuditKeep);
    logger.ConnectCallers();
    logger.WriteLines(0);
    after = logger.Record("after the cut");
    logger.End();
  }
  if (after.empty()) return "no act can be recorded any more";
  if (std::ranges::find(ids, after) != ids.end()) return "the id " + after + " was given twice";
  const std::string audit = All(folder, "audit");
  if (audit.find('"' + after + '"') == audit.npos) return "a new record is lost";
  const Verdict verdict = Verify(folder);
  if (verdict.status > 1) return "the logs cannot be verified: " + verdict.said;
  for (const char* fault : {"forged", "repeated", "reordered"}) {
    if (verdict.Says(fault)) return verdict.said;
  }
  if (!in_order) return "";
  for (const char* fault : {"edited", "added"}) {
    if (verdict.Says(fault)) return verdict.said;
  }
  bool gone = false, seen = false;
  for (const std::string& id :
       ids) {  // what rotation deletes is missing before the others, what the power took after them
    const bool there = audit.find('"' + id + '"') != audit.npos;
    if (there && gone) return "the record " + id + " is there, but not one before it";
    seen = seen || there;
    gone = gone || (seen && !there);
  }
  for (const auto& entry : std::filesystem::directory_iterator(folder + "/log")) {
    if (ContentOf(entry.path()).find("}{") != std::string::npos)
      return fmt::format("{} has two lines in one", entry.path().filename().string());
  }
  return "";
}

std::vector<std::string> Begun(const std::vector<std::string>& ids, const Seen& seen) {
  std::vector<std::string> begun;
  for (std::size_t act = 0; act < ids.size(); ++act) {
    if (seen.Begun(act)) begun.push_back(ids[act]);
  }
  return begun;
}

TEST(PowerCuts, LogsLoseOnlyTheirLastLinesAndAccuseNobody) {
  Recording recording;
  const std::vector<std::string> ids = DoActs(recording);
  const auto check = [&ids](const std::string& folder, const Seen& seen) {
    return WrongLogs(folder, Begun(ids, seen), true);
  };
  ExpectAllOpen(recording, {.work = "logs", .promises = {.growing_in_order = true}, .sample = 250}, check);
}

TEST(PowerCuts, AfterADiskThatWritesLogsInAnyOrderTheSiteStartsAndSaysWhatIsMissing) {
  Recording recording;
  const std::vector<std::string> ids = DoActs(recording);
  const auto check = [&ids](const std::string& folder, const Seen& seen) {
    return WrongLogs(folder, Begun(ids, seen), false);
  };
  ExpectAllOpen(recording, {.work = "logs-unordered", .sample = 250}, check);
  const auto strict = [&ids](const std::string& folder, const Seen& seen) {
    return WrongLogs(folder, Begun(ids, seen), true);
  };
  ExpectSomeWrong(recording, {.work = "logs-strict"}, strict);
}

}  // namespace
}  // namespace zoobar::power
