// The current request follows a coroutine through every wait, and never strays into the work for another one.
#include <gmock/gmock.h>

#include <map>
#include <random>

#include "connected_channels.h"
#include "ipc/fair_queue.h"
#include "ipc/remote_log.h"

namespace zoobar {
namespace {

using testing::ElementsAre;

RequestId Numbered(char number) {
  RequestId id;
  id.bytes.fill(number);
  return id;
}

class CurrentRequestTest : public ChannelTest {
 protected:
  ~CurrentRequestTest() override { EXPECT_TRUE(CurrentRequest().none()) << "a request was left behind"; }

  // Starts the task for a request, as the owner of a connection does.
  static void StartFor(const RequestId& id, Task<void> task) {
    const RequestScope scope(id);
    Spawn(std::move(task));
    EXPECT_EQ(CurrentRequest(), id) << "the task has changed the request of whoever started it";
  }
  void Note() { seen_.push_back(CurrentRequest().none() ? '-' : CurrentRequest().bytes[0]); }

  Task<void> WaitFor(Promised<bool>& promised) {
    Note();
    co_await promised;
    Note();
  }
  Task<void> SleepAndNote(Milliseconds time) {
    auto sleep = Sleep(loop_, time);
    co_await sleep;
    Note();
  }
  Task<int> SleepAndReturn(Milliseconds time) {
    auto sleep = Sleep(loop_, time);
    co_await sleep;
    Note();
    co_return 1;
  }
  Task<void> InPool() {
    char in_thread = 'x';
    PoolWork work(loop_, [&in_thread] { in_thread = CurrentRequest().none() ? '-' : CurrentRequest().bytes[0]; });
    co_await work;
    seen_.push_back(in_thread);
    Note();
  }
  Task<void> TwoAtOnce() {
    Both<int, int> both(SleepAndReturn(Milliseconds(4)), SleepAndReturn(Milliseconds(2)));
    co_await both;
    Note();
  }

  std::string seen_;
};

TEST_F(CurrentRequestTest, TwoRequestsThatAlternateKeepTheirOwn) {
  Promised<bool> first, second;
  StartFor(Numbered('1'), WaitFor(first));
  StartFor(Numbered('2'), WaitFor(second));
  {
    const RequestScope of_another(Numbered('3'));  // whoever sets the value may work for a request of his own
    second.Set(true);
    first.Set(true);
    EXPECT_EQ(CurrentRequest(), Numbered('3'));
  }
  EXPECT_EQ(seen_, "1221");
}

TEST_F(CurrentRequestTest, OneResultWakesTwoRequestsEachAsItself) {
  Promised<bool> for_first, for_second;
  StartFor(Numbered('1'), WaitFor(for_first));
  StartFor(Numbered('2'), WaitFor(for_second));
  seen_.clear();
  for (Promised<bool>* waiter : {&for_first, &for_second}) waiter->Set(true);
  Note();
  EXPECT_EQ(seen_, "12-");
}

TEST_F(CurrentRequestTest, TimersAndThreadsComeBackToTheirRequest) {
  StartFor(Numbered('1'), SleepAndNote(Milliseconds(3)));
  StartFor(Numbered('2'), SleepAndNote(Milliseconds(1)));
  RunUntil([&] { return seen_.size() == 2; });
  EXPECT_EQ(seen_, "21");
  StartFor(Numbered('4'), InPool());
  RunUntil([&] { return seen_.size() == 4; });
  EXPECT_EQ(seen_, "21-4") << "a thread of the pool works for no request";
}

TEST_F(CurrentRequestTest, WorkThatFansOutIsOfOneRequest) {
  StartFor(Numbered('5'), TwoAtOnce());
  StartFor(Numbered('6'), SleepAndNote(Milliseconds(3)));
  RunUntil([&] { return seen_.size() == 4; });
  EXPECT_THAT(std::vector<char>(seen_.begin(), seen_.end()), testing::UnorderedElementsAre('5', '5', '5', '6'));
}

// Notes for which request each call was handled.
class NotingEcho {
 public:
  NotingEcho(Service& service, Loop& loop) : loop_(loop) { service.Handle(&NotingEcho::Say, this); }
  Task<Result<Outgoing<SayReply>>> Say(Incoming<SayRequest>) {
    const RequestId at_first = CurrentRequest();
    const std::int64_t began = MonotonicMicros();
    auto sleep = Sleep(loop_, Milliseconds(1));
    co_await sleep;
    if (CurrentRequest() == at_first) handled.push_back(at_first);
    took[at_first.bytes[0]] = MonotonicMicros() - began;
    co_return SayReply();
  }
  std::vector<RequestId> handled;
  std::map<char, std::int64_t> took;  // microseconds, by the request

