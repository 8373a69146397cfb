// What survives kill -9. A child process pays as fast as it can and reports which acts were answered. It is killed at a
// random one of them.
#include <random>
#include <unordered_set>

#include "ipc/fd.h"
#include "ledger/ledger_fixture.h"

namespace zoobar {
namespace {

constexpr int kMembers = 8;

std::string Name(unsigned number) { return fmt::format("m{}", number % kMembers); }

struct Acknowledged {
  std::uint64_t act, entry;
};

std::string ActName(std::uint64_t act) { return fmt::format("act {}", act); }

// Every third payment is by a program. For some programs the limits run out.
Ledger::Transfer TransferOf(std::uint64_t act) {
  const auto sender = static_cast<unsigned>(act % kMembers);
  const std::string to = Name(sender + 1 + static_cast<unsigned>(act / kMembers % (kMembers - 1)));
  if (act % 3 == 0) return PayByProgram(ActName(act), Name(sender), to, 1, 40 * (1 + sender), 100);
  return Pay(ActName(act), Name(sender), to, 1);
}

void Tell(int report, Acknowledged done) {
  if (write(report, &done, sizeof done) != sizeof done) _exit(3);
}

// For the child: keeps 16 transfers going for ever and reports each answered one.
int PayForever(const std::string& folder, int report, std::uint64_t first_act) {
  Loop loop;
  Config::Store config;
  config.set_map_bytes(256 << 10);  // small, so that the map must grow during this test too
  auto ledger = Ledger::Open(loop, folder, config);
  if (!ledger.ok()) return 1;
  std::uint64_t next = first_act;
  auto pay = [&]() -> Task<void> {
    for (;;) {
      const std::uint64_t act = next++;
      Ledger::Transfer transfer = TransferOf(act);
      auto judged = co_await (*ledger)->Send(std::move(transfer));
      if (!judged.ok()) _exit(2);
      if (judged->outcome != Ledger::Judgement::Outcome::kSent) continue;
      Tell(report, {act, judged->entry});
    }
  };
  for (int i = 0; i < 16; ++i) Spawn(pay());
  loop.Run();
  return 4;
}

TEST_F(LedgerTest, WhatWasAnsweredSurvivesKillMinusNine) {
  for (unsigned i = 0; i < kMembers; ++i) OpenAccount(Name(i), 100);
  ledger_.reset();
  std::mt19937 random(45);
  std::size_t total = 0;
  for (int round = 0; round < 25; ++round) {
    const auto first_act = static_cast<std::uint64_t>(round) * 1'000'000;
    std::vector<Acknowledged> acknowledged;
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    Fd from(ends[0]), to(ends[1]);
    Child child([&] {
      from.Close();
      return PayForever(folder_.path(), to.get(), first_act);
    });
    to.Close();
    Acknowledged done;
    const unsigned until = random() % 300;
    for (unsigned i = 0; i < until && read(from.get(), &done, sizeof done) == sizeof done; ++i)
      acknowledged.push_back(done);
    child.Kill();
    // What the child reported before it died counts too.
    while (read(from.get(), &done, sizeof done) == sizeof done) acknowledged.push_back(done);
    total += acknowledged.size();

    Open();
    const Ledger::Audit audit = Verify();
    ASSERT_THAT(audit.faults, testing::ElementsAre()) << "after round " << round;
    ASSERT_EQ(audit.held, 100 * kMembers);
    for (const Acknowledged& act : acknowledged) {
      const Ledger::Judgement again = Send(TransferOf(act.act));
      ASSERT_TRUE(again.repeated_act) << "act " << act.act << " was answered and is lost";
      ASSERT_EQ(again.entry, act.entry);
    }
    ledger_.reset();
  }
  EXPECT_GT(total, 500u);
  Open();
  auto count = [this](ReadTransaction& tx) -> Result<std::uint64_t> { return tx.Count(table("spending")); };
  EXPECT_GT(*ledger_->environment().Read(count), 100u) << "programs paid too";
}

}  // namespace
}  // namespace zoobar
