#include "roles/profile.h"

#include <gmock/gmock.h>

#include "roles/profile/fixture.h"
#include "site/program_text.h"

namespace zoobar {
namespace {

class ProfileTest : public ProfileFixture {
 protected:
  Result<Incoming<GetReply>> TryGet(std::string member, bool source) {
    GetRequest request;
    request.set_member(std::move(member));
    request.set_source(source);
    return site_->Wait(app_->Call<GetReply>(std::move(request)));
  }
  GetReply Get(std::string_view name, bool source = false) {
    auto reply = TryGet(Member(name), source);
    EXPECT_TRUE(reply.ok()) << reply.error().text;
    return reply.ok() ? reply->message : GetReply();
  }
};

TEST_F(ProfileTest, EveryMethodHasItsHandler) {
  EXPECT_THAT(site_->service().Missing(ROLE_PROFILE), testing::IsEmpty());
}

TEST_F(ProfileTest, WhoSavedNothingHasAnEmptyProfile) {
  const GetReply reply = Get("alice", true);
  EXPECT_EQ(reply.kind(), GetReply::KIND_EMPTY);
  EXPECT_EQ(reply.html(), "");
  EXPECT_EQ(reply.source(), "");
}

TEST_F(ProfileTest, HtmlIsCleanedOnceWhenSaved) {
  EXPECT_EQ(Save("alice", "<b>hi</b>"), SaveReply::OUTCOME_SAVED);
  for (int i = 0; i < 3; ++i) {
    const GetReply reply = Get("alice");
    EXPECT_EQ(reply.kind(), GetReply::KIND_HTML);
    EXPECT_EQ(reply.html(), "[1 <b>hi</b>]");
    EXPECT_EQ(reply.source(), "");
  }
  EXPECT_EQ(sanitizer_.calls, 1);
  EXPECT_EQ(Get("alice", true).source(), "<b>hi</b>");
  Restart();
  EXPECT_EQ(Get("alice").html(), "[1 <b>hi</b>]");
  EXPECT_EQ(sanitizer_.calls, 1);
}

TEST_F(ProfileTest, ALaterTextReplacesTheEarlierAndAnEmptyOneRemovesIt) {
  Save("alice", "one");
  Save("alice", "two");
  EXPECT_EQ(Get("alice", true).source(), "two");
  EXPECT_EQ(Save("alice", ""), SaveReply::OUTCOME_SAVED);
  EXPECT_EQ(Get("alice", true).kind(), GetReply::KIND_EMPTY);
}

TEST_F(ProfileTest, AProgramIsKeptAsItIsAndNotRunWhenItIsOnlyRead) {
  const std::string program = "#!python\nprint('<b>')\n";
  EXPECT_EQ(Save("alice", program), SaveReply::OUTCOME_SAVED);
  const GetReply reply = Get("alice", false);
  EXPECT_EQ(reply.kind(), GetReply::KIND_PROGRAM);
  EXPECT_EQ(reply.source(), program);
  EXPECT_EQ(reply.html(), "");
  EXPECT_EQ(sanitizer_.calls, 0);
}

TEST_F(ProfileTest, ATextIsKeptAsTheKindThatItsFirstLineSays) {
  EXPECT_EQ(Save("alice", "\xEF\xBB\xBF\n#!/usr/bin/env python3\nprint(1)"), SaveReply::OUTCOME_SAVED);
  EXPECT_EQ(Get("alice", false).kind(), GetReply::KIND_PROGRAM);
  EXPECT_EQ(Save("alice", "about #!python"), SaveReply::OUTCOME_SAVED);
  EXPECT_EQ(Get("alice", false).kind(), GetReply::KIND_HTML);
}

TEST_F(ProfileTest, ATextThatIsNearlyAProgramIsNotSaved) {
  EXPECT_EQ(Save("alice", "before"), SaveReply::OUTCOME_SAVED);
  for (const char* text : {"#!python2\nprint 1", "\n#python\n", "#!python -x"})
    EXPECT_EQ(Save("alice", text), SaveReply::OUTCOME_NEARLY_PROGRAM) << text;
  EXPECT_EQ(Get("alice", true).source(), "before");
}

TEST_F(ProfileTest, ATicketIsForItsTextAlone) {
  SaveRequest request = Asking("alice", "one");
  request.set_text("two");
  EXPECT_EQ(Save(request).outcome(), SaveReply::OUTCOME_TICKET_REFUSED);
  request = Asking("alice", "one");
  request.clear_ticket();
  EXPECT_EQ(Save(request).outcome(), SaveReply::OUTCOME_TICKET_REFUSED);
  EXPECT_EQ(Get("alice").kind(), GetReply::KIND_EMPTY);
  EXPECT_EQ(sanitizer_.calls, 0);
  EXPECT_EQ(site_->lines.Named("ticket-refused").size(), 2u);
}

TEST_F(ProfileTest, ABanksTicketMeansNothingHere) {
  keys_[ROLE_BANK] = Bytes(kTicketKeySize, 'b');
  TicketBody body;
  body.set_member(Member("alice"));
  body.set_name("alice");
  body.set_audience(ROLE_BANK);
  body.set_method(std::string(kSaveProfileMethod));
  body.set_digest(SaveProfileDigest(TextHash("one")));
  body.set_id(ActId("", ""));
  body.set_expires_ms(now_ + kTicketLifetimeMs);
  SaveRequest request;
  request.set_text("one");
  *request.mutable_ticket() = MakeTicket(keys_[ROLE_BANK], body);
  EXPECT_EQ(Save(request).outcome(), SaveReply::OUTCOME_TICKET_REFUSED);
  *request.mutable_ticket() = MakeTicket(keys_[ROLE_PROFILE], body);
  EXPECT_EQ(Save(request).outcome(), SaveReply::OUTCOME_TICKET_REFUSED);
}

TEST_F(ProfileTest, ATextOverTheBoundIsRefusedWithTheBound) {
  settings_.set_max_source_bytes(100);
  Restart();
  EXPECT_EQ(Save("alice", std::string(100, 'x')), SaveReply::OUTCOME_SAVED);
  const SaveReply reply = Save(Asking("alice", std::string(101, 'y')));
  EXPECT_EQ(reply.outcome(), SaveReply::OUTCOME_TOO_LARGE);
  EXPECT_EQ(reply.limit(), 100u);
  EXPECT_EQ(Get("alice", true).source(), std::string(100, 'x'));
}

TEST_F(ProfileTest, AReloadChangesTheBound) {
  Config config;
  config.mutable_profile()->set_max_source_bytes(10);
  profile_->Reload(config);
  EXPECT_EQ(Save("alice", std::string(11, 'x')), SaveReply::OUTCOME_TOO_LARGE);
}

TEST_F(ProfileTest, BytesThatAreNotUtf8AreRefused) {
  // Over a channel they do not even parse; asked directly, the answer is a refusal.
  Incoming<SaveRequest> call;
  call.message = Asking("alice", "\xff");
  auto reply = site_->Wait(profile_->Save(std::move(call)));
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(reply->message.outcome(), SaveReply::OUTCOME_NOT_UTF8);
}

TEST_F(ProfileTest, WhatTheSanitizerRefusesIsNotSavedAndSaysWhy) {
  Save("alice", "before");
  sanitizer_.outcome = CleanReply::OUTCOME_TOO_COMPLEX;
  EXPECT_EQ(Save("alice", "after"), SaveReply::OUTCOME_TOO_COMPLEX);
  sanitizer_.outcome = CleanReply::OUTCOME_NOT_UTF8;
  EXPECT_EQ(Save("alice", "after"), SaveReply::OUTCOME_NOT_UTF8);
  sanitizer_.outcome = CleanReply::OUTCOME_TOO_LARGE;
  const SaveReply reply = Save(Asking("alice", "after"));
  EXPECT_EQ(reply.outcome(), SaveReply::OUTCOME_TOO_LARGE);
  EXPECT_EQ(reply.limit(), 65536u);
  EXPECT_EQ(Get("alice", true).source(), "before");
}

TEST_F(ProfileTest, ASanitizerThatDoesNotAnswerIsBusyAndNothingIsSaved) {
  sanitizer_.broken = true;
  const SaveReply reply = Save(Asking("alice", "text"));
  EXPECT_EQ(reply.outcome(), SaveReply::OUTCOME_BUSY);
  EXPECT_GE(reply.retry_after_s(), 1u);
  EXPECT_EQ(Get("alice").kind(), GetReply::KIND_EMPTY);
}

TEST_F(ProfileTest, AnewAllowListCleansAgainFromTheSourceOnce) {
  Save("alice", "text");
  sanitizer_.version = 2;
  Restart();
  EXPECT_EQ(Get("alice").html(), "[2 text]");
  EXPECT_EQ(sanitizer_.calls, 2);
  EXPECT_EQ(Get("alice", true).html(), "[2 text]");
  EXPECT_EQ(Get("alice", true).source(), "text");
  EXPECT_EQ(sanitizer_.calls, 2);
  Restart();
  EXPECT_EQ(Get("alice").html(), "[2 text]");
  EXPECT_EQ(sanitizer_.calls, 2);
}

TEST_F(ProfileTest, ManyWhoComeAtOnceAfterANewAllowListHaveItCleanedOnce) {
  Save("alice", "text");
  sanitizer_.version = 2;
  Restart();
  const int before = sanitizer_.calls;
  std::vector<std::string> shown;
  const auto get = [&]() -> Task<void> {
    GetRequest request;
    request.set_member(Member("alice"));
    auto asking = app_->Call<GetReply>(std::move(request));
    Result<Incoming<GetReply>> reply = co_await asking;
    shown.push_back(reply.ok() ? reply->message.html() : "an error");
  };
  for (int i = 0; i < 20; ++i) Spawn(get());
  site_->RunUntil([&] { return shown.size() == 20; });
  EXPECT_THAT(shown, testing::Each("[2 text]"));
  EXPECT_EQ(sanitizer_.calls, before + 1);
}

TEST_F(ProfileTest, OneMembersSavesAreOneAfterTheOtherAndAllAreAnswered) {
  std::vector<SaveReply::Outcome> outcomes;
  const auto save = [&](std::string name) -> Task<void> {
    auto asking = app_->Call<SaveReply>(Asking(name, "#!python\nprint(1)"));
    Result<Incoming<SaveReply>> reply = co_await asking;
    outcomes.push_back(reply.ok() ? reply->message.outcome() : SaveReply::OUTCOME_UNSPECIFIED);
  };
  for (int i = 0; i < 12; ++i) Spawn(save("alice"));
  for (int i = 0; i < 3; ++i) site_->loop().RunOnce();
  EXPECT_LE(site_->counters.at("queue.saves.running")(), 1);
  Spawn(save("bob"));
  site_->RunUntil([&] { return outcomes.size() == 13; });
  EXPECT_THAT(outcomes, testing::Each(SaveReply::OUTCOME_SAVED));
}

TEST_F(ProfileTest, HtmlOfAnOldAllowListIsNeverShown) {
  Save("alice", "text");
  sanitizer_.version = 2;
  sanitizer_.broken = true;
  Restart();
  EXPECT_EQ(Get("alice").html(), "");
  EXPECT_GE(Get("alice").retry_after_s(), 1u);
  EXPECT_EQ(Get("alice", true).source(), "text") << "its owner has the source all the same";
  sanitizer_.broken = false;
  sanitizer_.outcome = CleanReply::OUTCOME_TOO_COMPLEX;
  GetReply reply = Get("alice", true);
  EXPECT_EQ(reply.html(), "");
  EXPECT_EQ(reply.source(), "text");
  const int calls = sanitizer_.calls;
  Get("alice");
  EXPECT_EQ(sanitizer_.calls, calls);
}

TEST_F(ProfileTest, AMemberIdOfTheWrongSizeIsUnavailable) {
  EXPECT_FALSE(TryGet("short", false).ok());
  EXPECT_TRUE(site_->misbehaviours.empty());
}

TEST_F(ProfileTest, DrainWaitsForASaveThatIsBeingCleaned) {
  bool drained = false, saved = false;
  auto save = [&](SaveRequest request) -> Task<void> {
    Incoming<SaveRequest> call;
    call.message = std::move(request);
    auto reply = co_await profile_->Save(std::move(call));
    saved = reply.ok() && reply->message.outcome() == SaveReply::OUTCOME_SAVED;
  };
  Spawn(save(Asking("alice", "text")));
  profile_->Drain([&] { drained = true; });
  EXPECT_FALSE(drained);
  site_->RunUntil([&] { return drained; });
  EXPECT_TRUE(saved);
}

}  // namespace
}  // namespace zoobar