 private:
  Loop& loop_;
};

class RequestCallTest : public ChannelPair {
 protected:
  RequestCallTest() {
    client_ = std::make_unique<Channel>(loop_, std::move(left_), ROLE_APP, Caller{ROLE_ECHO, 0}, nullptr,
                                        Note(client_saw_, client_closed_));
    Channel::Events events = Note(server_saw_, server_closed_);
    events.on_traced = [this](const Method& method, std::int64_t micros, bool ok) {
      EXPECT_EQ(CurrentRequest(), traced_);
      EXPECT_GE(micros, echo_.took.at(traced_.bytes[0]));
      steps_.push_back(method.name() + (ok ? "" : " failed"));
    };
    server_ = std::make_unique<Channel>(loop_, std::move(right_), ROLE_ECHO, Caller{ROLE_APP, 0}, &service_,
                                        std::move(events));
  }
  Task<void> SayAndCheck() {
    const RequestId before = CurrentRequest();
    SayRequest request;
    auto call = client_->Call<SayReply>(request);
    const Result<Incoming<SayReply>> reply = co_await call;
    EXPECT_TRUE(reply.ok());
    EXPECT_EQ(CurrentRequest(), before);
    ++ended_;
  }

  Service service_;
  NotingEcho echo_{service_, loop_};
  RequestId traced_ = Numbered('t');
  std::vector<std::string> steps_;
  std::size_t ended_ = 0;
};

TEST_F(RequestCallTest, ACallCarriesTheRequestAndAHandlerRunsForIt) {
  traced_.traced = true;
  for (const RequestId& id : {Numbered('1'), traced_, RequestId(), Numbered('2')}) {
    const RequestScope scope(id);
    Spawn(SayAndCheck());
  }
  RunUntil([&] { return ended_ == 4; });
  EXPECT_THAT(echo_.handled, ElementsAre(Numbered('1'), traced_, RequestId(), Numbered('2')));
  EXPECT_THAT(steps_, ElementsAre("Echo.Say")) << "only the call of the traced request is told";
  EXPECT_EQ(server_saw_, "");
}

TEST_F(RequestCallTest, ACallThatWaitedForRoomInTheWindowIsStillOfItsRequest) {
  constexpr std::size_t kCalls = Channel::kMaxInFlight + 200;
  for (std::size_t i = 0; i < kCalls; ++i) {
    const RequestScope scope(Numbered(static_cast<char>(1 + i % 100)));
    Spawn(SayAndCheck());
  }
  RunUntil([&] { return ended_ == kCalls; });
  ASSERT_EQ(echo_.handled.size(), kCalls);
  std::vector<int> calls(101);
  for (const RequestId& id : echo_.handled) ++calls[static_cast<std::size_t>(id.bytes[0])];
  for (std::size_t i = 0; i < kCalls; ++i) --calls[1 + i % 100];
  EXPECT_EQ(calls, std::vector<int>(101)) << "each request has as many handled calls as it made";
}

// Does a few random things, one after the other, and checks after each that the request is still its own.
class WandererTest : public ChannelTest {
 protected:
  Task<void> Wander(RequestId id, unsigned seed) {
    std::minstd_rand random(seed);
    for (int step = 0; step < 40; ++step) {
      auto doing = Do(random() % 6, random() % 3);
      co_await doing;
      if (CurrentRequest() != id) ++strayed_;
    }
    ++arrived_;
  }
  Task<void> Do(unsigned what, unsigned time) {
    if (what == 0) {
      auto sleep = Sleep(loop_, Milliseconds(time));
      co_await sleep;
    } else if (what == 1) {
      PoolWork work(loop_, [] {});
      co_await work;
    } else if (what == 2) {
      FairQueue::Ask ask;
      ask.principal = "one";
      auto waiting = queue_.Wait(std::move(ask));
      const FairQueue::Turn turn = co_await waiting;
      auto sleep = Sleep(loop_, Milliseconds(time));
      co_await sleep;
    } else if (what == 3) {
      const auto waiter = std::make_shared<Promised<bool>>();
      waiting_.push_back(waiter);
      Promised<bool>& woken = *waiter;
      co_await woken;
    } else if (what == 4) {
      for (const auto& waiter : std::exchange(waiting_, {})) waiter->Set(true);
    } else {
      SayRequest request;
      auto call = client_->Call<SayReply>(request);
      [[maybe_unused]] const auto reply = co_await call;
    }
  }

