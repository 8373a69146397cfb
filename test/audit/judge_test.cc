// Edits of a sealed log, and what the verifier says about them.
#include "audit/judge.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "audit/made_log.h"
#include "ipc/loop.h"

namespace zoobar::audit {
namespace {

// A place in the files: line `line` of file `file`, both counted from 0.
struct At {
  std::size_t file, line;
};

class JudgeTest : public testing::Test {
 protected:
  Judgement Judged() { return JudgeFiles(files_, known_); }
  // Expects one finding. Its lines must include the line of one of the places.
  void ExpectOne(const std::vector<At>& places, std::initializer_list<Fault> faults, const std::string& edit) {
    const Judgement judgement = Judged();
    ASSERT_EQ(judgement.findings.size(), 1u) << edit << "\n" << TextOf(judgement);
    const Finding& found = judgement.findings[0];
    EXPECT_TRUE(std::ranges::any_of(faults, [&](Fault fault) { return fault == found.fault; })) << edit << "\n"
                                                                                                << TextOf(judgement);
    EXPECT_TRUE(std::ranges::any_of(places,
                                    [&](const At& at) {
                                      return found.file == std::to_string(at.file) && found.first <= at.line + 1 &&
                                             at.line + 1 <= found.last;
                                    }))
        << edit << "\n"
        << TextOf(judgement);
  }
  At RandomLine() {
    const std::size_t file = Random(files_.size());
    return {file, Random(LinesOf(files_[file]).size())};
  }
  std::size_t Random(std::size_t count) { return std::uniform_int_distribution<std::size_t>(0, count - 1)(random_); }
  void SetLines(std::size_t file, const std::vector<std::string>& lines) { files_[file] = Joined(lines); }

  MadeLog log_ = SomeLog();
  Files files_ = log_.files();
  Expected known_ = log_.Known();
  std::mt19937 random_{20261130};
};

TEST_F(JudgeTest, AnUntouchedLogIsSound) {
  const Judgement judgement = Judged();
  EXPECT_TRUE(judgement.sound()) << TextOf(judgement);
  EXPECT_EQ(judgement.records, 146u);
  EXPECT_EQ(TextOf(judgement.first), "1.1.0");
  EXPECT_EQ(TextOf(judgement.last), "2.2.11");
  EXPECT_TRUE(judgement.ended);
  EXPECT_EQ(judgement.not_ended, 2u);
}

TEST_F(JudgeTest, AThousandRandomEditsAreEachFoundWithTheirLine) {
  for (int edit = 0; edit < 1000; ++edit) {
    files_ = log_.files();
    const At at = RandomLine();
    std::vector<std::string> lines = LinesOf(files_[at.file]);
    std::string& text = files_[at.file];
    const std::string what = fmt::format("edit {} of {}:{}", edit, at.file, at.line + 1);
    switch (edit % 4) {
      case 0: {  // one byte, the line feed included
        std::size_t place = 0;
        for (std::size_t i = 0; i < at.line; ++i) place += lines[i].size() + 1;
        place += Random(lines[at.line].size() + 1);
        text[place] = static_cast<char>(text[place] ^ static_cast<char>(1 + Random(255)));
        ExpectOne({at}, {Fault::kEdited, Fault::kTruncated}, "byte: " + what);
        break;
      }
      case 1: {  // a line is gone; the line that took its place is named, or the end
        lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(at.line));
        SetLines(at.file, lines);
        const bool last = at.line == lines.size();
        const At next = !last ? at : at.file + 1 == files_.size() ? At{at.file, at.line - 1} : At{at.file + 1, 0};
        ExpectOne({next}, {Fault::kRemoved, Fault::kTruncated}, "removed: " + what);
        break;
      }
      case 2: {  // two lines change places, also across files
        At other = RandomLine();
        while (other.file == at.file && other.line == at.line) other = RandomLine();
        std::vector<std::vector<std::string>> all;
        for (const std::string& each : files_) all.push_back(LinesOf(each));
        std::swap(all[at.file][at.line], all[other.file][other.line]);
        for (std::size_t i = 0; i < all.size(); ++i) SetLines(i, all[i]);
        ExpectOne({at, other}, {Fault::kReordered},
                  fmt::format("swapped: {} and {}:{}", what, other.file, other.line + 1));
        break;
      }
      default: {  // the end is cut off, at any byte
        const std::size_t kept = Random(files_.back().size());
        files_.back().resize(kept);
        const std::size_t whole = LinesOf(files_.back()).size();
        ExpectOne({{files_.size() - 1, whole - 1}}, {Fault::kTruncated}, fmt::format("cut at {}", kept));
      }
    }
    if (testing::Test::HasFailure()) return;
  }
}

TEST_F(JudgeTest, SeveralEditsAreSeveralFindings) {
  std::vector<std::string> lines = LinesOf(files_[1]);
  lines[3][20] ^= 1;
  lines[10][20] ^= 1;
  lines.erase(lines.begin() + 20);
  SetLines(1, lines);
  const Judgement judgement = Judged();
  EXPECT_EQ(judgement.findings.size(), 3u) << TextOf(judgement);
}

TEST_F(JudgeTest, AddedRepeatedAndReplacedLinesAreFound) {
  const std::vector<std::string> lines = LinesOf(files_[1]);
  std::vector<std::string> changed = lines;
  changed.insert(changed.begin() + 5, R"({"event":"made up"})");
  SetLines(1, changed);
  ExpectOne({{1, 5}}, {Fault::kAdded}, "added");
  changed = lines;
  changed.insert(changed.begin() + 5, lines[9]);
  SetLines(1, changed);
  ExpectOne({{1, 5}}, {Fault::kRepeated, Fault::kReordered}, "repeated");
  changed = lines;
  changed[5] = changed[6];
  SetLines(1, changed);
  EXPECT_FALSE(Judged().sound());
}

TEST_F(JudgeTest, AMissingFileIsOneFinding) {
  files_.erase(files_.begin() + 1);
  ExpectOne({{1, 0}}, {Fault::kRemoved}, "the middle file");
  files_ = log_.files();
  files_.erase(files_.begin());
  ExpectOne({{0, 0}}, {Fault::kRemoved}, "the oldest file");
  files_ = log_.files();
  files_.pop_back();
  ExpectOne({{1, LinesOf(files_[1]).size() - 1}}, {Fault::kTruncated}, "the newest file");
  files_ = log_.files();
  std::swap(files_[0], files_[1]);
  ExpectOne({{0, 0}, {1, 0}}, {Fault::kReordered}, "two files");
  files_ = {""};
  EXPECT_EQ(Judged().findings.size(), 1u);
}

TEST_F(JudgeTest, ADeletionThatTheMasterHasNotedIsNoFault) {
  files_.erase(files_.begin());
  known_.oldest = RecordId{1, 2, 21};
  EXPECT_TRUE(Judged().sound()) << TextOf(Judged());
  known_.oldest = RecordId{1, 2, 20};
  EXPECT_FALSE(Judged().sound());
  known_ = {.whole = false};
  EXPECT_TRUE(Judged().sound());
}

TEST_F(JudgeTest, AnUnfinishedLineIsNoFaultIfItIsBeingWrittenOrTheNextEpochSaysSo) {
  files_.back() += R"({"time":"2026)";
  EXPECT_FALSE(Judged().sound());
  known_.running = true;
  EXPECT_TRUE(Judged().sound()) << TextOf(Judged());

