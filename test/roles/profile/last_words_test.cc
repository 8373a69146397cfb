// What the owner and visitors see of what a program wrote, whatever ends the run.
#include <gmock/gmock.h>

#include "roles/profile/programs_fixture.h"

namespace zoobar {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

using LastWordsTest = ProgramsFixture;

TEST_F(LastWordsTest, AByteOrderMarkIsNotPartOfWhatRuns) {
  const std::string text = "\xEF\xBB\xBF#!python\nprint(1)\n";
  ASSERT_EQ(Save("alice", text), SaveReply::OUTCOME_SAVED);
  Show();
  EXPECT_EQ(sandbox_.programs.back().source(), "#!python\nprint(1)\n");
  EXPECT_EQ(Ask<GetReply>(app_,
                          [] {
                            GetRequest get;
                            get.set_member(Member("alice"));
                            return get;
                          }())
                .source(),
            text)
      << "the saved text stays as it was typed";
}

TEST_F(LastWordsTest, WhateverEndsARunWhatItPrintedIsShown) {
  PlayedRun late{"words", ""};
  late.Ends(WaitReply::END_TIME).end.set_given_us(5'000'000);
  for (PlayedRun run : {late, PlayedRun{"words", ""}.Ends(WaitReply::END_SIGNAL, 11),
                        PlayedRun{"words", ""}.Denied("fork", 16).Ends(WaitReply::END_DENIALS),
                        PlayedRun{"words", ""}.Ends(WaitReply::END_EXIT, 1)}) {
    Plays(run);
    EXPECT_EQ(Show("bob").html(), "[1 words]") << WaitReply::End_Name(run.end.end());
  }
}

TEST_F(LastWordsTest, BytesThatAreNoTextAreShownAsFarAsTheLimitGoes) {
  settings_.set_output_bytes(1024);
  Restart();
  WireSandbox();
  Plays(PlayedRun{std::string(1024, '\xff'), ""});
  const std::string shown = Show().html();
  EXPECT_GT(shown.size(), 1000u);
  EXPECT_LE(shown.size(), 1024 + std::string("[1 ]").size());
}

TEST_F(LastWordsTest, TheOwnerSeesBothOutputsInTheOrderInWhichTheyWereWritten) {
  Plays(PlayedRun{"one\ntwo\n",
                  "\x1e"
                  "4\x1f"
                  "first error\n\x1e"
                  "8\x1fsecond error\n"});
  const ShowReply own = Show("alice");
  ASSERT_EQ(own.transcript_size(), 4);
  const std::pair<const char*, bool> expected[] = {
      {"one\n", false}, {"first error\n", true}, {"two\n", false}, {"second error\n", true}};
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(own.transcript(i).text(), expected[i].first);
    EXPECT_EQ(own.transcript(i).error(), expected[i].second);
  }
  EXPECT_EQ(own.errors(), "first error\nsecond error\n");
  EXPECT_EQ(Show("bob").transcript_size(), 0);
  EXPECT_EQ(Show("bob").errors(), "");
}

TEST_F(LastWordsTest, AnErrorWithoutOutputNeedsNoTranscript) {
  Plays(PlayedRun{"",
                  "\x1e"
                  "0\x1f"
                  "NameError\n"}
            .Ends(WaitReply::END_EXIT, 1));
  const ShowReply own = Show("alice");
  EXPECT_EQ(own.errors(), "NameError\n");
  EXPECT_EQ(own.transcript_size(), 0);
}

TEST_F(LastWordsTest, WhoIsStoppedAtTheTimeLimitSeesTheLineThatWasRunning) {
  ASSERT_EQ(Save("alice", "#!python\ndef f():\n    while True: pass\nf()\n"), SaveReply::OUTCOME_SAVED);
  PlayedRun late{"",
                 "note\nCurrent thread 0x00007f01 (most recent call first):\n  File \"profile\", line 3 in f\n"
                 "  File \"profile\", line 4 in <module>\n  File \"zoobar\", line 160 in run\n"};
  late.Ends(WaitReply::END_TIME).end.set_given_us(5'000'000);
  Plays(late);
  const ShowReply own = Show("alice");
  EXPECT_THAT(own.why(), HasSubstr("It was running line 3:\n    while True: pass\ncalled from line 4:\n    f()"));
  EXPECT_EQ(own.errors(), "note\n") << "the dump itself is not shown";
  Show("bob");
  EXPECT_THAT(Own().failure(), HasSubstr("It was running line 3:\n    while True: pass"));
}

TEST_F(LastWordsTest, AProgramThatEndsJustBeforeItsLimitIsNotToldAboutTheDump) {
  const std::string dump = "Current thread 0x1 (most recent call first):\n  File \"profile\", line 2 in <module>\n";
  PlayedRun run{"", "note\n" + dump};
  run.end.set_given_us(4'950'000);
  Plays(run);
  EXPECT_EQ(Show("alice").errors(), "note\n");
  run.end.set_given_us(100'000);
  Plays(run);
  EXPECT_EQ(Show("alice").errors(), "note\n" + dump) << "the program wrote it itself";
}

TEST_F(LastWordsTest, WhatWasRemovedFromTheOutputIsNamedToTheOwnerAlone) {
  sanitizer_.removed = {"<svg>", "onclick"};
  EXPECT_THAT(Show("alice").removed(), testing::ElementsAre("<svg>", "onclick"));
  EXPECT_THAT(Show("bob").removed(), IsEmpty());
  EXPECT_TRUE(sanitizer_.last_was_output);
  const SaveReply saved = ProfileFixture::Save(Asking("bob", "<svg>"));
  EXPECT_THAT(saved.removed(), testing::ElementsAre("<svg>", "onclick"));
  EXPECT_FALSE(sanitizer_.last_was_output) << "a profile that is text is HTML, as always";
}

}  // namespace
}  // namespace zoobar
