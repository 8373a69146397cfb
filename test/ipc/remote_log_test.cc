#include "ipc/remote_log.h"
#include "ipc/run_until.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace zoobar {
namespace {

// The side of logger. It keeps the lines that arrive.
class Received {
 public:
  Received() {
    service_.Handle(&Received::Write, this);
    service_.Handle(&Received::Access, this);
  }

  Task<Result<Outgoing<Nothing>>> Write(Incoming<WriteRequest> call) {
    lines.push_back(std::move(call.message));
    Nothing nothing;
    co_return nothing;
  }
  Task<Result<Outgoing<Nothing>>> Access(Incoming<AccessRequest> call) {
    accesses.push_back(std::move(call.message));
    Nothing nothing;
    co_return nothing;
  }
  const Service& service() const { return service_; }

  std::vector<WriteRequest> lines;
  std::vector<AccessRequest> accesses;

 private:
  Service service_;
};

class RemoteLogTest : public testing::Test {
 protected:
  ~RemoteLogTest() override {
    channel_.reset();
    logger_.reset();
    loop_.RunOnce();
  }

  void Connect() {
    int pair[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
    Channel::Events events;
    events.on_misbehaviour = [this](const std::string& how) { misbehaviour_ = how; };
    channel_ =
        std::make_shared<Channel>(loop_, Fd(pair[0]), ROLE_APP, Caller{ROLE_LOGGER, 0}, nullptr, Channel::Events());
    logger_ =
        std::make_shared<Channel>(loop_, Fd(pair[1]), ROLE_LOGGER, Caller{ROLE_APP, 0}, &received_.service(), events);
  }
  // Both ends of the socket are in this process, so everything that was sent has arrived after a few turns.
  void Turns() {
    for (int i = 0; i < 50; ++i) loop_.RunOnce();
  }

  Loop loop_;
  Received received_;
  std::shared_ptr<Channel> channel_, logger_;
  std::string misbehaviour_;
};

TEST_F(RemoteLogTest, LinesArriveInOrderAtTheEndOfTheTurn) {
  Connect();
  RemoteLog log(loop_, [this] { return channel_; }, Config::info);
  log.Info("first", {{"name", "ann"}});
  log.Security("second");
  log.Failure("third");
  EXPECT_TRUE(received_.lines.empty());
  Turns();
  ASSERT_EQ(received_.lines.size(), 3u);
  EXPECT_EQ(received_.lines[0].event(), "first");
  EXPECT_EQ(received_.lines[0].fields(0).value(), "ann");
  EXPECT_TRUE(received_.lines[1].security());
  EXPECT_EQ(received_.lines[2].level(), LEVEL_ERROR);
}

TEST_F(RemoteLogTest, LinesBelowTheLevelStayAtHomeButSecurityNever) {
  Connect();
  RemoteLog log(loop_, [this] { return channel_; }, Config::error);
  log.Debug("no");
  log.Warning("no");
  log.Security("alarm");
  log.SetLevel(Config::debug);
  log.Debug("yes");
  Turns();
  ASSERT_EQ(received_.lines.size(), 2u);
  EXPECT_EQ(received_.lines[0].event(), "alarm");
  EXPECT_EQ(received_.lines[1].event(), "yes");
}

TEST_F(RemoteLogTest, WithoutLoggerLinesWaitWithinBoundsAndTheRestIsCounted) {
  RemoteLog log(loop_, [this] { return channel_; }, Config::info);
  // The first half of the places is free for all, the other half is shared by event. So the first event gets half of
  // the places and the second one a quarter. A quarter stays free.
  constexpr std::size_t kHalfOfEvents = RemoteLog::kMaxWaiting / 2;
  for (std::size_t i = 0; i < RemoteLog::kMaxWaiting; ++i) log.Info("flood");
  for (std::size_t i = 0; i < 7; ++i) log.Info("event");
  constexpr std::size_t kHalf = RemoteLog::kMaxSecurityWaiting / 2;
  for (std::size_t i = 0; i < kHalf + 5; ++i) log.Security("flood");
  for (std::size_t i = 0; i < kHalf + 5; ++i) log.Security("alarm");
  Turns();
  Connect();
  log.Flush();
  Turns();
  const auto alarms =
      std::ranges::count(received_.lines, "alarm", [](const WriteRequest& line) { return line.event(); });
  EXPECT_EQ(alarms, static_cast<std::ptrdiff_t>(kHalf / 2));
  constexpr std::size_t kWritten = kHalfOfEvents + 7 + kHalf + kHalf / 2;
  ASSERT_EQ(received_.lines.size(), kWritten);
  const auto events =
      std::ranges::count(received_.lines, "event", [](const WriteRequest& line) { return line.event(); });
  EXPECT_EQ(events, 7);
  EXPECT_EQ(received_.lines.front().dropped(), kHalfOfEvents);
  EXPECT_EQ(received_.lines.front().security_dropped(), kHalf + 10 - kHalf / 2);
  for (std::size_t i = 1; i < received_.lines.size(); ++i) {
    EXPECT_EQ(received_.lines[i].dropped(), 0u);
    EXPECT_EQ(received_.lines[i].security_dropped(), 0u);
  }
  // Now the places are free again.
  log.Security("flood");
  Turns();
  EXPECT_EQ(received_.lines.size(), kWritten + 1);
}

TEST_F(RemoteLogTest, AKindThatFloodsLeavesRoomForTheAlarmsOfTheSameRole) {
  RemoteLog log(loop_, [this] { return channel_; }, Config::info);
  for (std::size_t i = 0; i < 2 * RemoteLog::kMaxSecurityWaiting; ++i) log.Security("flood");
  log.Security("canary-failed");
  Turns();
  Connect();
  log.Flush();
  Turns();
  ASSERT_FALSE(received_.lines.empty());
  EXPECT_EQ(received_.lines.back().event(), "canary-failed");
}

TEST_F(RemoteLogTest, AnAddressThatFloodsLeavesRoomForOtherAddresses) {
  RemoteLog log(loop_, [this] { return channel_; }, Config::info);
  const auto request = [&log](const std::string& address) {
    AccessRequest::Entry entry;
    entry.set_address(address);
    log.Access(std::move(entry));
  };
  for (std::size_t i = 0; i < 2 * RemoteLog::kMaxAccessWaiting; ++i) request(fmt::format("2001:db8::{:x}", i % 9999));
  request("192.0.2.1");
  Turns();
  Connect();
  log.Flush();
  Turns();
  ASSERT_FALSE(received_.accesses.empty());
  EXPECT_EQ(received_.accesses.back().entries().rbegin()->address(), "192.0.2.1");
}

TEST_F(RemoteLogTest, WhatWaitsIsTriedAgainUnasked) {
  RemoteLog log(loop_, [this] { return channel_; }, Config::info);
  log.Security("alarm");
  Turns();
  Connect();
  RunUntil(loop_, [&] { return !received_.lines.empty(); });
  EXPECT_EQ(received_.lines[0].event(), "alarm");
}

TEST_F(RemoteLogTest, HostileBytesAreMendedBeforeTheyAreSent) {
  Connect();
  RemoteLog log(loop_, [this] { return channel_; }, Config::info);
  log.Info("bad\xFF", {{"na\xC0me", std::string_view("a\xFF\0b", 4)}});
  AccessRequest::Entry entry;
  *entry.mutable_path() = "/\xFF";
  *entry.mutable_member() = std::string(5000, 'x');
  log.Access(std::move(entry));
  Turns();
  EXPECT_EQ(misbehaviour_, "");
  ASSERT_EQ(received_.lines.size(), 1u);
  EXPECT_EQ(received_.lines[0].event(), "bad\xEF\xBF\xBD");
  EXPECT_EQ(received_.lines[0].fields(0).value(), std::string("a\xEF\xBF\xBD\0b", 6));
  ASSERT_EQ(received_.accesses.size(), 1u);
  EXPECT_EQ(received_.accesses[0].entries(0).path(), "/\xEF\xBF\xBD");
  EXPECT_EQ(received_.accesses[0].entries(0).member().size(), RemoteLog::kMaxValue);
}

TEST_F(RemoteLogTest, ALineIsBounded) {
  Connect();
  RemoteLog log(loop_, [this] { return channel_; }, Config::info);
  const std::string lengthy(5000, 'x');
  log.Info(lengthy, {{lengthy, lengthy},
                     {"a", ""},
                     {"b", ""},
                     {"c", ""},
                     {"d", ""},
                     {"e", ""},
                     {"f", ""},
                     {"g", ""},
                     {"h", ""},
                     {"i", ""},
                     {"j", ""},
                     {"k", ""},
                     {"l", ""},
                     {"m", ""},
                     {"n", ""},
                     {"o", ""},
                     {"p", ""},
                     {"q", ""}});
  Turns();
  ASSERT_EQ(received_.lines.size(), 1u);
  EXPECT_EQ(received_.lines[0].event().size(), RemoteLog::kMaxEvent);
  EXPECT_EQ(received_.lines[0].fields(0).key().size(), RemoteLog::kMaxKey);
  EXPECT_EQ(received_.lines[0].fields(0).value().size(), RemoteLog::kMaxValue);
  EXPECT_EQ(static_cast<std::size_t>(received_.lines[0].fields_size()), RemoteLog::kMaxFields);
}

TEST_F(RemoteLogTest, AccessEntriesOfATurnShareMessages) {
  Connect();
  RemoteLog log(loop_, [this] { return channel_; }, Config::info);
  for (int i = 0; i < 300; ++i) {
    AccessRequest::Entry entry;
    entry.set_status(static_cast<std::uint32_t>(i));
    log.Access(std::move(entry));
  }
  Turns();
  ASSERT_EQ(received_.accesses.size(), 2u);
  EXPECT_EQ(received_.accesses[0].entries_size() + received_.accesses[1].entries_size(), 300);
  EXPECT_EQ(received_.accesses[1].entries(0).status(), 256u);
}

TEST_F(RemoteLogTest, AccessEntriesWithoutLoggerAreBoundedAndCounted) {
  RemoteLog log(loop_, [this] { return channel_; }, Config::info);
  for (std::size_t i = 0; i < RemoteLog::kMaxAccessWaiting + 3; ++i) {
    AccessRequest::Entry entry;
    entry.set_address(fmt::format("192.0.{}.{}", i / 256, i % 256));
    log.Access(std::move(entry));
  }
  Turns();
  Connect();
  log.Flush();
  Turns();
  std::size_t entries = 0;
  for (const AccessRequest& request : received_.accesses) entries += static_cast<std::size_t>(request.entries_size());
  EXPECT_EQ(entries, RemoteLog::kMaxAccessWaiting);
  EXPECT_EQ(received_.accesses.front().dropped(), 3u);
}

TEST_F(RemoteLogTest, MayBeGoneBeforeTheTurnEnds) {
  Connect();
  {
    RemoteLog log(loop_, [this] { return channel_; }, Config::info);
    log.Info("lost");
  }
  Turns();
  EXPECT_TRUE(received_.lines.empty());
}

}  // namespace
}  // namespace zoobar
