// Frames from a hostile peer.
#include <gmock/gmock.h>

#include "connected_channels.h"
#include "ipc/frame.h"

namespace zoobar {
namespace {

using testing::HasSubstr;

// Raw bytes from a hostile peer. Each of them closes the channel and does nothing else.
class HostileBytes : public ChannelPair, public testing::WithParamInterface<std::pair<const char*, std::string>> {};

std::string Frame(std::uint32_t body, std::uint32_t secret, std::uint32_t id, std::uint32_t method, char kind, char fds,
                  const std::string& rest = "", char cause = 0, char traced = 0,
                  const std::string& request = std::string(16, '\0')) {
  std::string frame;
  for (std::uint32_t value : {body, secret, id, method}) {
    for (int i = 0; i < 4; ++i) frame.push_back(static_cast<char>(value >> (8 * i)));
  }
  frame += {kind, fds, cause, traced};
  frame += std::string(8, '\0');  // no deadline
  return frame + request + rest;
}

constexpr std::uint32_t kSay = ROLE_ECHO << 8;
const std::string kId(16, 'i');

TEST_P(HostileBytes, CloseTheChannel) {
  Service service;
  EchoHandler echo(service);
  server_ = std::make_unique<Channel>(loop_, std::move(right_), ROLE_ECHO, Caller{ROLE_APP, 0}, &service,
                                      Note(server_saw_, server_closed_));
  const std::string& bytes = GetParam().second;
  ASSERT_EQ(write(left_.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  Turn();
  EXPECT_FALSE(server_->open());
  EXPECT_THAT(server_saw_, HasSubstr(GetParam().first));
  EXPECT_EQ(echo.calls, 0);
}

INSTANTIATE_TEST_SUITE_P(Frames, HostileBytes,
                         testing::Values(std::pair("out of bounds", Frame(0xffffffff, 0, 1, kSay, 1, 0)),
                                         std::pair("out of bounds", Frame(0, 0x7fffffff, 1, kSay, 1, 0)),
                                         std::pair("out of bounds", Frame(0, 0, 1, kSay, 1, 5)),
                                         std::pair("out of bounds", Frame(0, 0, 1, kSay, 1, 0, "", 1)),
                                         std::pair("out of bounds", Frame(0, 0, 1, kSay, 1, 0, "", 0, 1)),
                                         std::pair("out of bounds", Frame(0, 0, 1, kSay, 1, 0, "", 0, 2, kId)),
                                         std::pair("out of bounds", Frame(0, 0, 1, kSay, 2, 0, "", 0, 0, kId)),
                                         std::pair("out of bounds", Frame(0, 0, 1, kSay, 3, 0, "", 0, 1)),
                                         std::pair("out of bounds", Frame(0, 0, 1, kSay, 3, 0, "", 5)),
                                         std::pair("without the descriptors", Frame(0, 0, 1, kSay, 1, 1)),
                                         std::pair("no method", Frame(0, 0, 1, kSay + 77, 1, 0)),
                                         std::pair("not served here", Frame(0, 0, 1, ROLE_BANK << 8, 1, 0)),
                                         std::pair("kind", Frame(0, 0, 1, kSay, 9, 0)),
                                         std::pair("answer 7 to no call", Frame(0, 0, 7, kSay, 2, 0)),
                                         std::pair("malformed Echo.Say", Frame(2, 0, 1, kSay, 1, 0, "\xff\xff"))));

// A process that is killed may have answered just before. Its end must not take the answer away.
TEST_F(ChannelPair, AnAnswerThatCameBeforeThePeersEndIsTakenAlsoIfTheEndIsSeenFirst) {
  client_ = std::make_unique<Channel>(loop_, std::move(left_), ROLE_APP, Caller{ROLE_ECHO, 0}, nullptr,
                                      Note(client_saw_, client_closed_));
  int answered = 0, failed = 0;
  const auto say = [&]() -> Task<void> {
    auto call = client_->Call<SayReply>(SayRequest());
    const Result<Incoming<SayReply>> reply = co_await call;
    ++(reply.ok() ? answered : failed);
  };
  Spawn(say());
  Turn();
  char bytes[256];
  const ssize_t count = read(right_.get(), bytes, sizeof bytes);
  ASSERT_GE(count, static_cast<ssize_t>(frame::kHeader));
  const std::string answer = Frame(0, 0, frame::ReadHeader({bytes, frame::kHeader}).id, kSay, 2, 0);
  ASSERT_EQ(write(right_.get(), answer.data(), answer.size()), static_cast<ssize_t>(answer.size()));
  right_.Close();
  Spawn(say());
  client_->Flush();  // finds out that nobody reads any more
  Turn();
  EXPECT_EQ(answered, 1);
  EXPECT_EQ(failed, 1);
  EXPECT_TRUE(client_closed_);
  EXPECT_EQ(client_saw_, "");
}

}  // namespace
}  // namespace zoobar
