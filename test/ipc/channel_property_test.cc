// Two honest channels over a simulated socket. Whatever the socket and the roles do, no peer is accused of
// misbehaviour, every call gets one answer, which is its own, and every descriptor arrives with the frame it was sent
// with.
//
// The environment variables ZOOBAR_PROPERTY_STEPS (default kSteps) and ZOOBAR_PROPERTY_SEED (default 1) choose other
// worlds. A failure names its seed.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <cstdlib>
#include <filesystem>
#include <list>
#include <set>

#include "app.pb.h"
#include "dispatcher.pb.h"
#include "echo.pb.h"
#include "ipc/channel.h"
#include "simulated_transport.h"
#include "static.pb.h"

namespace zoobar {
namespace {

std::size_t OpenDescriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
  return count;
}

// A descriptor that carries a number, which NumberOf reads.
Fd NumberedFile(std::uint64_t number) {
  Fd fd(memfd_create("numbered", MFD_CLOEXEC));
  EXPECT_EQ(write(fd.get(), &number, sizeof number), static_cast<ssize_t>(sizeof number));
  lseek(fd.get(), 0, SEEK_SET);
  return fd;
}
Fd NumberedSocket(std::uint64_t number) {
  int pair[2];
  EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
  const Fd end(pair[0]);
  EXPECT_EQ(write(end.get(), &number, sizeof number), static_cast<ssize_t>(sizeof number));
  return Fd(pair[1]);
}
std::uint64_t NumberOf(const Fd& fd) {
  std::uint64_t number = 0;
  return read(fd.get(), &number, sizeof number) == static_cast<ssize_t>(sizeof number) ? number : 0;
}

// A text that begins with the number of a call, so that each answer can be recognised.
std::string TextOf(std::uint64_t number, std::size_t size) {
  std::string text = std::to_string(number) + ":";
  text.resize(std::max(text.size(), size), static_cast<char>('a' + number % 26));
  return text;
}

class World {
 public:
  World(std::uint32_t seed, Loop& loop) : random_(seed), loop_(loop) {
    app_.Handle(&World::Serve, this);
    echo_.Handle(&World::Say, this);
    static_.Handle(&World::Open, this);
    dispatcher_.Handle(&World::TakeBack, this);
    dispatcher_.Handle(&World::FileChanged, this);
    kind_ = static_cast<int>(random_() % 3);
    faults_.buffer = std::size_t{1} << (4 + random_() % 14);  // 16 bytes to 128 KiB
    faults_.late = 1 + random_() % 8;
    faults_.refused = 10 + random_() % 100;
    faults_.lost = random_() % 3 == 0 ? 20 : 0;
    largest_ = std::size_t{1} << (random_() % 19);
    Connect();
  }

  void Step() {
    now_ += random_() % 200;
    const auto what = random_() % 16;
    if (what < 3) {
      if (calls_ - done_ < 1500) Begin();
    } else if (what < 6) {
      EndAHandler();
    } else if (what == 6 && random_() % 400 == 0) {
      Die();
    } else {
      pair_->Step(static_cast<int>(random_() % 2));
    }
    loop_.RunOnce();
  }

  // Begins no more calls. Those that were begun must end by themselves.
  void Settle() {
    for (int quiet = 0; done_ < calls_ && quiet < 400000; ++quiet) {
      now_ += 50;
      while (!handlers_.empty()) EndAHandler();
      pair_->Step(quiet % 2);
      loop_.RunOnce();
    }
    EXPECT_EQ(done_, calls_) << "calls that were never answered";
    left_.reset();
    right_.reset();
    pair_.reset();
    while (!handlers_.empty()) EndAHandler();
    for (int i = 0; i < 5; ++i) loop_.RunOnce();
  }

  std::string accusation;
  std::uint64_t answered = 0, failed = 0, descriptors = 0, one_ways = 0, deaths = 0;

 private:
  Role Left() const { return kind_ == 0 ? ROLE_APP : ROLE_DISPATCHER; }
  Role Right() const { return kind_ == 0 ? ROLE_ECHO : kind_ == 1 ? ROLE_APP : ROLE_STATIC; }

