// A sealed log in files of a temporary folder, as logger and the master would have made it, and edits of it.
#pragma once

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sodium.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "audit/chain.h"
#include "audit/judge.h"
#include "ipc/fd.h"
#include "live_site/temporary_directory.h"

namespace zoobar::audit {

inline const std::string kTestSecret(kKeyBytes, 's');

// The text of the files, the oldest first.
using Files = std::vector<std::string>;

class MadeLog {
 public:
  explicit MadeLog(std::string log = "audit") : log_(std::move(log)), secret_(kTestSecret) {
    EXPECT_GE(sodium_init(), 0);
    files_.emplace_back();
  }

  void Start() {
    ++start_;
    epochs_.emplace(KeyOfStart(secret_, log_, start_));
  }
  // Begins an epoch. noted: what the master has noted before; by default, the last record.
  void Begin(bool torn = false) {
    const std::uint64_t number = epochs_->next();
    std::string found = chain_ ? chain_->last().Text() : "";
    Mac prev{};
    if (chain_) prev = chain_->last_mac();
    chain_.emplace(start_, number, epochs_->Take(), prev);
    Line(fmt::format(R"({{"event":"{}","fields":{{"found":"{}","noted":"{}","torn":"{}"}}}})", kBeginEvent, found,
                     found, torn ? 1 : 0));
  }
  void End() { Line(fmt::format(R"({{"event":"{}"}})", kEndEvent)); }
  void Line(const std::string& json) { files_.back() += chain_->Seal(json) + "\n"; }
  void Lines(int count) {
    for (int i = 0; i < count; ++i)
      Line(fmt::format(R"({{"time":"2026-11-30T03:15:15.{:03}Z","event":"transfer","fields":{{"zoobars":"{}"}}}})",
                       i % 1000, i));
  }
  void Rotate() { files_.emplace_back(); }

  Files& files() { return files_; }
  Chain& chain() { return *chain_; }
  const Key& secret() const { return secret_; }
  // What the master knows about it.
  Expected Known() const { return {.must_exist = {chain_->last()}}; }

 private:
  const std::string log_;
  const Key secret_;
  std::uint64_t start_ = 0;
  std::optional<EpochKeys> epochs_;
  std::optional<Chain> chain_;
  Files files_;
};

// Two starts of the site, four epochs, three files.
inline MadeLog SomeLog() {
  MadeLog log;
  log.Start();
  log.Begin();
  log.Lines(40);
  log.Begin();  // logger was killed
  log.Lines(20);
  log.Rotate();
  log.Lines(30);
  log.End();
  log.Start();
  log.Begin();
  log.Lines(25);
  log.Rotate();
  log.Lines(15);
  log.Begin();
  log.Lines(10);
  log.End();
  return log;
}

inline Judgement JudgeFiles(const Files& files, const Expected& expected, const Key& secret = Key(kTestSecret)) {
  const TemporaryDirectory folder;
  Scan scan(secret, "audit");
  for (std::size_t i = 0; i < files.size(); ++i) {
    const std::string path = fmt::format("{}/{}", folder.path(), i);
    std::ofstream(path, std::ios::binary) << files[i];
    const Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    EXPECT_TRUE(scan.Read(std::to_string(i), fd.get()).ok());
  }
  return Judge(scan, expected);
}

inline std::string TextOf(const Judgement& judgement) {
  std::string text;
  for (const Finding& each : judgement.findings)
    text += fmt::format("{}:{}-{} {}: {}\n", each.file, each.first, each.last, NameOf(each.fault), each.what);
  return text;
}

inline std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}
inline std::string Joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

}  // namespace zoobar::audit
