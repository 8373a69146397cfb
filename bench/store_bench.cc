// Measures how many durable transfers, balances and journal pages a ledger handles per second in one process.
//   store_bench FOLDER [SECONDS [CONCURRENT [MEMBERS]]]     defaults: 5 64 1000
// FOLDER must be empty and on the disk that is to be measured. Prints one line for each result. A transfer is counted
// when it is answered, which is after its commit is on disk.
#include <sodium.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "ledger/ledger.h"

namespace zoobar {
namespace {

struct Setting {
  std::string folder;
  double seconds = 5;
  int concurrent = 64, members = 1000;
};

class Bench {
 public:
  Bench(Loop& loop, Ledger& ledger, const Setting& setting)
      : loop_(loop), ledger_(ledger), setting_(setting), random_(1) {}

  void OpenAccounts() {
    int opened = 0;
    for (int i = 0; i < setting_.members; ++i) Spawn(OpenOne(i, &opened));
    WaitUntil([&] { return opened == setting_.members; });
  }

  void Transfers() {
    const Environment::Usage before = ledger_.environment().usage();
    const std::int64_t start = MonotonicMicros();
    end_ = start + static_cast<std::int64_t>(setting_.seconds * 1e6);
    int left = setting_.concurrent;
    for (int i = 0; i < setting_.concurrent; ++i) Spawn(PayAndPay(&left));
    WaitUntil([&] { return left == 0; });
    const double took = static_cast<double>(MonotonicMicros() - start) / 1e6;
    const auto commits = static_cast<double>(ledger_.environment().usage().commits - before.commits);
    std::sort(waits_.begin(), waits_.end());
    auto percentile = [&](double part) {
      return static_cast<double>(waits_[static_cast<std::size_t>(part * static_cast<double>(waits_.size() - 1))]) / 1e3;
    };
    std::printf("transfers: %.0f/s, %d at once, %.1f per commit, %.0f commits/s, p50 %.2f ms, p99 %.2f ms\n",
                static_cast<double>(waits_.size()) / took, setting_.concurrent,
                static_cast<double>(waits_.size()) / commits, commits / took, percentile(0.5), percentile(0.99));
  }

  // Balances and journal pages, while no transfers are made.
  void Reads() {
    Rate("balances of one member", [this] { return ledger_.Balances({Member()}).ok(); });
    Rate("journal pages of 20", [this] { return ledger_.Journal(Member(), 0, 20).ok(); });
  }

  void Verify() {
    const std::int64_t start = MonotonicMicros();
    bool ended = false;
    Spawn(VerifyOnce(&ended));
    WaitUntil([&] { return ended; });
    std::printf("verify: %.3f s for %llu entries, %s\n", static_cast<double>(MonotonicMicros() - start) / 1e6,
                static_cast<unsigned long long>(audit_.entries), audit_.sound() ? "sound" : "NOT SOUND");
  }
  bool sound() const { return audit_.sound() && audit_.entries > 0; }

 private:
  static std::string Id(int number) {
    std::string id(Ledger::kMemberIdSize, '\0');
    crypto_generichash(reinterpret_cast<unsigned char*>(id.data()), id.size(),
                       reinterpret_cast<const unsigned char*>(&number), sizeof number, nullptr, 0);
    return id;
  }
  static std::string RandomAct() {
    std::string act(Ledger::kActIdSize, '\0');
    randombytes_buf(act.data(), act.size());
    return act;
  }
  std::string Member() { return Id(static_cast<int>(random_() % static_cast<unsigned>(setting_.members))); }

  Task<void> OpenOne(int number, int* opened) {
    Ledger::Opening opening{.member = Id(number),
                            .name = fmt::format("member {}", number),
                            .act = RandomAct(),
                            .zoobars = 1'000'000,
                            .time_ms = WallMillis()};
    auto done = co_await ledger_.OpenAccount(std::move(opening));
    if (!done.ok()) Die(done.error().text);
    ++*opened;
  }
  Task<void> PayAndPay(int* left) {
    for (std::int64_t now = MonotonicMicros(); now < end_;) {
      Ledger::Transfer transfer{
          .sender = Member(), .recipient = Member(), .act = RandomAct(), .zoobars = 1, .time_ms = WallMillis()};
      if (transfer.sender == transfer.recipient) continue;
      auto judged = co_await ledger_.Send(std::move(transfer));
      if (!judged.ok()) Die(judged.error().text);
      const std::int64_t then = MonotonicMicros();
      waits_.push_back(then - now);
      now = then;
    }
    --*left;
  }
  Task<void> VerifyOnce(bool* ended) {
    auto audit = co_await ledger_.Verify();
    if (!audit.ok()) Die(audit.error().text);
    audit_ = std::move(*audit);
    *ended = true;
  }
  template <typename Ask>
  void Rate(const char* what, Ask ask) {
    const std::int64_t start = MonotonicMicros();
    std::int64_t now = start, count = 0;
    for (; now < start + 1'000'000; now = MonotonicMicros()) {
      for (int i = 0; i < 100; ++i, ++count) {
        if (!ask()) Die("{} failed", what);
      }
    }
    std::printf("%s: %.0f/s\n", what, static_cast<double>(count) * 1e6 / static_cast<double>(now - start));
  }
  template <typename Reached>
  void WaitUntil(Reached reached) {
    while (!reached()) uv_run(loop_.uv(), UV_RUN_ONCE);
  }

  Loop& loop_;
  Ledger& ledger_;
  const Setting setting_;
  std::mt19937 random_;
  std::int64_t end_ = 0;
  std::vector<std::int64_t> waits_;  // microseconds
  Ledger::Audit audit_;
};

int Measure(const Setting& setting) {
  Loop loop;
  auto ledger = Ledger::Open(loop, setting.folder, Config::Store());
  if (!ledger.ok()) {
    std::fprintf(stderr, "store_bench: %s\n", ledger.error().text.c_str());
    return 1;
  }
  Bench bench(loop, **ledger, setting);
  bench.OpenAccounts();
  bench.Transfers();
  bench.Reads();
  bench.Verify();
  return bench.sound() ? 0 : 1;
}

}  // namespace
}  // namespace zoobar

int main(int count, char** words) {
  if (count < 2 || count > 5 || sodium_init() < 0) {
    std::fprintf(stderr, "usage: store_bench FOLDER [SECONDS [CONCURRENT [MEMBERS]]]\n");
    return 2;
  }
  zoobar::Setting setting;
  setting.folder = words[1];
  if (count > 2) setting.seconds = std::atof(words[2]);
  if (count > 3) setting.concurrent = std::max(1, std::atoi(words[3]));
  if (count > 4) setting.members = std::max(2, std::atoi(words[4]));
  return zoobar::Measure(setting);
}
