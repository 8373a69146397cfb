// Which document the sanitizer cleans next. Its instances here answer when the test says so.
#include "roles/profile/cleaning.h"

#include <gmock/gmock.h>

#include <deque>

#include "site/fake_site.h"

namespace zoobar {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

// Holds each document until the test lets it go.
class HeldSanitizer {
 public:
  HeldSanitizer() { service.Handle(&HeldSanitizer::Clean, this); }

  Task<Result<Outgoing<CleanReply>>> Clean(Incoming<CleanRequest> call) {
    came.push_back(call.message.html());
    const auto over = std::make_shared<Promised<bool>>();
    held.push_back(over);
    Promised<bool>& answered = *over;
    if (!co_await answered) co_return Error{"broken"};
    CleanReply reply;
    reply.set_outcome(CleanReply::OUTCOME_CLEAN);
    reply.set_html("clean " + call.message.html());
    co_return reply;
  }
  void LetGo(bool well = true) {
    const auto first = held.front();
    held.pop_front();
    first->Set(well);
  }

  Service service;
  std::vector<std::string> came;
  std::deque<std::shared_ptr<Promised<bool>>> held;
};

class CleaningTest : public testing::Test {
 protected:
  void Instances(std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) {
      site_.Connect(ROLE_PROFILE, ROLE_SANITIZER, sanitizers_[i].service, i);
    }
  }
  void Clean(const std::string& member, const std::string& html, std::string maker = {}, Milliseconds patience = {}) {
    Cleaning::Document document{html, member, maker.empty() ? member : maker, 0};
    if (patience.count() > 0) document.deadline = MonotonicMicros() + std::chrono::microseconds(patience).count();
    Spawn(Wait(std::move(document)));
  }
  Task<void> Wait(Cleaning::Document document) {
    const std::string html = document.html;
    auto cleaning = cleaning_.Clean(std::move(document));
    const Cleaning::Answer answer = co_await cleaning;
    ++answers_;
    if (answer.answered) {
      cleaned_.push_back(html);
    } else {
      busy_.push_back(html);
      EXPECT_GE(answer.retry_after_s, 1u);
    }
  }
  void UntilHeld(std::size_t instance) {
    site_.RunUntil([&] { return !sanitizers_[instance].held.empty(); });
  }
  void LetGo(std::size_t instance, bool well = true) {
    UntilHeld(instance);
    const int before = answers_;
    sanitizers_[instance].LetGo(well);
    site_.RunUntil([&] { return answers_ > before; });
  }

  FakeSite site_;
  HeldSanitizer sanitizers_[2];
  Cleaning cleaning_{site_};
  std::vector<std::string> cleaned_, busy_;
  int answers_ = 0;
};

TEST_F(CleaningTest, WhoAsksMuchWaitsBehindWhoAsksLittle) {
  Instances(1);
  for (int i = 0; i < 8; ++i) Clean("tangler", "tangle " + std::to_string(i));
  UntilHeld(0);
  Clean("honest", "plain");
  LetGo(0);
  UntilHeld(0);
  EXPECT_THAT(sanitizers_[0].came, ElementsAre("tangle 0", "plain"));
  for (int i = 0; i < 8; ++i) LetGo(0);
  EXPECT_THAT(busy_, IsEmpty());
}

TEST_F(CleaningTest, OneMemberHoldsOneInstanceAtATime) {
  Instances(2);
  for (int i = 0; i < 4; ++i) Clean("tangler", "tangle " + std::to_string(i));
  UntilHeld(0);
  Clean("honest", "plain");
  UntilHeld(1);
  EXPECT_THAT(sanitizers_[1].came, ElementsAre("plain")) << "on the instance that was free";
  LetGo(1);
  EXPECT_THAT(cleaned_, ElementsAre("plain"));
  for (int i = 0; i < 4; ++i) LetGo(0);
}

TEST_F(CleaningTest, MembersWhoseDocumentsAreDearNeverHoldEveryInstance) {
  Instances(2);
  for (const char* member : {"one", "other"}) {
    Clean(member, std::string("tangle of ") + member);
    UntilHeld(0);
    // The turn takes longer than a light member's may.
    const std::int64_t until = MonotonicMicros() + 120'000;
    while (MonotonicMicros() < until) site_.loop().RunOnce();
    LetGo(0);
  }
  for (const char* member : {"one", "other"}) Clean(member, std::string("more of ") + member);
  UntilHeld(0);
  for (int i = 0; i < 20; ++i) site_.loop().RunOnce();
  EXPECT_THAT(sanitizers_[1].came, IsEmpty());
  Clean("honest", "plain");
  LetGo(1);
  EXPECT_THAT(cleaned_, Contains("plain"));
  LetGo(0);
  LetGo(0);
}

TEST_F(CleaningTest, DocumentsOfOneMakerAreOneAtATimeWhoeverLooks) {
  Instances(2);
  for (int i = 0; i < 4; ++i) Clean("visitor" + std::to_string(i), "output " + std::to_string(i), "maker");
  UntilHeld(0);
  for (int i = 0; i < 20; ++i) site_.loop().RunOnce();
  EXPECT_THAT(sanitizers_[1].came, IsEmpty());
  for (int i = 0; i < 4; ++i) LetGo(0);
}

TEST_F(CleaningTest, OneMemberHasAFewPlacesAndIsRefusedAtOnceBeyond) {
  Instances(1);
  for (int i = 0; i < 20; ++i) Clean("tangler", "tangle " + std::to_string(i));
  EXPECT_THAT(busy_, SizeIs(11)) << "one is cleaned, eight wait";
  Clean("honest", "plain");
  EXPECT_THAT(busy_, SizeIs(11));
  while (cleaned_.size() < 10) LetGo(0);
}

TEST_F(CleaningTest, WhatHasMissedItsDeadlineIsNotBegun) {
  Instances(1);
  Clean("one", "first");
  UntilHeld(0);
  Clean("other", "late", {}, Milliseconds(50));
  site_.RunUntil([&] { return !busy_.empty(); });
  EXPECT_THAT(busy_, ElementsAre("late"));
  LetGo(0);
  for (int i = 0; i < 20; ++i) site_.loop().RunOnce();
  EXPECT_THAT(sanitizers_[0].came, ElementsAre("first"));
}

TEST_F(CleaningTest, TheSameTextIsCleanedOnceForAllWhoAskMeanwhile) {
  Instances(2);
  Clean("a", "same");
  UntilHeld(0);
  for (const char* member : {"b", "c", "d"}) Clean(member, "same");
  LetGo(0);
  site_.RunUntil([&] { return answers_ == 4; });
  EXPECT_THAT(cleaned_, SizeIs(4));
  EXPECT_EQ(sanitizers_[0].came.size() + sanitizers_[1].came.size(), 1u);
  EXPECT_EQ(cleaning_.joined(), 3);
}

TEST_F(CleaningTest, ASanitizerThatFailsSaysNothingAboutTheDocument) {
  Instances(1);
  Clean("a", "text");
  LetGo(0, false);
  EXPECT_THAT(busy_, ElementsAre("text"));
  EXPECT_THAT(site_.lines.Named("not-cleaned"), SizeIs(1));
}

}  // namespace
}  // namespace zoobar
