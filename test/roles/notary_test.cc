// notary beside a bank that may lie.
#include "roles/notary.h"

#include <gmock/gmock.h>

#include "site/fake_site.h"
#include "store/scratch.h"

namespace zoobar {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

// A bank whose journal is a list of texts.
class LyingBank {
 public:
  LyingBank() { service.Handle(&LyingBank::TreeHead, this); }

  Service service;
  std::vector<std::string> journal;
  std::function<void(TreeHeadReply&)> change;  // called with each reply
  int calls = 0;
  bool silent = false;

 private:
  Task<Result<Outgoing<TreeHeadReply>>> TreeHead(Incoming<TreeHeadRequest> call) {
    ++calls;
    if (silent) co_return Error{"down"};
    const journal::Subtrees subtrees = [this](unsigned level, std::uint64_t index) {
      journal::RunningTree tree;
      for (std::uint64_t i = index << level; i < (index + 1) << level; ++i) {
        tree.Add(journal::LeafHash(journal[i]));
      }
      return tree.Root();
    };
    TreeHeadReply reply;
    reply.set_size(journal.size());
    reply.set_root(journal::RootOf(journal.size(), subtrees).text());
    const std::uint64_t old_size = call.message.old_size();
    if (old_size <= journal.size()) {
      reply.set_old_root(journal::RootOf(old_size, subtrees).text());
      for (const auto& hash : journal::ProveConsistency(old_size, journal.size(), subtrees)) {
        reply.add_proof(hash.text());
      }
    }
    if (change) change(reply);
    co_return reply;
  }
};

class NotaryTest : public testing::Test {
 protected:
  NotaryTest() {
    Grow(10);
    Start();
  }
  ~NotaryTest() override { Stop(); }

  void Stop() {
    app_.reset();
    notary_.reset();
    site_.reset();
  }
  void Start() {
    Stop();
    site_ = std::make_unique<FakeSite>();
    site_->settings.mutable_notary()->set_sign_seconds(1000);
    notary_ = std::make_unique<Notary>(*site_, folder_.path(), [] { return std::int64_t{1'764'472'514'000}; });
    site_->Connect(ROLE_NOTARY, ROLE_BANK, bank_.service);
    app_ = site_->CallAs(ROLE_APP, ROLE_NOTARY);
  }
  void Grow(std::size_t size) {
    while (bank_.journal.size() < size) bank_.journal.push_back("entry " + std::to_string(bank_.journal.size()));
  }
  CheckpointReply Ask(std::uint64_t at_least) {
    CheckpointRequest request;
    request.set_at_least(at_least);
    auto reply = site_->Wait(app_->Call<CheckpointReply>(request));
    EXPECT_TRUE(reply.ok()) << reply.error().text;
    return reply.ok() ? reply->message : CheckpointReply();
  }
  // Opens the checkpoint with the key beside it. Size 0: it cannot be opened.
  static journal::Checkpoint Opened(const CheckpointReply& reply) {
    const auto key = journal::PublicKey::Parse(reply.key());
    EXPECT_TRUE(key.ok());
    const auto opened = journal::OpenCheckpoint(reply.checkpoint(), *key);
    EXPECT_TRUE(opened.ok()) << opened.error().text;
    return opened.ok() ? *opened : journal::Checkpoint();
  }
  // bank lies; notary raises an alarm and signs nothing.
  void ExpectRefused(std::size_t alarms = 1) {
    const CheckpointReply before = Ask(0), after = Ask(1'000'000);
    EXPECT_EQ(before.checkpoint(), after.checkpoint());
    const auto rung = site_->lines.Named("journal-fork");
    EXPECT_GE(rung.size(), alarms);
    for (const auto& line : rung) EXPECT_TRUE(line.security);
  }