  MadeLog log;
  log.Start();
  log.Begin();
  log.Lines(5);
  log.files().back() += "{\"half a li\n";
  log.Begin(true);
  files_ = log.files();
  known_ = log.Known();
  EXPECT_TRUE(Judged().sound()) << TextOf(Judged());
}

// Somebody has taken logger over and has the key of the next record. With it, one can only go on.
TEST_F(JudgeTest, ATakenLoggerCannotRewriteWhatItWroteBefore) {
  MadeLog log;
  log.Start();
  log.Begin();
  log.Lines(10);
  Chain stolen = log.chain();
  log.Lines(5);
  const std::string honest = log.files().back();
  const Expected known = log.Known();
  const std::vector<std::string> lines = LinesOf(honest);

  // Its own records are believed: this is what the design gives away.
  std::vector<std::string> forged(lines.begin(), lines.begin() + 11);
  for (int i = 0; i < 5; ++i) forged.push_back(stolen.Seal(R"({"event":"false"})"));
  EXPECT_TRUE(JudgeFiles({Joined(forged)}, known).sound());

  // A record from before, sealed with the key that it has.
  forged = lines;
  const auto old = ReadSealed(lines[8]);
  LineKeys wrong(EpochKeys(KeyOfStart(Key(std::string(kKeyBytes, 'x')), "audit", 1)).Take());
  const std::string begun = BeginLine(R"({"event":"false"})", old->id, old->prev);
  forged[8] = EndLine(begun, SealOf(wrong.key(), begun));
  const Judgement judgement = JudgeFiles({Joined(forged)}, known);
  ASSERT_EQ(judgement.findings.size(), 1u);
  EXPECT_EQ(judgement.findings[0].first, 9u);
}

TEST_F(JudgeTest, ARecordThatWasReplacedWithItsStolenKeyIsFoundByTheNext) {
  MadeLog log;
  log.Start();
  log.Begin();
  log.Lines(10);
  Chain stolen = log.chain();
  log.Lines(5);
  std::vector<std::string> lines = LinesOf(log.files().back());
  lines[11] = stolen.Seal(R"({"event":"false"})");
  const Judgement judgement = JudgeFiles({Joined(lines)}, log.Known());
  ASSERT_EQ(judgement.findings.size(), 1u) << TextOf(judgement);
  EXPECT_EQ(judgement.findings[0].fault, Fault::kForged);
  EXPECT_EQ(judgement.findings[0].first, 12u);
}

