// Disturbs a real site while its members pay each other, and judges afterwards whether anything was lost or doubled.
// tools/chaos runs it; it says what the options mean.
#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "chaos/history.h"
#include "chaos/site/faults.h"
#include "chaos/site/member.h"
#include "chaos/site/options.h"
#include "chaos/site/silence.h"
#include "chaos/site/statements.h"
#include "chaos/site/storm.h"
#include "ipc/try.h"
#include "live_site/live_site.h"

namespace zoobar::chaos {
namespace {

constexpr int kRight = 0, kWrong = 1, kCannotRun = 2;
constexpr int kMembers = 8, kBrowsers = 12;
constexpr std::int64_t kInitialZoobars = 1'000'000;
constexpr Moment kSecond = 1'000'000, kToFinish = 60 * kSecond;

std::size_t CountOf(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

class Chaos {
 public:
  explicit Chaos(const Options& options)
      : options_(options), pages_(ZOOBAR_FAULTY), random_(options.seed), storm_(site_, pages_, random_()) {
    site_.binary = ZOOBAR_FAULTY;
    site_.kills_expected = true;  // looked for in Judge
    site_.settings.push_back(
        fmt::format("bank {{ initial_zoobars: {} acts_burst: 1000000 acts_per_hour: 1000000000 }}", kInitialZoobars));
  }

  int Run() {
    fmt::print("chaos: seed {}\n", options_.seed);
    std::fflush(stdout);
    if (!pages_.ok() || !site_.Start() || !Populate()) {
      fmt::print(stderr, "chaos: the site does not start:\n{}\n", site_.Output());
      return kCannotRun;
    }
    std::vector<std::thread> threads;
    bank_.without_numbers = options_.broken == Options::Break::kRepeatForms;
    for (const auto& member : members_) threads.emplace_back([&member] { member->Run(); });
    options_.seconds > 0 ? DisturbFor(options_.seconds) : DisturbAll();
    if (options_.broken == Options::Break::kLoseCommit && !storm_.LoseCommit())
      faults_.push_back("bank wrote no commit that could be lost");
    storm_.Calm();
    bank_.give_up = Now() + kToFinish;
    bank_.stop = true;
    for (std::thread& thread : threads) thread.join();
    return Judge();
  }

 private:
  bool Populate() {
    bank_.address = site_.Addresses().at(0);
    for (int i = 0; i < kMembers; ++i) bank_.members.push_back(fmt::format("m{}", i));
    for (const std::string& from : bank_.members) {
      for (const std::string& to : bank_.members) bank_.amounts[{from, to}] = 0;
    }
    for (int i = 0; i < kBrowsers; ++i) {
      members_.push_back(std::make_unique<Member>(bank_, bank_.members[static_cast<std::size_t>(i % kMembers)],
                                                  i / kMembers, random_()));
      if (!members_.back()->Begin()) return false;
    }
    return true;
  }

  void Disturb(Kind kind) {
    if (storm_.Disturb(kind)) ++done_[kind];
    std::size_t all = 0;
    for (const auto& [each, count] : done_) all += count;
    if (all % 50 != 0 || all == told_) return;
    told_ = all;
    fmt::print("chaos: {} faults, {} payments acknowledged\n", all, bank_.acknowledged.load());
    std::fflush(stdout);
  }

  void DisturbFor(int seconds) {
    const auto weight = [](Kind kind) { return kind == Kind::kKill ? 4 : kind == Kind::kDisk ? 2 : 1; };
    std::vector<Kind> kinds;
    for (const Kind kind : options_.kinds) kinds.insert(kinds.end(), static_cast<std::size_t>(weight(kind)), kind);
    for (const Moment until = Now() + seconds * kSecond; Now() < until;) Disturb(kinds[random_() % kinds.size()]);
  }

  void DisturbAll() {
    std::map<Kind, std::size_t> tries;  // a fault that does not happen is tried again, but not for ever
    for (std::vector<Kind> due;; due.clear()) {
      for (const auto& [kind, wanted] : options_.wanted) {
        const std::size_t left = wanted - std::min(wanted, done_[kind]);
        if (tries[kind] < 4 * wanted + 20) due.insert(due.end(), left, kind);
      }
      if (due.empty()) return;
      std::ranges::shuffle(due, random_);
      for (const Kind kind : due) {
        ++tries[kind];
        Disturb(kind);
      }
    }
  }

  History Gather() {
    History history;
    history.initial_zoobars = kInitialZoobars;
    history.members = bank_.members;
    const auto add = [](auto& to, const auto& from) { to.insert(to.end(), from.begin(), from.end()); };
    for (const auto& member : members_) {
      add(history.payments, member->payments());
      add(history.settlings, member->settlings());
      add(history.reads, member->reads());
      add(history.members, member->newcomers());
      add(history.perhaps_members, member->perhaps());
      add(answered_, member->answered());
      add(faults_, member->faults());
    }
    return history;
  }

  Result<std::vector<Entry>> Journal(const History& history) {
    std::vector<std::vector<Entry>> statements;
    const auto take = [&](const std::string& name, bool must) -> Status {
      Browser browser = site_.NewBrowser();
      const auto logs_in = [&] { return browser.Login(name, kPassword, kHome).status == 303; };
      if (must ? !Eventually(logs_in) : !logs_in())
        return must ? Status(Error::Of("{} was registered and cannot log in", name)) : Status();
      TRY(statements.emplace_back(), StatementOf(browser));
      return {};
    };
    for (const std::string& name : history.members) TRY_STATUS(take(name, true));
    for (const std::string& name : history.perhaps_members) TRY_STATUS(take(name, false));
    return Joined(statements);
  }

  // What the site itself says.
  void LookAtSite() {
    const std::string output = site_.Output();
    if (!IsAlive(site_.master())) faults_.push_back("the master is gone");
    if (output.find("(SIGSYS)") != output.npos) faults_.push_back("a role made a system call that it may not make");
    const std::size_t accused = CountOf(output, "\"event\":\"accused\"");
    if (accused > 0) faults_.push_back(fmt::format("roles accused each other {} times", accused));
    Ended verified;
    const bool sound = Eventually([&] { return (verified = site_.Ctl({"verify"})).status == 0; });
    if (!sound) faults_.push_back("zoobar ctl verify: " + verified.output);
    for (const std::string& fault : storm_.faults()) faults_.push_back(fault);
  }

  int Judge() {
    const History history = Gather();
    LookAtSite();
    Verdict verdict;
    const Result<std::vector<Entry>> journal = Journal(history);
    if (journal.ok()) {
      verdict = Check(history, *journal);
      fmt::print("chaos: {} entries in the journal, {} balances read, {} offers ended\n", journal->size(),
                 history.reads.size(), history.settlings.size());
    } else {
      faults_.push_back(journal.error().text);
    }
    faults_.insert(faults_.end(), verdict.faults.begin(), verdict.faults.end());
    const std::int64_t silence = TellSilences();
    if (silence > options_.longest_silence_ms)
      faults_.push_back(fmt::format("a member waited {} ms because of a killed role", silence));
    TellKinds();
    for (const std::string& fault : faults_) fmt::print("chaos: FAULT: {}\n", fault);
    if (!faults_.empty()) Keep();
    fmt::print(
        "chaos: seed {}, {} kills, {} stops, {} disk faults, {} clock steps, {} full descriptor tables, {} times no "
        "memory, {} payments acknowledged, {} lost, {} doubled, longest silence {} ms\n",
        options_.seed, done_[Kind::kKill], done_[Kind::kStop], done_[Kind::kDisk], done_[Kind::kClock],
        done_[Kind::kDescriptors], done_[Kind::kMemory], verdict.acknowledged, verdict.lost, verdict.doubled, silence);
    return faults_.empty() ? kRight : kWrong;
  }

  std::int64_t TellSilences() {
    const std::vector<Silence> silences = Silences(answered_, storm_.disturbances());
    if (silences.empty()) return 0;
    const auto at = [&](std::size_t of_1000) { return silences[silences.size() * of_1000 / 1000].time / 1000; };
    fmt::print("chaos: {} requests met a killed role; half waited at most {} ms, 99 of 100 {} ms, 999 of 1000 {} ms\n",
               silences.size(), at(500), at(10), at(1));
    for (std::size_t i = 0; i < std::min<std::size_t>(silences.size(), 5); ++i) {
      const Answered& request = silences[i].request;
      fmt::print("chaos: {} ms for {} when {} was killed, attempts: {}{}{}\n", silences[i].time / 1000, request.what,
                 silences[i].role, request.attempts,
                 request.before.empty() ? "" : ", the last one without success: ", request.before);
    }
    return silences.front().time / 1000;
  }

  void TellKinds() {
    for (const auto& [kind, count] : done_) {
      if (count == 0) continue;
      const auto ended = storm_.ended().find(kind);
      fmt::print("chaos: {}: longest wait {} ms, {} processes ended\n", kKindNames[static_cast<std::size_t>(kind)],
                 LongestWait(kind, answered_, storm_.disturbances()) / 1000,
                 ended == storm_.ended().end() ? 0 : ended->second);
    }
  }

  // What the master and logger have said, for whoever looks for the cause.
  void Keep() {
    const std::string path = fmt::format("/tmp/zoobar-chaos-{}.log", options_.seed);
    if (std::FILE* file = std::fopen(path.c_str(), "we")) {
      fmt::print(file, "{}", site_.Output());
      std::fclose(file);
      fmt::print("chaos: the site's output is in {}\n", path);
    }
  }

  const Options options_;
  const FaultPages pages_;
  std::mt19937_64 random_;
  LiveSite site_;
  Storm storm_;
  Bank bank_;
  std::vector<std::unique_ptr<Member>> members_;
  std::map<Kind, std::size_t> done_;
  std::size_t told_ = 0;
  std::vector<Answered> answered_;
  std::vector<std::string> faults_;
};

int Main(const std::vector<std::string>& arguments) {
  const Result<Options> options = ReadOptions(arguments);
  if (!options.ok()) {
    fmt::print(stderr, "chaos: {}; see the head of tools/chaos\n", options.error().text);
    return kCannotRun;
  }
  if (geteuid() != 0) {
    fmt::print(stderr, "chaos: needs root, to start a site and to disturb its roles: sudo tools/chaos\n");
    return kCannotRun;
  }
  Chaos chaos(*options);
  return chaos.Run();
}

}  // namespace
}  // namespace zoobar::chaos

int main(int argc, char** argv) { return zoobar::chaos::Main({argv + 1, argv + argc}); }
