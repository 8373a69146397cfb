// A ledger in a folder of its own, with members and acts that are named by short texts.
#pragma once

#include <gmock/gmock.h>

#include <limits>
#include <memory>
#include <string>
#include <string_view>

#include "ledger/ledger.h"
#include "store/scratch.h"

namespace zoobar {

// An id of the wanted size that starts with `name`.
inline std::string Id(std::string_view name, std::size_t size) {
  std::string id(name);
  id.resize(size, '.');
  return id;
}
inline std::string MemberId(std::string_view name) { return Id(name, Ledger::kMemberIdSize); }
inline std::string ActOf(std::string_view name) { return Id(name, Ledger::kActIdSize); }

inline Ledger::Transfer Pay(std::string_view act, std::string_view sender, std::string_view recipient,
                            std::int64_t zoobars) {
  return {.sender = MemberId(sender),
          .recipient = MemberId(recipient),
          .act = ActOf(act),
          .zoobars = zoobars,
          .time_ms = 1'700'000'000'000};
}

// A payment by the sender's program, while carol looks at its page.
inline Ledger::Transfer PayByProgram(std::string_view act, std::string_view sender, std::string_view recipient,
                                     std::int64_t zoobars, std::uint32_t per_hour = 20,
                                     std::uint32_t per_recipient = 10) {
  Ledger::Transfer transfer = Pay(act, sender, recipient, zoobars);
  transfer.program = {.visitor = MemberId("carol"), .per_hour = per_hour, .per_recipient = per_recipient};
  return transfer;
}

class LedgerTest : public testing::Test {
 protected:
  using Outcome = Ledger::Judgement::Outcome;

  void SetUp() override { Open(); }
  void Open() {
    ledger_.reset();
    Config::Store config;
    config.set_map_bytes(1 << 20);
    auto opened = Ledger::Open(loop_, folder_.path(), config);
    ASSERT_TRUE(opened.ok()) << opened.error().text;
    ledger_ = std::move(*opened);
  }

  Ledger::Opened OpenAccount(std::string_view name, std::int64_t zoobars = 10) {
    Ledger::Opening opening{.member = MemberId(name),
                            .name = std::string(name),
                            .act = ActOf("open " + std::string(name)),
                            .zoobars = zoobars,
                            .time_ms = 1'600'000'000'000};
    auto opened = WaitFor(loop_, ledger_->OpenAccount(std::move(opening)));
    EXPECT_TRUE(opened.ok()) << opened.error().text;
    return opened.ok() ? *opened : Ledger::Opened{};
  }
  Ledger::Judgement Send(Ledger::Transfer transfer) {
    auto judged = WaitFor(loop_, ledger_->Send(std::move(transfer)));
    EXPECT_TRUE(judged.ok()) << judged.error().text;
    return judged.ok() ? *judged : Ledger::Judgement{};
  }
  Ledger::Judgement Send(std::string_view act, std::string_view sender, std::string_view recipient,
                         std::int64_t zoobars) {
    return Send(Pay(act, sender, recipient, zoobars));
  }
  // The member id that is found by this name; empty if there is none.
  std::string Found(std::string_view name) {
    auto found = ledger_->Find({name});
    EXPECT_TRUE(found.ok()) << found.error().text;
    return found.ok() ? (*found)[0].member : "";
  }
  // -1: no account.
  std::int64_t Balance(std::string_view name) {
    const std::string member = MemberId(name);
    auto balances = ledger_->Balances({member});
    EXPECT_TRUE(balances.ok()) << balances.error().text;
    return balances.ok() ? (*balances)[0].value_or(-1) : -1;
  }
  Ledger::Audit Verify() {
    auto audit = WaitFor(loop_, ledger_->Verify());
    EXPECT_TRUE(audit.ok()) << audit.error().text;
    return audit.ok() ? *audit : Ledger::Audit{};
  }
  // Changes the tables without the ledger.
  void Tamper(std::function<void(WriteTransaction&)> how) {
    auto act = [how](WriteTransaction& tx) -> Status {
      how(tx);
      return {};
    };
    ASSERT_TRUE(WaitFor(loop_, ledger_->environment().Write(std::move(act))).ok());
  }
  Table table(std::string_view name) { return ledger_->environment().table(name); }

  TemporaryDirectory folder_;
  Loop loop_;
  std::unique_ptr<Ledger> ledger_;
};

}  // namespace zoobar
