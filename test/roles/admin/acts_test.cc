// The operator's acts are recorded before they are carried out, and refused if they cannot be.
#include <google/protobuf/descriptor.h>

#include <functional>
#include <map>
#include <set>

#include "operator.pb.h"
#include "profile.pb.h"
#include "roles/admin/acts.h"
#include "roles/admin/fixture.h"
#include "sandbox.pb.h"

namespace zoobar {
namespace {

// Plays all roles that carry out an act. Notes what it was asked, and after how many records.
class Doers {
 public:
  explicit Doers(const Recorder& recorder) : recorder_(recorder) {
    service_.Handle(&Doers::Pause, this);
    service_.Handle(&Doers::Reset, this);
    service_.Handle(&Doers::Operate, this);
    service_.Handle(&Doers::OperateBank, this);
    service_.Handle(&Doers::Install, this);
    service_.Handle(&Doers::HoldStore, this);
  }
  Task<Result<Outgoing<PauseReply>>> Pause(Incoming<PauseRequest> call) {
    Note();
    PauseReply reply;
    reply.set_found(call.message.name() == "alice");
    co_return reply;
  }
  Task<Result<Outgoing<ResetReply>>> Reset(Incoming<ResetRequest>) {
    Note();
    co_return ResetReply();
  }
  Task<Result<Outgoing<SealedAnswer>>> Operate(Incoming<OperateAuthRequest>) {
    Note();
    co_return Error{"the store is ill"};
  }
  Task<Result<Outgoing<SealedAnswer>>> OperateBank(Incoming<OperateBankRequest>) {
    Note();
    co_return SealedAnswer();
  }
  Task<Result<Outgoing<InstallReply>>> Install(Incoming<InstallRequest>) {
    Note();
    co_return InstallReply();
  }
  Task<Result<Outgoing<HoldStoreReply>>> HoldStore(Incoming<HoldStoreRequest>) {
    Note();
    co_return HoldStoreReply();
  }
  const Service& service() const { return service_; }
  std::vector<std::size_t> done;  // how many records there were at each act

 private:
  void Note() { done.push_back(recorder_.records.size()); }
  const Recorder& recorder_;
  Service service_;
};

class ActsTest : public AdminFixture {
 protected:
  ActsTest() {
    Make();
    for (Role role : {ROLE_PROFILE, ROLE_SANDBOX, ROLE_AUTH, ROLE_KEYS, ROLE_BANK})
      site_.Connect(ROLE_ADMIN, role, doers_.service());
    Roster roster;
    Roster::Entry& bank = *roster.add_entries();
    bank.set_role(ROLE_BANK);
    bank.set_has_store(true);
    admin_->RosterChanged(roster);
    site_.on_restart = [this](std::uint32_t slot) {
      RestartEnded ended;
      ended.set_slot(slot);
      site_.loop().AtEndOfTurn([this, ended] { admin_->RestartEnded(ended); });
    };
    channel_ = Connect();
    EXPECT_EQ(Authenticate(channel_), "accepted");
  }
  ~ActsTest() override { channel_.reset(); }

  template <typename Reply, typename Request>
  void Act(Request request = {}) {
    const auto reply = Call<Reply>(channel_, request);
    ok_ = reply.ok();
    cause_ = reply.ok() ? Cause::kOther : reply.error().cause;
    Turns();
  }
  // Each method of Admin that is recorded, by its name.
  std::map<std::string, std::function<void()>> Acts() {
    PauseProfileRequest pause;
    pause.mutable_pause()->set_name("alice");
    pause.mutable_pause()->set_pause(true);
    RestartRoleRequest restart;
    restart.set_role(ROLE_BANK);
    OperatorAct unlock;
    unlock.set_audience(ROLE_AUTH);
    unlock.mutable_lock_member()->set_name("bob");
    OperateRequest operate;
    unlock.SerializeToString(operate.mutable_act()->mutable_body());
    return {{"Admin.PauseProfile", [this, pause] { Act<PauseReply>(pause); }},
            {"Admin.ResetSandbox", [this] { Act<ResetReply, ResetSandboxRequest>(); }},
            {"Admin.Operate", [this, operate] { Act<SealedAnswer>(operate); }},
            {"Admin.InstallCertificate", [this] { Act<InstallCertificateReply, InstallCertificateRequest>(); }},
            {"Admin.HoldStores", [this] { Act<HoldStoresReply, HoldStoresRequest>(); }},
            {"Admin.RestartRole", [this, restart] { Act<RestartRoleReply>(restart); }},
            {"Admin.Upgrade", [this] { Act<UpgradeReply, UpgradeRequest>(); }},
            {"Admin.Drain", [this] { Act<DrainReply, DrainRequest>(); }},
            {"Admin.Reload", [this] { Act<ReloadReply, ReloadRequest>(); }},
            {"Admin.Shutdown", [this] { Act<ShutdownReply, ShutdownRequest>(); }}};
  }
  bool NothingDone() const { return doers_.done.empty() && site_.told.empty() && site_.restarts.empty(); }

