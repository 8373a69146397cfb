// The API of members' programs on a store of its own, with a stand-in for bank.
#pragma once

#include <gmock/gmock.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "roles/profile/api.h"
#include "roles/profile/member.h"
#include "site/fake_site.h"
#include "store/scratch.h"
#include "stored.pb.h"

namespace zoobar {

inline constexpr std::int64_t kApiNow = 1'795'591'844'000;  // Wed Nov 25 07:30:44 2026

// Keeps balances by name. Answers Spend as the test says.
class ApiBank {
 public:
  ApiBank() {
    service.Handle(&ApiBank::Find, this);
    service.Handle(&ApiBank::Balances, this);
    service.Handle(&ApiBank::Journal, this);
    service.Handle(&ApiBank::Spend, this);
  }

  Task<Result<Outgoing<FindReply>>> Find(Incoming<FindRequest> call) {
    ++finds;
    if (broken) co_return Error{"the disk is gone"};
    co_return FoundAmong(balances, call.message);
  }
  Task<Result<Outgoing<BalancesReply>>> Balances(Incoming<BalancesRequest> call) {
    BalancesReply reply;
    for (const std::string& member : call.message.members()) {
      BalancesReply::Balance& balance = *reply.add_balances();
      for (const auto& [name, zoobars] : balances) {
        if (Member(name) != member) continue;
        balance.set_found(true);
        balance.set_zoobars(zoobars);
      }
    }
    co_return reply;
  }
  Task<Result<Outgoing<JournalReply>>> Journal(Incoming<JournalRequest> call) {
    journal_asked = call.message;
    ++journal_pages;
    JournalReply reply;
    for (const JournalReply::Entry& entry : journal) {
      if (call.message.before() != 0 && entry.number() >= call.message.before()) continue;
      reply.set_more(static_cast<std::uint32_t>(reply.entries_size()) == call.message.limit());
      if (reply.more()) break;
      *reply.add_entries() = entry;
    }
    co_return reply;
  }
  Task<Result<Outgoing<TransferReply>>> Spend(Incoming<SpendRequest> call) {
    spent.push_back(call.message);
    if (unanswered > 0) {
      --unanswered;
      co_return Error{"interrupted"};
    }
    TransferReply reply;
    reply.set_outcome(outcome);
    reply.set_zoobars(7);
    reply.set_retry_after_s(2);
    reply.set_burst(1000);
    reply.set_per_hour(3600);
    co_return reply;
  }

  Service service;
  std::map<std::string, std::int64_t> balances = {{"alice", 10}, {"bob", 3}, {"carol", 20}, {"everybody", 1}};
  std::vector<JournalReply::Entry> journal;  // newest first
  JournalRequest journal_asked;
  std::vector<SpendRequest> spent;
  TransferReply::Outcome outcome = TransferReply::OUTCOME_SENT;
  int unanswered = 0, finds = 0, journal_pages = 0;
  bool broken = false;
};

// A transfer, or another entry of this kind. Without a sender it opened the recipient's account.
inline JournalReply::Entry JournalEntry(std::string sender, std::string recipient, std::int64_t zoobars,
                                        StoredEntry::Kind kind = StoredEntry::KIND_TRANSFER, std::uint64_t number = 0) {
  JournalReply::Entry entry;
  entry.set_kind(sender.empty() ? StoredEntry::KIND_MINT : kind);
  entry.set_number(number);
  entry.set_sender(std::move(sender));
  entry.set_recipient(std::move(recipient));
  entry.set_zoobars(zoobars);
  entry.set_time_ms(kApiNow);
  return entry;
}

class ProgramApiFixture : public testing::Test {
 protected:
  void SetUp() override {
    site_.settings.mutable_profile()->set_api_calls_per_run(200);
    auto opened = Profiles::Open(site_.loop(), folder_.path(), Config::Store());
    ASSERT_TRUE(opened.ok()) << opened.error().text;
    profiles_ = std::move(*opened);
    social_ = std::make_unique<Social>(profiles_->environment());
    api_ = std::make_unique<ProgramApi>(site_, *profiles_, *social_, unstored_, [] { return kApiNow; });
    site_.Connect(ROLE_PROFILE, ROLE_BANK, bank_.service);
  }

  // A run of this owner's program at a visit of bob's. It may pay.
  static ProgramRun RunOf(std::string_view owner) {
    ProgramRun run;
    run.owner = Member(owner);
    run.owner_name = owner;
    run.visitor = Member("bob");
    run.visitor_name = "bob";
    run.spending.set_body("spend for alice");
    run.limits.set_per_hour(20);
    run.limits.set_per_recipient(10);
    return run;
  }
  Result<std::string> Answer(ProgramRun& run, std::string request) {
    return site_.Wait(api_->Answer(run, std::move(request)));
  }
  // The reply, or "!" and the error's text if the request ended the run.
  std::string Ask(ProgramRun& run, std::string request) {
    const Result<std::string> reply = Answer(run, std::move(request));
    return reply.ok() ? *reply : "!" + reply.error().text;
  }
  std::string Ask(std::string request) { return Ask(run_, std::move(request)); }
  // The same as a request of another member's program.
  std::string AskAs(std::string_view owner, std::string request) {
    ProgramRun run = RunOf(owner);
    return Ask(run, std::move(request));
  }
  void SaveText(std::string_view name, std::string text) {
    StoredProfile profile;
    profile.set_text(std::move(text));
    ASSERT_TRUE(site_.Wait(profiles_->Save(Member(name), std::move(profile))).ok());
  }
  void KeepFile(std::string_view name, std::string path, std::string content) {
    ProgramFiles files;
    ProgramFiles::File& directory = *files.add_files();
    directory.set_path("folder");
    directory.set_directory(true);
    ProgramFiles::File& file = *files.add_files();
    file.set_path(std::move(path));
    file.set_content(std::move(content));
    ASSERT_TRUE(site_.Wait(profiles_->Note(Member(name), std::move(files), nullptr)).ok());
  }

  TemporaryDirectory folder_;
  ApiBank bank_;
  FakeSite site_;
  UnstoredRuns unstored_{site_.loop()};
  std::unique_ptr<Profiles> profiles_;
  std::unique_ptr<Social> social_;
  std::unique_ptr<ProgramApi> api_;
  ProgramRun run_ = RunOf("alice");
};

inline constexpr const char* kDone = R"({"value":null})";

}  // namespace zoobar
