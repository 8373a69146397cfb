// What roles print on their stderr, and logger's own stderr.
#include "roles/logger/fixture.h"

namespace zoobar {
namespace {

TEST_F(LoggerTest, WhatARolePrintsIsTakenAsHostileText) {
  Make();
  Fd output = Wire(ROLE_SANITIZER, 7);
  const std::string hostile = "{\"role\":\"auth\"}\n\xFF\x1B[31m\"\n\nunfinished";
  ASSERT_EQ(write(output.get(), hostile.data(), hostile.size()), static_cast<ssize_t>(hostile.size()));
  Turns();
  ASSERT_EQ(Lines("log.events").size(), 2u);
  output.Close();
  Turns();
  ASSERT_EQ(Lines("log.events").size(), 3u);
  const std::vector<std::string> lines = Lines("log.events");
  for (const std::string& line : lines) {
    EXPECT_NE(line.find(R"("role":"sanitizer","instance":0,"pid":7,"level":"warning","event":"stderr")"),
              std::string::npos)
        << line;
  }
  EXPECT_NE(lines[0].find(R"({"text":"{\"role\":\"auth\"}"})"), std::string::npos) << lines[0];
  EXPECT_NE(lines[1].find("\xEF\xBF\xBD\\u001b[31m\\\""), std::string::npos) << lines[1];
  EXPECT_NE(lines[2].find("unfinished"), std::string::npos);
}

TEST_F(LoggerTest, PrintedTextWithoutLineFeedsIsCutIntoLines) {
  Make();
  Fd output = Wire(ROLE_APP, 7);
  const std::string text(10000, 'x');
  ASSERT_EQ(write(output.get(), text.data(), text.size()), 10000);
  output.Close();
  Turns();
  ASSERT_EQ(Lines("log.events").size(), 10u);
  for (const std::string& line : Lines("log.events")) EXPECT_LT(line.size(), 1300u);
}

TEST_F(LoggerTest, ARolesLastWordsArriveAfterItIsLost) {
  Make();
  Fd output = Wire(ROLE_APP, 7);
  ASSERT_EQ(write(output.get(), "fatal\n", 6), 6);
  logger_->PeerLost(ROLE_APP, 0);
  Fd next = Wire(ROLE_APP, 8);
  output.Close();
  Turns();
  ASSERT_EQ(Lines("log.events").size(), 1u);
  EXPECT_NE(Lines("log.events")[0].find("\"pid\":7"), std::string::npos);
}

TEST_F(LoggerTest, AStderrNobodyReadsStopsNothing) {
  Make();
  const std::shared_ptr<Channel> app = site_.CallAs(ROLE_APP, ROLE_LOGGER);
  WriteRequest line = Event("event");
  line.add_fields()->set_value(std::string(1000, 'x'));
  for (int i = 0; i < 500; ++i) app->Send(line);
  Turns();
  EXPECT_EQ(Lines("log.events").size(), 500u);
  EXPECT_GT(site_.counters.at("log.stderr_lost")(), 0);
  Stderr();
  app->Send(Event("after"));
  Turns();
  EXPECT_NE(Stderr().find("after"), std::string::npos);
  EXPECT_NE(Lines("log.events").back().find("stderr-lines-lost"), std::string::npos);
}

}  // namespace
}  // namespace zoobar