  Doers doers_{recorder_};
  std::shared_ptr<Channel> channel_;
  bool ok_ = false;
  Cause cause_ = Cause::kOther;
};

TEST_F(ActsTest, TheseAreAllActsThatAreRecorded) {
  std::set<std::string> marked, known;
  for (const Method& method : AllMethods()) {
    if (method.descriptor->options().GetExtension(is_recorded)) marked.insert(method.name());
  }
  for (const auto& [name, act] : Acts()) known.insert(name);
  EXPECT_EQ(marked, known);
}

TEST_F(ActsTest, EachIsRecordedBeforeItIsDoneAndThenHowItEnded) {
  for (const auto& [name, act] : Acts()) {
    recorder_.records.clear();
    doers_.done.clear();
    site_.told.clear();
    site_.restarts.clear();
    std::size_t told_at_record = 1;
    recorder_.on_record = [&] {
      if (recorder_.records.size() == 1) told_at_record = site_.told.size();
    };
    act();
    ASSERT_EQ(recorder_.records.size(), 2u) << name;
    EXPECT_EQ(ok_, name != "Admin.Operate") << name;
    EXPECT_EQ(told_at_record, 0u) << name;
    for (const std::size_t records : doers_.done) EXPECT_EQ(records, 1u) << name;
    EXPECT_FALSE(doers_.done.empty() && site_.told.empty() && site_.restarts.empty()) << name;
    const RecordRequest &first = recorder_.records[0], &second = recorder_.records[1];
    EXPECT_FALSE(first.act().empty()) << name;
    EXPECT_EQ(first.uid(), std::to_string(getuid())) << name;
    EXPECT_EQ(first.of(), "") << name;
    EXPECT_EQ(second.act(), first.act()) << name;
    EXPECT_EQ(second.of(), "1.1.1") << name;
    EXPECT_FALSE(second.ended().empty()) << name;
  }
}

TEST_F(ActsTest, TheRecordSaysAboutWhom) {
  Acts().at("Admin.PauseProfile")();
  ASSERT_EQ(recorder_.records.size(), 2u);
  EXPECT_EQ(recorder_.records[0].act(), "profile-pause");
  EXPECT_EQ(recorder_.records[0].about(0).key(), "member");
  EXPECT_EQ(recorder_.records[0].about(0).value(), "alice");
  EXPECT_EQ(recorder_.records[1].ended(), "done");
  recorder_.records.clear();
  Acts().at("Admin.Operate")();
  ASSERT_EQ(recorder_.records.size(), 2u);
  EXPECT_EQ(recorder_.records[0].act(), "lock_member");
  EXPECT_EQ(recorder_.records[0].about(1).value(), "bob");
  EXPECT_TRUE(recorder_.records[1].ended().starts_with("failed: ")) << recorder_.records[1].ended();
}

TEST_F(ActsTest, TheRecordOfACorrectionHasTheEntryAndTheReason) {
  OperatorAct correct;
  correct.set_audience(ROLE_BANK);
  correct.mutable_correct_entry()->set_entry(12);
  correct.mutable_correct_entry()->set_reason("paid \"twice\"\n");
  OperateRequest operate;
  correct.SerializeToString(operate.mutable_act()->mutable_body());
  Act<SealedAnswer>(operate);
  EXPECT_TRUE(ok_);
  EXPECT_EQ(doers_.done, std::vector<std::size_t>{1});
  ASSERT_EQ(recorder_.records.size(), 2u);
  const RecordRequest& record = recorder_.records[0];
  EXPECT_EQ(record.act(), "correct_entry");
  ASSERT_EQ(record.about_size(), 3);
  EXPECT_EQ(record.about(0).value(), "bank");
  EXPECT_EQ(record.about(1).value(), "entry 12");
  EXPECT_EQ(record.about(2).key(), "reason");
  EXPECT_EQ(record.about(2).value(), "paid \"twice\"\n");
  EXPECT_EQ(recorder_.records[1].ended(), "answered");
}

TEST_F(ActsTest, AnActHasANameAndSaysWhomItIsAbout) {
  OperatorAct act;
  EXPECT_EQ(ActName(act), "unknown");
  EXPECT_EQ(AboutWhom(act), "");
  EXPECT_EQ(ReasonOf(act), "");
  act.mutable_close_account()->set_member("\x01\xff");
  EXPECT_EQ(ActName(act), "close_account");
  EXPECT_EQ(AboutWhom(act), "01ff");
  EXPECT_EQ(ReasonOf(act), "");
}

TEST_F(ActsTest, NoneIsDoneIfLoggerRefusesToRecordIt) {
  recorder_.why_not = "the disk is full";
  for (const auto& [name, act] : Acts()) {
    act();
    EXPECT_FALSE(ok_) << name;
    EXPECT_EQ(cause_, Cause::kNotRecorded) << name;
    EXPECT_TRUE(NothingDone()) << name;
  }
  EXPECT_EQ(site_.lines.Named("act-not-recorded").size(), Acts().size());
  EXPECT_EQ(site_.lines.Named("act-not-recorded")[0].fields.at("why"), "the disk is full");
}

TEST_F(ActsTest, NoneIsDoneIfLoggerFailsOrIsGone) {
  recorder_.fails = true;
  for (const auto& [name, act] : Acts()) {
    act();
    EXPECT_EQ(cause_, Cause::kNotRecorded) << name;
  }
  site_.peer(ROLE_LOGGER).Detach(0);
  Acts().at("Admin.Shutdown")();  // waits for a logger for a second
  EXPECT_EQ(cause_, Cause::kNotRecorded);
  EXPECT_TRUE(NothingDone());
}

TEST_F(ActsTest, ReadingIsNotRecorded) {
  Act<StatusReply, StatusRequest>();
  EXPECT_TRUE(ok_);
  EXPECT_TRUE(recorder_.records.empty());
}

}  // namespace
}  // namespace zoobar
