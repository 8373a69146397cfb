// Many acts at the same time, and acts that share a group.
#include <sys/resource.h>
#include <sys/stat.h>

#include <map>
#include <random>

#include "ipc/run_until.h"
#include "ledger/ledger_fixture.h"

namespace zoobar {
namespace {

using testing::ElementsAre;

TEST_F(LedgerTest, MoneyIsNeitherMadeNorLostWhenManyPayAtOnce) {
  constexpr int kPayers = 12, kTransfers = 3000, kAtOnce = 64;
  for (int i = 0; i < kPayers; ++i) OpenAccount(fmt::format("m{}", i), 50);
  std::mt19937 random(20040627);
  auto below = [&random](int bound) { return static_cast<int>(random() % static_cast<unsigned>(bound)); };
  int started = 0, ended = 0, sent = 0;
  auto one = [&](std::string act) -> Task<void> {
    Ledger::Transfer transfer =
        Pay(act, fmt::format("m{}", below(kPayers)), fmt::format("m{}", below(kPayers)), below(60) - 5);
    auto judged = co_await ledger_->Send(std::move(transfer));
    EXPECT_TRUE(judged.ok());
    sent += judged.ok() && judged->outcome == Outcome::kSent;
    ++ended;
  };
  RunUntil(loop_, [&] {
    while (started < kTransfers && started - ended < kAtOnce) Spawn(one(fmt::format("{}", started++)));
    return ended >= kTransfers;
  });
  const Ledger::Audit audit = Verify();
  EXPECT_THAT(audit.faults, ElementsAre());
  EXPECT_EQ(audit.held, kPayers * 50);
  EXPECT_EQ(audit.entries, static_cast<std::uint64_t>(kPayers + sent));
  EXPECT_GT(sent, kTransfers / 10);
  EXPECT_LT(ledger_->environment().usage().commits, static_cast<std::uint64_t>(kTransfers));
}

TEST_F(LedgerTest, ProgramsThatPayAtOnceStayWithinTheLimitTogether) {
  OpenAccount("alice", 1000);
  for (int i = 0; i < 8; ++i) OpenAccount(fmt::format("m{}", i), 0);
  int ended = 0;
  std::map<Outcome, int> outcomes;
  auto one = [&](int number) -> Task<void> {
    Ledger::Transfer transfer =
        PayByProgram(fmt::format("{}", number), "alice", fmt::format("m{}", number % 8), 1 + number % 3);
    auto judged = co_await ledger_->Send(std::move(transfer));
    EXPECT_TRUE(judged.ok());
    if (judged.ok()) ++outcomes[judged->outcome];
    ++ended;
  };
  for (int i = 0; i < 400; ++i) {
    Spawn(one(i));
    if (i % 25 == 0) loop_.RunOnce();
  }
  RunUntil(loop_, [&] { return ended >= 400; });
  EXPECT_EQ(Balance("alice"), 980) << "all of the limit, and not a zoobar more";
  EXPECT_GT(outcomes[Outcome::kOverHour], 300);
  EXPECT_THAT(Verify().faults, ElementsAre());
}

TEST_F(LedgerTest, OneActSentManyTimesAtOncePaysOnce) {
  OpenAccount("alice", 100);
  OpenAccount("bob", 0);
  int ended = 0, repeated = 0;
  auto one = [&]() -> Task<void> {
    Ledger::Transfer transfer = Pay("once", "alice", "bob", 7);
    auto judged = co_await ledger_->Send(std::move(transfer));
    EXPECT_TRUE(judged.ok() && judged->outcome == Outcome::kSent);
    repeated += judged.ok() && judged->repeated_act;
    ++ended;
  };
  for (int i = 0; i < 100; ++i) {
    Spawn(one());
    if (i % 10 == 0) loop_.RunOnce();
  }
  RunUntil(loop_, [&] { return ended >= 100; });
  EXPECT_EQ(repeated, 99);
  EXPECT_EQ(Balance("bob"), 7);
}

TEST_F(LedgerTest, PaymentsGoOnWhileTheLedgerIsVerified) {
  OpenAccount("alice", 1'000'000);
  OpenAccount("bob", 0);
  int ended = 0;
  bool verified = false;
  auto verify = [&]() -> Task<void> {
    auto audit = co_await ledger_->Verify();
    EXPECT_TRUE(audit.ok() && audit->sound());
    verified = true;
  };
  auto one = [&](int number) -> Task<void> {
    Ledger::Transfer transfer = Pay(fmt::format("{}", number), "alice", "bob", 1);
    auto judged = co_await ledger_->Send(std::move(transfer));
    EXPECT_TRUE(judged.ok() && judged->outcome == Outcome::kSent);
    ++ended;
  };
  Spawn(verify());
  for (int i = 0; i < 2000; ++i) Spawn(one(i));
  RunUntil(loop_, [&] { return ended >= 2000 && verified; });
  EXPECT_EQ(Verify().entries, 2002u);
}

// For a child process. Returns 0 if acts that were carried out before are answered as repeated, although another act of
// their group finds no room.
int RepeatBesideOneWithoutRoom(const std::string& folder) {
  Loop loop;
  Config::Store config;
  auto opened = Ledger::Open(loop, folder, config);
  if (!opened.ok()) return 2;
  Ledger& ledger = **opened;
  const auto opening = [](const std::string& name) {
    return Ledger::Opening{
        .member = MemberId(name), .name = name, .act = ActOf("open " + name), .zoobars = 1'000'000, .time_ms = 1};
  };
  if (!WaitFor(loop, ledger.OpenAccount(opening("alice"))).ok()) return 3;
  if (!WaitFor(loop, ledger.OpenAccount(opening("bob"))).ok()) return 3;
  if (!WaitFor(loop, ledger.Send(Pay("first", "alice", "bob", 1))).ok()) return 3;
  struct stat file;
  if (stat((folder + "/data.mdb").c_str(), &file) != 0) return 4;
  const rlimit small{static_cast<rlim_t>(file.st_size), RLIM_INFINITY};
  setrlimit(RLIMIT_FSIZE, &small);
  int sent = 0;
  for (; sent < 10'000; ++sent) {  // first uses up the pages that earlier commits freed
    const auto judged = WaitFor(loop, ledger.Send(Pay(fmt::format("{}", sent), "alice", "bob", 1)));
    if (!judged.ok()) break;
  }
  std::vector<int> ended;
  const auto send = [&](Ledger::Transfer transfer) -> Task<void> {
    auto sending = ledger.Send(std::move(transfer));
    const auto judged = co_await sending;
    ended.push_back(judged.ok() ? (judged->repeated_act ? 1 : 2) : (judged.error().no_room() ? 3 : 4));
  };
  const auto open = [&](Ledger::Opening asked) -> Task<void> {
    auto asking = ledger.OpenAccount(std::move(asked));
    const auto known = co_await asking;
    ended.push_back(known.ok() ? (known->existed ? 1 : 2) : (known.error().no_room() ? 3 : 4));
  };
  Spawn(send(Pay("first", "alice", "bob", 1)));
  Spawn(send(Pay("new", "alice", "bob", 1)));
  Spawn(open(opening("alice")));
  Spawn(open(opening("carol")));
  RunUntil(loop, [&] { return ended.size() >= 4; });
  if (ended != std::vector<int>{1, 3, 1, 3}) return 5;
  const auto balances = ledger.Balances({MemberId("bob"), MemberId("carol")});
  if (!balances.ok() || (*balances)[0] != 1'000'001 + sent || (*balances)[1]) return 6;
  const auto audit = WaitFor(loop, ledger.Verify());
  return audit.ok() && audit->sound() ? 0 : 7;
}

TEST_F(LedgerTest, WhatWasDoneBeforeIsToldThoughTheOthersOfItsGroupFindNoRoom) {
  const TemporaryDirectory folder;
  Child child([&] { return RepeatBesideOneWithoutRoom(folder.path()); });
  EXPECT_EQ(child.Wait(), 0);
}

}  // namespace
}  // namespace zoobar