  TemporaryDirectory folder_;
  LyingBank bank_;
  std::unique_ptr<FakeSite> site_;
  std::unique_ptr<Notary> notary_;
  std::shared_ptr<Channel> app_;
};

TEST_F(NotaryTest, ItAnswersEveryMethodOfItsService) { EXPECT_THAT(site_->service().Missing(ROLE_NOTARY), IsEmpty()); }

TEST_F(NotaryTest, ItSignsWhatContinuesTheLastHeadAndSaysSoInTheLog) {
  const CheckpointReply first = Ask(10);
  EXPECT_EQ(Opened(first).size, 10u);
  EXPECT_EQ(first.size(), 10u);
  Grow(25);
  const CheckpointReply second = Ask(25);
  EXPECT_EQ(Opened(second).size, 25u);
  EXPECT_EQ(second.key(), first.key());
  EXPECT_EQ(Opened(second).time_s, 1'764'472'514);
  const auto heads = site_->lines.Named("journal-head");
  ASSERT_THAT(heads, SizeIs(2));
  EXPECT_EQ(heads[1].fields.at("size"), "25");
  EXPECT_EQ(heads[1].fields.at("root"), ToHex(Opened(second).root.view()));
  EXPECT_NE(second.checkpoint().find(heads[1].fields.at("signature")), std::string::npos);
  EXPECT_THAT(site_->lines.Named("journal-fork"), IsEmpty());
}

TEST_F(NotaryTest, WhatIsSignedAlreadyIsNotSignedAgain) {
  Ask(10);
  const int calls = bank_.calls;
  Grow(20);
  EXPECT_EQ(Ask(10).size(), 10u) << "the last head has what is asked for";
  EXPECT_EQ(bank_.calls, calls);
  EXPECT_EQ(Ask(11).size(), 20u);
}

TEST_F(NotaryTest, TheKeyAndTheLastHeadSurviveARestart) {
  const CheckpointReply before = Ask(10);
  Start();
  const CheckpointReply after = Ask(0);
  EXPECT_EQ(after.checkpoint(), before.checkpoint());
  EXPECT_EQ(after.key(), before.key());
  // So a bank that has forgotten something meanwhile is found out.
  bank_.journal[3] = "another";
  Grow(12);
  ExpectRefused();
}

TEST_F(NotaryTest, AnotherHistoryIsNotSigned) {
  Ask(10);
  const std::vector<std::string> honest = bank_.journal;
  bank_.journal[0] = "another";
  ExpectRefused(1);  // the same size
  Grow(20);
  ExpectRefused(2);  // and a larger one
  bank_.journal = honest;
  std::swap(bank_.journal[2], bank_.journal[3]);
  Grow(30);
  ExpectRefused(3);
  bank_.journal = honest;
  bank_.journal.pop_back();
  ExpectRefused(4);  // a shorter one
  bank_.journal.clear();
  ExpectRefused(5);
  bank_.journal = honest;
  Grow(30);
  EXPECT_EQ(Ask(30).size(), 30u) << "the honest one is signed again";
}

TEST_F(NotaryTest, AProofThatIsNoneIsNotTaken) {
  Ask(10);
  Grow(23);
  const std::function<void(TreeHeadReply&)> lies[] = {
      [](TreeHeadReply& reply) { reply.mutable_proof()->RemoveLast(); },
      [](TreeHeadReply& reply) { reply.add_proof(std::string(32, 'x')); },
      [](TreeHeadReply& reply) { reply.set_proof(0, "short"); },
      [](TreeHeadReply& reply) { reply.set_root(std::string(32, 'x')); },
      [](TreeHeadReply& reply) { reply.set_root(""); },
      [](TreeHeadReply& reply) { reply.set_size(200); },
      [](TreeHeadReply& reply) { reply.clear_proof(); },
      [](TreeHeadReply& reply) {
        for (int i = 0; i < 1000; ++i) reply.add_proof(std::string(32, 'x'));
      },
      [](TreeHeadReply& reply) {
        reply.set_size(UINT64_MAX);
        reply.set_root(std::string(1000, 'r'));
      },
  };
  std::size_t alarms = 0;
  for (const auto& lie : lies) {
    bank_.change = lie;
    ExpectRefused(++alarms);
  }
  EXPECT_EQ(site_->counters["heads.refused"](), static_cast<std::int64_t>(site_->lines.Named("journal-fork").size()));
  bank_.change = nullptr;
  EXPECT_EQ(Ask(23).size(), 23u);
}

TEST_F(NotaryTest, OneSigningServesAllWhoWaitForIt) {
  Ask(10);
  Grow(40);
  int answered = 0;
  const auto ask = [](Channel& app, int* count) -> Task<void> {
    CheckpointRequest request;
    request.set_at_least(40);
    auto call = app.Call<CheckpointReply>(request);
    const auto reply = co_await call;
    EXPECT_TRUE(reply.ok() && reply->message.size() == 40);
    ++*count;
  };
  const int calls = bank_.calls;
  for (int i = 0; i < 50; ++i) Spawn(ask(*app_, &answered));
  site_->RunUntil([&] { return answered == 50; });
  EXPECT_LE(bank_.calls, calls + 2);
  EXPECT_THAT(site_->lines.Named("journal-head"), SizeIs(2));
}

TEST_F(NotaryTest, WithoutBankItGivesTheLastHead) {
  bank_.silent = true;
  const CheckpointReply none = Ask(10);
  EXPECT_EQ(none.checkpoint(), "");
  EXPECT_NE(none.key(), "");
  bank_.silent = false;
  Ask(10);
  bank_.silent = true;
  EXPECT_EQ(Ask(11).size(), 10u);
  EXPECT_THAT(site_->lines.Named("journal-fork"), IsEmpty());
}

TEST_F(NotaryTest, TheSeedOfTheKeyIsInNoLogLineAndNoReply) {
  Ask(10);
  Stop();
  Loop loop;
  auto store = MustHave(HeadStore::Open(loop, folder_.path(), Config::Store()));
  const HeadStore::Key key = MustHave(store->TakeKey());
  ASSERT_EQ(key.seed.size(), HeadStore::kSeedBytes);
  store.reset();
  Start();
  const std::string reply = Ask(10).SerializeAsString();
  EXPECT_EQ(reply.find(View(key.seed)), std::string::npos);
  for (const auto& line : site_->lines.lines) EXPECT_EQ(line.Text().find(ToHex(View(key.seed))), std::string::npos);
}

}  // namespace
}  // namespace zoobar