TEST_F(JudgeTest, RecordsThatWereAddedToAnEpochAfterItsEndAreForged) {
  MadeLog log;
  log.Start();
  log.Begin();
  log.Lines(10);
  Chain stolen = log.chain();
  const std::string before = log.files().back();
  log.Begin();
  log.Lines(3);
  const std::string after = log.files().back().substr(before.size());
  const Judgement judgement = JudgeFiles({before + stolen.Seal(R"({"event":"false"})") + "\n" + after}, log.Known());
  ASSERT_EQ(judgement.findings.size(), 1u) << TextOf(judgement);
  EXPECT_EQ(judgement.findings[0].fault, Fault::kForged);
  EXPECT_EQ(judgement.findings[0].first, 12u);
}

TEST_F(JudgeTest, ACutOfAnEarlierStartIsFoundByWhatRootHasWrittenDown) {
  MadeLog log;
  log.Start();
  log.Begin();
  log.Lines(10);
  Chain before = log.chain();
  const std::string text = log.files().back();
  log.Lines(5);
  const RecordId end = log.chain().last();
  // The next start begins as if those five had never been.
  EpochKeys epochs(KeyOfStart(log.secret(), "audit", 2));
  Chain next(2, 1, epochs.Take(), before.last_mac());
  const std::string begin =
      next.Seal(fmt::format(R"({{"event":"audit-begin","fields":{{"found":"{}","noted":"{}","torn":"0"}}}})",
                            before.last().Text(), before.last().Text()));
  EXPECT_TRUE(JudgeFiles({text + begin + "\n"}, {.must_exist = {next.last()}}).sound());
  const Judgement judgement = JudgeFiles({text + begin + "\n"}, {.must_exist = {end, next.last()}});
  ASSERT_EQ(judgement.findings.size(), 1u);
  EXPECT_EQ(judgement.findings[0].fault, Fault::kRemoved);
  EXPECT_EQ(judgement.findings[0].first, 12u);
}

TEST_F(JudgeTest, NobodyIsAccusedIfTheMasterCouldNotReadWhereTheLogEnded) {
  MadeLog log;
  log.Start();
  log.Begin();
  log.Lines(10);
  const std::string text = log.files().back();
  for (const char* found : {"unknown", ""}) {
    EpochKeys epochs(KeyOfStart(log.secret(), "audit", 2));
    Chain next(2, 1, epochs.Take(), Mac{});
    const std::string begin = next.Seal(
        fmt::format(R"({{"event":"audit-begin","fields":{{"found":"{}","noted":"1.1.5","torn":"0"}}}})", found));
    const Judgement judgement = JudgeFiles({text + begin + "\n"}, {.must_exist = {next.last()}});
    EXPECT_EQ(judgement.sound(), std::string_view(found) == "unknown") << TextOf(judgement);
  }
}

TEST_F(JudgeTest, AnotherSecretOrAnotherLogFindsNoRecord) {
  EXPECT_EQ(JudgeFiles(files_, known_, Key(std::string(kKeyBytes, 'x'))).records, 0u);
  MadeLog money("money");
  money.Start();
  money.Begin();
  EXPECT_EQ(JudgeFiles(money.files(), {}).records, 0u);
}

TEST_F(JudgeTest, HostileFilesAreReadInBoundedTime) {
  const std::int64_t begin = MonotonicMicros();
  std::string far, epochs, starts, back, garbage(8 << 20, 'x'), feeds(2 << 20, '\n');
  for (std::uint64_t i = 1; i <= 20000; ++i) {
    far += EndLine(BeginLine("{}", {1, 1, i * 10'000'000'000}, Mac{}), Mac{}) + "\n";
    epochs += EndLine(BeginLine("{}", {1, 999'999'999 - i, 0}, Mac{}), Mac{}) + "\n";
    starts += EndLine(BeginLine("{}", {i, 5000, 9'000'000}, Mac{}), Mac{}) + "\n";
    back += EndLine(BeginLine("{}", {1, 1, 4096 * (20000 - i) + 4095}, Mac{}), Mac{}) + "\n";
  }
  for (const std::string& text : {far, epochs, starts, back, garbage, feeds}) {
    const Judgement judgement = JudgeFiles({text}, known_);
    EXPECT_EQ(judgement.records, 0u);
    EXPECT_FALSE(judgement.sound());
    EXPECT_LE(judgement.findings.size(), Judgement::kMaxFindings);
  }
  // Sound lines in the worst order, each followed by a line that is no record.
  std::vector<std::string> lines = LinesOf(log_.files()[0]), mixed;
  for (std::size_t i = lines.size(); i > 0; --i) {
    mixed.push_back(lines[i - 1]);
    mixed.emplace_back();
  }
  EXPECT_FALSE(JudgeFiles({Joined(mixed)}, known_).sound());
  RecordProperty("micros", std::to_string(MonotonicMicros() - begin));
}

}  // namespace
}  // namespace zoobar::audit
