#include <gtest/gtest.h>

#include "echo.pb.h"
#include "health.pb.h"
#include "ipc/channel.h"

namespace zoobar {
namespace {

class ServiceTest : public testing::Test {
 protected:
  ServiceTest() {
    service_.Handle(&ServiceTest::Say, this);
    service_.Handle(&ServiceTest::Report, this);
  }

  Task<Result<Outgoing<SayReply>>> Say(Incoming<SayRequest>) {
    ++started_;
    co_await released_;
    co_return SayReply();
  }
  Task<Result<Outgoing<ReportReply>>> Report(Incoming<ReportRequest>) { co_return ReportReply(); }

  // Starts a call with an empty request. The place is empty until the call is answered.
  template <typename Request>
  std::shared_ptr<std::optional<Result<RawMessage>>> Call() {
    auto answer = std::make_shared<std::optional<Result<RawMessage>>>();
    const Service::Raw* handler = service_.Find(MethodForRequest<Request>().number);
    std::optional<Task<Result<RawMessage>>> handling = (*handler)(Caller{ROLE_APP, 0}, RawMessage());
    EXPECT_TRUE(handling.has_value());
    Spawn(Store(std::move(*handling), answer));
    return answer;
  }
  static Task<void> Store(Task<Result<RawMessage>> handling, std::shared_ptr<std::optional<Result<RawMessage>>> place) {
    Result<RawMessage> answer = co_await handling;
    place->emplace(std::move(answer));
  }

  Service service_;
  Promised<bool> released_;
  int started_ = 0;
};

TEST_F(ServiceTest, OnceAllIsRefusedNoHandlerStarts) {
  service_.RefuseAll(Error{"draining"}.As(Cause::kGone));
  const auto answer = Call<SayRequest>();
  ASSERT_TRUE(answer->has_value());
  ASSERT_FALSE((*answer)->ok());
  EXPECT_EQ((*answer)->error().text, "draining");
  EXPECT_EQ((*answer)->error().cause, Cause::kGone);
  EXPECT_EQ(started_, 0);
}

TEST_F(ServiceTest, ACallThatHasStartedIsAnswered) {
  const auto answer = Call<SayRequest>();
  service_.RefuseAll(Error{"draining"});
  EXPECT_FALSE(answer->has_value());
  released_.Set(true);
  ASSERT_TRUE(answer->has_value());
  EXPECT_TRUE((*answer)->ok());
}

TEST_F(ServiceTest, TheReportOfARoleIsNeverRefused) {
  service_.RefuseAll(Error{"draining"});
  const auto answer = Call<ReportRequest>();
  ASSERT_TRUE(answer->has_value());
  EXPECT_TRUE((*answer)->ok());
}

}  // namespace
}  // namespace zoobar