  Channel::Events Events(const char* who) {
    Channel::Events events;
    events.on_misbehaviour = [this, who](const std::string& how) { accusation = std::string(who) + " saw: " + how; };
    events.on_closed = [] {};
    return events;
  }
  void Connect() {
    pair_ = std::make_unique<SimulatedPair>(random_, now_, faults_);
    const Service* right = kind_ == 0 ? &echo_ : kind_ == 1 ? &app_ : &static_;
    left_ = std::make_unique<Channel>(loop_, pair_->end(0), Left(), Caller{Right(), 0}, &dispatcher_, Events("left"));
    right_ = std::make_unique<Channel>(loop_, pair_->end(1), Right(), Caller{Left(), 0}, right, Events("right"));
  }
  // One end dies. Then both are connected anew, as the master does it.
  void Die() {
    ++deaths;
    (random_() % 2 ? left_ : right_).reset();
    left_.reset();
    right_.reset();
    while (!handlers_.empty()) EndAHandler();
    Connect();
  }

  std::size_t Size() { return random_() % largest_; }
  std::int64_t Deadline() { return random_() % 8 == 0 ? now_ + static_cast<std::int64_t>(random_() % 20000) : 0; }

  void Begin() {
    const std::uint64_t number = ++calls_;
    switch (kind_) {
      case 0:
        return static_cast<void>(Spawn(CallSay(number)));
      case 1:
        if (random_() % 3 == 0) {
          --calls_;
          return SendBack();
        }
        return static_cast<void>(Spawn(CallServe(number)));
      default:
        return static_cast<void>(Spawn(CallOpen(number)));
    }
  }

  Task<void> CallSay(std::uint64_t number) {
    SayRequest request;
    request.set_text(TextOf(number, Size()));
    const std::string text = request.text();
    Bytes secret = ToBytes(TextOf(number + 1, Size() / 4));
    const Bytes kept = secret;
    auto call = left_->Call<SayReply>(std::move(request), std::move(secret), std::vector<Fd>(), Deadline());
    const Result<Incoming<SayReply>> reply = co_await call;
    Done(reply.ok());
    if (!reply.ok()) co_return;
    EXPECT_EQ(reply->message.text(), text);
    EXPECT_TRUE(View(reply->secret) == View(kept));
  }
  Task<void> CallServe(std::uint64_t number) {
    ServeRequest request;
    request.set_connection(number);
    std::vector<Fd> fds;
    fds.push_back(NumberedSocket(number));
    Bytes unread = ToBytes(TextOf(number, Size() / 4));
    auto call = left_->Call<ServeReply>(std::move(request), std::move(unread), std::move(fds), Deadline());
    const Result<Incoming<ServeReply>> reply = co_await call;
    Done(reply.ok());
  }
  Task<void> CallOpen(std::uint64_t number) {
    OpenRequest request;
    request.set_path(TextOf(number, Size()));
    auto call = left_->Call<OpenReply>(std::move(request), Bytes(), std::vector<Fd>(), Deadline());
    const Result<Incoming<OpenReply>> reply = co_await call;
    Done(reply.ok());
    if (!reply.ok()) co_return;
    EXPECT_EQ(reply->fds.size(), number % 3);
    for (const Fd& fd : reply->fds) EXPECT_EQ(NumberOf(fd), number);
    descriptors += reply->fds.size();
  }
  void SendBack() {
    TakeBackRequest back;
    back.set_connection(1);
    right_->Send(back, ToBytes(std::string(Size() / 4, 'x')));
  }
  void Done(bool ok) {
    ++done_;
    ++(ok ? answered : failed);
  }

  // ---- handlers: some answer at once, some much later, and some fail

  Task<bool> Dally() {
    const auto how = random_() % 8;
    if (how == 0) co_return false;
    if (how < 4) co_return true;
    handlers_.push_back(std::make_shared<Promised<bool>>());
    const auto mine = handlers_.back();
    Promised<bool>& end = *mine;
    co_return co_await end;
  }
  void EndAHandler() {
    if (handlers_.empty()) return;
    auto chosen = handlers_.begin();
    std::advance(chosen, static_cast<std::ptrdiff_t>(random_() % std::min<std::size_t>(handlers_.size(), 8)));
    const auto end = *chosen;
    handlers_.erase(chosen);
    end->Set(random_() % 8 != 0);
  }