  FairQueue queue_{loop_, {.slots = 2, .slots_per_principal = 2}};
  std::vector<std::shared_ptr<Promised<bool>>> waiting_;
  int strayed_ = 0, arrived_ = 0;
};

TEST_F(WandererTest, AHundredRequestsAtOnceNeverStray) {
  constexpr int kRequests = 100;
  for (int i = 0; i < kRequests; ++i) {
    const RequestId id = Numbered(static_cast<char>(i + 1));
    const RequestScope scope(id);
    Spawn(Wander(id, static_cast<unsigned>(i)));
  }
  RunUntil([&] {
    EXPECT_TRUE(CurrentRequest().none());
    for (const auto& waiter : std::exchange(waiting_, {})) waiter->Set(true);
    return arrived_ == kRequests;
  });
  EXPECT_EQ(strayed_, 0);
}

// Notes the lines that arrive at logger.
class NotingLogger {
 public:
  explicit NotingLogger(Service& service) { service.Handle(&NotingLogger::Write, this); }
  Task<Result<Outgoing<Nothing>>> Write(Incoming<WriteRequest> call) {
    lines.push_back(call.message);
    co_return Nothing();
  }
  std::vector<WriteRequest> lines;
};

TEST_F(ChannelPair, ALineNamesTheRequestForWhichItWasWritten) {
  Service service;
  NotingLogger logger(service);
  Connect(ROLE_APP, ROLE_LOGGER, &service);
  std::shared_ptr<Channel> channel = std::move(client_);
  RemoteLog log(loop_, [channel] { return channel; }, Config::error);
  const RequestId id = Numbered('1');
  RequestId traced = Numbered('2');
  traced.traced = true;
  {
    const RequestScope scope(id);
    log.Failure("of-a-request");
    log.Trace("not-traced", 5, {"a", "b"});
  }
  log.Failure("of-none");
  {
    const RequestScope scope(traced);
    log.Trace("step", 5, {"a", "b"});
  }
  Turn();
  ASSERT_EQ(logger.lines.size(), 3u);
  EXPECT_EQ(logger.lines[0].request(), id.view());
  EXPECT_EQ(logger.lines[1].request(), "");
  EXPECT_EQ(logger.lines[2].request(), traced.view());
  EXPECT_EQ(logger.lines[2].level(), LEVEL_TRACE) << "whatever the configured level";
  ASSERT_EQ(logger.lines[2].fields_size(), 3);
  EXPECT_EQ(logger.lines[2].fields(1).key(), "micros");
  EXPECT_EQ(logger.lines[2].fields(1).value(), "5");
}

}  // namespace
}  // namespace zoobar
