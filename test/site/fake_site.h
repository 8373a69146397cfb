// A Site for tests of one role. It gives the role everything that the runtime would give it. A test calls the role on
// channels, as other roles do, over real sockets inside one process.
//
//   FakeSite site;
//   Bank bank(site, ...);
//   auto app = site.CallAs(ROLE_APP, ROLE_BANK);
//   Result<Incoming<TransferReply>> reply = site.Wait(app->Call<TransferReply>(request));
#pragma once

#include <gtest/gtest.h>
#include <sodium.h>
#include <sys/socket.h>

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ipc/run_until.h"
#include "site/role.h"

namespace zoobar {

class FakeLog : public Log {
 public:
  struct Line {
    Level level = LEVEL_UNSPECIFIED;
    bool security = false;
    std::string event;
    std::map<std::string, std::string> fields;
    // The whole line as text, for tests that search it for what it must not contain.
    std::string Text() const {
      std::string text = event;
      for (const auto& [key, value] : fields) text += fmt::format(" {}={}", key, value);
      return text;
    }
  };

  std::vector<Line> lines;
  std::vector<AccessRequest::Entry> accesses;

  void Access(AccessRequest::Entry entry) override { accesses.push_back(std::move(entry)); }

  std::vector<Line> Named(std::string_view event) const {
    std::vector<Line> found;
    for (const Line& line : lines) {
      if (line.event == event) found.push_back(line);
    }
    return found;
  }

 private:
  void Add(Level level, bool security, std::string_view event, LogFields fields) override {
    Line line{level, security, std::string(event), {}};
    for (const auto& [key, value] : fields) line.fields.emplace(key, value);
    lines.push_back(std::move(line));
  }
};

class FakeSite : public Site {
 public:
  FakeSite() {
    EXPECT_GE(sodium_init(), 0);
    for (Role audience : {ROLE_BANK, ROLE_PROFILE}) {
      Bytes key;
      key.resize(32);
      randombytes_buf(key.data(), key.size());
      ticket_keys[audience] = std::move(key);
    }
  }
  ~FakeSite() override {
    channels_.clear();
    peers_.clear();
    loop_.RunOnce();
  }

  // A test may set these before it makes the role, and read them afterwards.
  Config settings;
  FakeLog lines;
  std::map<Role, Bytes> ticket_keys;
  std::map<std::string, Fd> passed;
  std::string operator_secret_hash, operator_public_key;
  std::vector<SealStart> seals;
  std::vector<StateByte> told;
  std::map<std::string, std::function<std::int64_t()>> counters;
  std::vector<std::uint32_t> restarts;  // the slots that the role asked to restart
  std::function<void(std::uint32_t)> on_restart;
  std::function<void(StateByte)> on_tell;  // called by Tell, if it is set
  const RequestFigures* requests = nullptr;
  Environment* store = nullptr;            // null if the role has named none
  std::vector<std::string> errors;         // from on_error of all channels
  std::vector<std::string> misbehaviours;  // from on_misbehaviour of all channels

  Loop& loop() override { return loop_; }
  Log& log() override { return lines; }
  const Config& config() const override { return settings; }
  std::uint32_t instance() const override { return 0; }
  Peer& peer(Role role) override {
    std::unique_ptr<Peer>& peer = peers_[role];
    if (!peer) peer = std::make_unique<Peer>(loop_, role);
    return *peer;
  }
  Service& service() override { return service_; }
  Fd TakePassed(std::string_view name) override {
    const auto found = passed.find(std::string(name));
    return found == passed.end() ? Fd() : std::move(found->second);
  }
  std::vector<std::string> PassedNames() const override {
    std::vector<std::string> names;
    names.reserve(passed.size());
    for (const auto& [name, fd] : passed) names.push_back(name);
    return names;
  }
  const Bytes& TicketKeyFor(Role audience) const override {
    static const Bytes none;
    const auto found = ticket_keys.find(audience);
    return found == ticket_keys.end() ? none : found->second;
  }
  const std::string& operator_hash() const override { return operator_secret_hash; }
  const std::string& operator_key() const override { return operator_public_key; }
  const std::string& version() const override { return version_; }
  std::vector<SealStart> TakeSeals() override { return std::exchange(seals, {}); }
  void Tell(StateByte state) override {
    told.push_back(state);
    if (on_tell) on_tell(state);
  }
  void TellRestart(std::uint32_t slot) override {
    restarts.push_back(slot);
    if (on_restart) on_restart(slot);
  }
  void SetRequests(const RequestFigures& figures) override { requests = &figures; }
  void SetStore(Environment& environment) override { store = &environment; }
  void Count(std::string name, std::function<std::int64_t()> value) override {
    counters[std::move(name)] = std::move(value);
  }

  // A channel to the role under test (`self`). The test calls on it as `caller`.
  std::shared_ptr<Channel> CallAs(Role caller, Role self) { return Pair(caller, nullptr, self, &service_); }
  // Gives the role under test (`self`) a peer: `answers` serves as `role`. The test program must link src/site/peer.cc.
  void Connect(Role self, Role role, const Service& answers, std::uint32_t instance = 0) {
    peer(role).Attach(instance, Pair(self, &service_, role, &answers));
  }

  // Runs the loop until the task has ended.
  template <typename T>
  T Wait(Task<T> task) {
    std::optional<T> value;
    Spawn(Store(std::move(task), &value));
    while (!value) loop_.Run();
    return std::move(*value);
  }
  // Runs the loop turn by turn until `reached` returns true.
  void RunUntil(const std::function<bool()>& reached) { zoobar::RunUntil(loop_, reached); }

 private:
  template <typename T>
  Task<void> Store(Task<T> task, std::optional<T>* value) {
    value->emplace(co_await task);
    loop_.Stop();
  }

  // Two connected channels. The first is returned, the second is kept here.
  std::shared_ptr<Channel> Pair(Role first, const Service* first_serves, Role second, const Service* second_serves) {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0) Die("socketpair");
    auto mine = std::make_shared<Channel>(loop_, Fd(pair[0]), first, Caller{second, 0}, first_serves, Events());
    channels_.push_back(
        std::make_shared<Channel>(loop_, Fd(pair[1]), second, Caller{first, 0}, second_serves, Events()));
    return mine;
  }
  Channel::Events Events() {
    Channel::Events events;
    events.on_error = [this](const std::string& what) { errors.push_back(what); };
    events.on_misbehaviour = [this](const std::string& how) { misbehaviours.push_back(how); };
    events.on_closed = [] {};
    return events;
  }

  Loop loop_;
  Service service_;
  std::map<Role, std::unique_ptr<Peer>> peers_;
  std::vector<std::shared_ptr<Channel>> channels_;
  const std::string version_ = "test";
};

}  // namespace zoobar
