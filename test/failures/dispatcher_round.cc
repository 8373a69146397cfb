// dispatcher between clients and stand-ins for app, login and static. A client is served, or its connection ends.
#include <sys/mman.h>

#include "failures/scenarios.h"
#include "roles/dispatcher/fixture.h"

namespace zoobar::failures {
namespace {

constexpr std::int64_t kClientWaitsUs = 4'000'000;

// Hands out files that were there before anything failed.
class PreparedFiles {
 public:
  PreparedFiles() { service.Handle(&PreparedFiles::Open, this); }

  void Add(const std::string& path, const std::string& content) {
    const Fd file(memfd_create("file", MFD_CLOEXEC));
    EXPECT_EQ(write(file.get(), content.data(), content.size()), static_cast<ssize_t>(content.size()));
    files_[path] = Fd(open(fmt::format("/proc/self/fd/{}", file.get()).c_str(), O_RDONLY | O_CLOEXEC));
  }
  Task<Result<Outgoing<OpenReply>>> Open(Incoming<OpenRequest> call) {
    const Pause pause;
    OpenReply reply;
    reply.set_outcome(OpenReply::OUTCOME_NOT_FOUND);
    const auto found = files_.find(call.message.path());
    if (found == files_.end()) co_return reply;
    reply.set_outcome(OpenReply::OUTCOME_OPENED);
    Outgoing<OpenReply> answer(reply);
    answer.fds.push_back(found->second.Duplicate());
    co_return answer;
  }
  Service service;

 private:
  std::map<std::string, Fd> files_;
};

class DispatcherWorker : public DispatcherRole {
 public:
  DispatcherWorker() {
    SetUp();
    prepared_.Add("/favicon.ico", "icon");
    prepared_.Add("/zoobar/media/large", std::string(100'000, 'x'));
  }
  void TestBody() override {}

  void Start() {
    Begin();
    const Pause pause;
    site_.Connect(ROLE_DISPATCHER, ROLE_STATIC, prepared_.service);
  }
  // What a client gets: the whole answer, or what came before the connection ended. Nullopt: nothing, for seconds.
  std::optional<std::string> Get(const std::string& path) {
    const Fd client = NewClient("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
    std::string text;
    bool ended = false;
    if (!Within([&] { return ended = Ended(client, &text); })) return std::nullopt;
    return text;
  }
  // Whether a page's connection has come to app. Nullopt: it came nowhere, for seconds.
  std::optional<bool> Page() {
    const std::size_t before = app_.handed.size();
    const Fd client = NewClient("GET /zoobar/index.cgi/ HTTP/1.1\r\nHost: a\r\n\r\n");
    std::string text;
    if (!Within([&] { return app_.handed.size() > before || Ended(client, &text); })) return std::nullopt;
    const bool handed = app_.handed.size() > before;
    if (handed) GiveBack(app_.handed.back().number, true);
    return handed;
  }

 private:
  bool Within(const std::function<bool()>& reached) {
    const std::int64_t end = MonotonicMicros() + kClientWaitsUs;
    bool in_time = false;
    site_.RunUntil([&] { return (in_time = reached()) || MonotonicMicros() > end; });
    return in_time;
  }
  // The client is the test's own.
  Fd NewClient(const std::string& request) {
    const Pause pause;
    Fd client = Connect();
    EXPECT_EQ(send(client.get(), request.data(), request.size(), MSG_NOSIGNAL), static_cast<ssize_t>(request.size()));
    return client;
  }
  static bool Ended(const Fd& client, std::string* text) {
    char block[65536];
    const ssize_t count = recv(client.get(), block, sizeof block, 0);
    if (count > 0) text->append(block, static_cast<std::size_t>(count));
    const std::size_t end = text->find("\r\n\r\n"), length = text->find("Content-Length: ");
    if (end != text->npos && length < end &&
        text->size() >= end + 4 + static_cast<std::size_t>(std::atoll(text->c_str() + length + 16)))
      return true;
    return count == 0 || (count < 0 && errno != EAGAIN);
  }

  PreparedFiles prepared_;
};

class DispatcherScenario : public Scenario {
 public:
  void Work(Round& round) override {
    std::unique_ptr<DispatcherWorker> worker;
    {
      const Pause pause;
      worker = std::make_unique<DispatcherWorker>();
    }
    worker->Start();
    Serve(round, *worker, false);
    round.Recover();
    Serve(round, *worker, true);
    round.End();
  }

 private:
  static void Serve(Round& round, DispatcherWorker& worker, bool must) {
    for (const auto& [path, size] :
         {std::pair("/favicon.ico", 4u), {"/zoobar/media/large", 100'000u}, {"/favicon.ico", 4u}}) {
      const std::optional<std::string> answer = worker.Get(path);
      // While no descriptor is left, a client waits in the kernel's queue.
      if (!answer && (must || !round.lasting())) round.Complain(std::string(path) + ": the client waits and waits");
      if (!answer) continue;
      if (StatusOf(*answer) == 404) round.Complain(std::string(path) + " is \"not found\"");
      if (must && (StatusOf(*answer) != 200 || BodyOf(*answer).size() != size))
        round.Complain(fmt::format("when nothing fails any more, {} is answered: {}", path, answer->substr(0, 60)));
    }
    const std::optional<bool> handed = worker.Page();
    if (!handed && (must || !round.lasting())) round.Complain("a page: the client waits and waits");
    if (must && handed == false) round.Complain("when nothing fails any more, no page is served");
  }
  int seconds() const override { return 60; }
};

}  // namespace

std::unique_ptr<Scenario> DispatcherRound() { return std::make_unique<DispatcherScenario>(); }

}  // namespace zoobar::failures