  Task<Result<Outgoing<SayReply>>> Say(Incoming<SayRequest> call) {
    auto dallying = Dally();
    if (!co_await dallying) co_return Error{"it failed"};
    SayReply reply;
    reply.set_text(call.message.text());
    co_return Outgoing<SayReply>(std::move(reply), std::move(call.secret));
  }
  Task<Result<Outgoing<ServeReply>>> Serve(Incoming<ServeRequest> call) {
    EXPECT_EQ(call.fds.size(), 1u);
    EXPECT_TRUE(View(call.secret).starts_with(std::to_string(call.message.connection()) + ":"));
    for (const Fd& fd : call.fds) EXPECT_EQ(NumberOf(fd), call.message.connection());
    descriptors += call.fds.size();
    auto dallying = Dally();
    if (!co_await dallying) co_return Error{"it failed"};
    co_return ServeReply();
  }
  Task<Result<Outgoing<OpenReply>>> Open(Incoming<OpenRequest> call) {
    const std::string path = call.message.path();
    auto dallying = Dally();
    if (!co_await dallying) co_return Error{"it failed"};
    const std::uint64_t number = std::stoull(path);
    Outgoing<OpenReply> answer{OpenReply()};
    for (std::uint64_t i = 0; i < number % 3; ++i) answer.fds.push_back(NumberedFile(number));
    co_return answer;
  }
  Task<Result<Outgoing<Nothing>>> TakeBack(Incoming<TakeBackRequest>) {
    ++one_ways;
    co_return Nothing();
  }
  Task<Result<Outgoing<Nothing>>> FileChanged(Incoming<FileChangedRequest>) { co_return Nothing(); }

  std::mt19937 random_;
  Loop& loop_;
  std::int64_t now_ = 1;
  int kind_ = 0;
  SimulatedPair::Faults faults_;
  std::size_t largest_ = 1;
  Service app_, echo_, static_, dispatcher_;
  std::unique_ptr<SimulatedPair> pair_;
  std::unique_ptr<Channel> left_, right_;
  std::list<std::shared_ptr<Promised<bool>>> handlers_;
  std::uint64_t calls_ = 0, done_ = 0;
};

std::uint64_t FromEnvironment(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

#ifdef ZOOBAR_ASAN
constexpr std::uint64_t kSteps = 200'000;  // they take ten times as long
#else
constexpr std::uint64_t kSteps = 2'000'000;
#endif

TEST(HonestChannels, AreNeverAccusedAndLoseNothingWhateverTheSocketDoes) {
  // More descriptors are on their way at once than the 1024 that a shell usually allows.
  rlimit files{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &files), 0);
  files.rlim_cur = files.rlim_max;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &files), 0);
  constexpr std::uint64_t kStepsOfAWorld = 20000;
  const std::uint64_t steps = FromEnvironment("ZOOBAR_PROPERTY_STEPS", kSteps);
  const auto first = static_cast<std::uint32_t>(FromEnvironment("ZOOBAR_PROPERTY_SEED", 1));
  Loop loop;
  const std::size_t open_before = OpenDescriptors();
  std::uint64_t answered = 0, failed = 0, descriptors = 0, one_ways = 0, deaths = 0;
  const std::uint64_t worlds = std::max<std::uint64_t>(1, steps / kStepsOfAWorld);
  for (std::uint32_t seed = first; seed < first + worlds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    {
      World world(seed, loop);
      for (std::uint64_t step = 0; step < kStepsOfAWorld && world.accusation.empty(); ++step) world.Step();
      world.Settle();
      ASSERT_EQ(world.accusation, "");
      answered += world.answered;
      failed += world.failed;
      descriptors += world.descriptors;
      one_ways += world.one_ways;
      deaths += world.deaths;
    }
    ASSERT_EQ(OpenDescriptors(), open_before) << "descriptors that nobody closed";
    ASSERT_FALSE(testing::Test::HasFailure());
  }
  std::printf(
      "%llu steps, seeds %u to %llu: %llu calls answered, %llu failed, %llu descriptors, %llu one-way, %llu deaths\n",
      static_cast<unsigned long long>(worlds * kStepsOfAWorld), first,
      static_cast<unsigned long long>(first + worlds - 1), static_cast<unsigned long long>(answered),
      static_cast<unsigned long long>(failed), static_cast<unsigned long long>(descriptors),
      static_cast<unsigned long long>(one_ways), static_cast<unsigned long long>(deaths));
  // Enough must have happened for the test to mean something.
  EXPECT_GT(answered, worlds * 100);
  EXPECT_GT(failed, worlds);
  EXPECT_GT(descriptors, worlds * 10);
}

}  // namespace
}  // namespace zoobar
