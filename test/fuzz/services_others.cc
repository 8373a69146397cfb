// All calls of the smaller roles, by callers that were taken over: course, honeychecker, keys, notary, sanitizer, static,
// logger, echo, app, login, dispatcher, and sandbox as it is where it cannot build walls. (admin is in control.cc. The
// calls of Health are answered by what only a live role has.)
#include <fuzzer/FuzzedDataProvider.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "audit/keys.h"
#include "fuzz/scratch_folder.h"
#include "fuzz/seeded_random.h"
#include "fuzz/service_calls.h"
#include "ledger/ledger_tree.h"
#include "roles/app/world.h"
#include "roles/course.h"
#include "roles/dispatcher/fixture.h"
#include "roles/echo.h"
#include "roles/honeychecker.h"
#include "roles/keys.h"
#include "roles/logger.h"
#include "roles/notary.h"
#include "roles/sandbox.h"
#include "roles/sanitizer.h"
#include "roles/static.h"
#include "text/utf8.h"
#include "tls/certificate.h"
#include "tls/test_keys.h"

namespace zoobar {
namespace {

struct Materials {  // made once
  ScratchFolder store, root;
  TestKey first = SelfSigned(NewEcKey(), "DNS:zoobar.example"), second = SelfSigned(NewEcKey("P-384"), "DNS:*.example");
  WorthTrying values;

  Materials() {
    namespace fs = std::filesystem;
    fs::create_directories(root.At("web/zoobar/media"));
    fs::create_directories(root.At("challenges/.well-known/acme-challenge"));
    root.Write("web/zoobar/media/zoobar.css", "body {}");
    root.Write("web/zoobar/media/zoobar.css.gz", "gzip");
    root.Write("web/.secret", "hidden");
    root.Write("challenges/.well-known/acme-challenge/token", "token.key");
    fs::create_symlink("/etc", root.At("web/etc"));
    for (const char* text : {"alice",
                             "192.0.2.1",
                             "::1",
                             "/zoobar/media/zoobar.css",
                             "/.secret",
                             "/etc/passwd",
                             "/../x",
                             "/.well-known/acme-challenge/token",
                             "login",
                             "peer-misbehaved",
                             "profile-pause",
                             "1000",
                             "<b>x</b>",
                             "<script>",
                             "GET",
                             "refused",
                             "member",
                             "1.1.1",
                             "\n",
                             "\xff\xfe"})
      values.bytes.emplace_back(text);
    for (const std::size_t size : {std::size_t{16}, std::size_t{32}}) values.bytes.emplace_back(size, 'm');
    values.bytes.push_back(first.chain);
    values.bytes.push_back(second.chain);
    values.bytes.push_back(first.chain + second.chain);
    values.bytes.push_back(MustHave(ReadChain(first.chain)).key_id());
    values.bytes.push_back(std::string(64, ' ') + "TLS 1.3, server CertificateVerify" + std::string(1, '\0') +
                           std::string(32, 'h'));
    for (const std::uint64_t number : {4, 5, 7, 20, 21, 0x0403, 0x0503, 0x0804, 1000, 1001, 60000, 60001})
      values.numbers.push_back(number);
  }
};

const Materials& Made() {
  static const Materials materials;
  return materials;
}

// One role, with what it needs.
class World {
 public:
  virtual ~World() = default;
  virtual FakeSite& site() { return site_; }
  virtual Role role() const = 0;
  virtual RoleBody& body() = 0;
  virtual std::string Secret(FuzzedDataProvider& input) { return input.ConsumeRandomLengthString(16); }
  virtual void Complete(FuzzedDataProvider&, ServiceCalls::Call&) {}
  virtual void Afterwards() {}

 protected:
  FakeSite site_;
};

template <typename Body, Role kRole>
class Simple : public World {
 public:
  template <typename... Args>
  explicit Simple(Args&&... args) : body_(std::make_unique<Body>(site_, std::forward<Args>(args)...)) {}
  Role role() const override { return kRole; }
  RoleBody& body() override { return *body_; }

 protected:
  std::unique_ptr<Body> body_;
};

class KeysWorld : public Simple<Keys, ROLE_KEYS> {
 public:
  KeysWorld() : Simple(Made().store.path()) {}
  std::string Secret(FuzzedDataProvider& input) override {
    const int which = input.ConsumeIntegralInRange(0, 3);
    if (which == 3) return input.ConsumeRandomLengthString(100);
    return which == 2 ? "" : std::string(View(which == 0 ? Made().first.key : Made().second.key));
  }
};

// bank as notary may find it: its answers are what the input says, or right ones.
class NotaryWorld : public World {
 public:
  explicit NotaryWorld(FuzzedDataProvider& input) : input_(input) {
    site_.settings.mutable_notary()->set_sign_seconds(1000);
    notary_ = std::make_unique<Notary>(site_, Made().store.path(), [] { return std::int64_t{1'764'472'514'000}; });
    bank_.Handle(&NotaryWorld::TreeHead, this);
    site_.Connect(ROLE_NOTARY, ROLE_BANK, bank_);
  }
  Role role() const override { return ROLE_NOTARY; }
  RoleBody& body() override { return *notary_; }

 private:
  Task<Result<Outgoing<TreeHeadReply>>> TreeHead(Incoming<TreeHeadRequest> call) {
    TreeHeadReply reply;
    const int how = input_.ConsumeIntegralInRange(0, 3);
    if (how == 0) co_return Error{"down"};
    if (how == 1) {
      MessageBuilder(input_, Made().values).Fill(reply);
      co_return reply;
    }
    size_ += input_.ConsumeIntegralInRange<std::uint64_t>(0, 20);
    const journal::Subtrees subtrees = [](unsigned level, std::uint64_t index) {
      journal::RunningTree tree;
      for (std::uint64_t i = index << level; i < (index + 1) << level; ++i)
        tree.Add(journal::LeafHash(std::to_string(i)));
      return tree.Root();
    };
    reply.set_size(size_);
    reply.set_root(journal::RootOf(size_, subtrees).text());
    const std::uint64_t old_size = call.message.old_size();
    if (old_size <= size_) {
      reply.set_old_root(journal::RootOf(old_size, subtrees).text());
      for (const auto& hash : journal::ProveConsistency(old_size, size_, subtrees)) reply.add_proof(hash.text());
    }
    if (how == 2) reply.set_root(std::string(32, 'x'));
    co_return reply;
  }

  FuzzedDataProvider& input_;
  Service bank_;
  std::uint64_t size_ = 0;
  std::unique_ptr<Notary> notary_;
};

// course beside a logger that was taken over: what it has recognised is what the input says.
class CourseWorld : public Simple<Course, ROLE_COURSE> {
 public:
  explicit CourseWorld(FuzzedDataProvider& input) : Simple(Made().store.path()), input_(input) {
    logger_.Handle(&CourseWorld::Deeds, this);
    site_.Connect(ROLE_COURSE, ROLE_LOGGER, logger_);
    Config config;
    config.mutable_tasks()->set_scoreboard(true);
    for (const char* id : {"login", "member"}) config.mutable_tasks()->add_task()->set_id(id);
    body_->Reload(config);
  }

 private:
  Task<Result<Outgoing<DeedsReply>>> Deeds(Incoming<DeedsRequest>) {
    DeedsReply reply;
    if (input_.ConsumeBool()) co_return Error{"down"};
    MessageBuilder(input_, Made().values).Fill(reply);
    co_return reply;
  }

  FuzzedDataProvider& input_;
  Service logger_;
};

class LoggerWorld : public World {
 public:
  LoggerWorld() {
    for (const char* log :
         {"log.events", "log.security", "log.access", "log.alarms", "log.audit", "log.money", "log.trace"}) {
      const std::string path = Made().store.At(log);
      site_.passed[log] = Fd(open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    }
    site_.passed["stderr"] = Fd(open("/dev/null", O_WRONLY | O_CLOEXEC));
    const audit::Key secret(std::string(audit::kKeyBytes, 's'));
    for (const char* log : {"audit", "money"}) {
      site_.seals.push_back({log, 1, 1,
                             ToBytes(std::string(audit::EpochKeys(audit::KeyOfStart(secret, log, 1)).Take().bytes())),
                             "", "", "", false});
    }
    logger_ = std::make_unique<Logger>(site_);
  }
  Role role() const override { return ROLE_LOGGER; }
  RoleBody& body() override { return *logger_; }
  // Whoever writes to logger, each line is one JSON object in one line.
  void Afterwards() override {
    for (const char* log :
         {"log.events", "log.security", "log.access", "log.alarms", "log.audit", "log.money", "log.trace"}) {
      std::ifstream file(Made().store.At(log));
      for (std::string line; std::getline(file, line);) {
        Require(!line.empty() && IsUtf8(line), "a line is text");
        for (const unsigned char byte : line) Require(byte >= 0x20 && byte != 0x7f, "a line has no control characters");
      }
    }
  }

 private:
  std::unique_ptr<Logger> logger_;
};

// app or login: a connection with what its client has sent.
template <typename Of>
class PagesWorld : public World {
 public:
  PagesWorld() { world_.AddMember("alice"); }
  FakeSite& site() override { return world_.site; }
  Role role() const override { return Of::kRole; }
  RoleBody& body() override { return *world_.body; }
  std::string Secret(FuzzedDataProvider& input) override {
    static const std::string page =
        "GET /zoobar/index.cgi/users?user=alice HTTP/1.1\r\nHost: z\r\nCookie: PyZoobarLogin=sessionalice\r\n\r\n";
    static const std::string form =
        "POST /zoobar/index.cgi/login HTTP/1.1\r\nHost: z\r\nContent-Length: "
        "31\r\n\r\nlogin_username=alice&submit_login";
    static const std::string file = "GET /zoobar/media/x HTTP/1.1\r\nHost: z\r\n\r\n", old = "GET / HTTP/1.0\r\n\r\n";
    const std::string* const requests[] = {&page, &form, &file, &old};
    if (input.ConsumeBool()) return *input.PickValueInArray(requests);
    return input.ConsumeRandomLengthString(100);
  }
  // Mostly the descriptor is a connection, whose client sends something and goes.
  void Complete(FuzzedDataProvider& input, ServiceCalls::Call& call) override {
    if (call.fds.size() != 1 || input.ConsumeIntegralInRange(0, 3) == 0) return;
    auto [client, served] = SocketPair();
    const std::string bytes = input.ConsumeRandomLengthString(100);
    std::ignore = send(client.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    call.fds[0] = std::move(served);
    clients_.push_back(std::move(client));
  }
  void Afterwards() override {
    for (int turn = 0; turn < 5; ++turn) world_.site.loop().RunOnce();
    clients_.clear();
    for (int turn = 0; turn < 5; ++turn) world_.site.loop().RunOnce();
  }

 private:
  PageWorld<Of> world_;
  std::vector<Fd> clients_;
};

class DispatcherWorld : public World {
 public:
  DispatcherWorld() {
    site_.settings.mutable_http();
    for (const auto& [role, routes] : {std::pair<const char*, std::vector<const char*>>{"app", {"/zoobar/index.cgi/"}},
                                       {"static", {"/zoobar/media/"}},
                                       {"login", {"/zoobar/index.cgi/login"}}}) {
      auto* row = site_.settings.add_role();
      row->set_name(role);
      for (const char* route : routes) row->add_route(route);
    }
    site_.settings.add_role()->set_name("dispatcher");
    site_.Connect(ROLE_DISPATCHER, ROLE_APP, app_.service);
    site_.Connect(ROLE_DISPATCHER, ROLE_LOGIN, login_.service);
    site_.Connect(ROLE_DISPATCHER, ROLE_STATIC, static_.service);
    static_.files["/zoobar/media/zoobar.css"] = "body {}";
    dispatcher_ = std::make_unique<Dispatcher>(site_, 256);
  }
  ~DispatcherWorld() override {
    for (int turn = 0; turn < 5; ++turn) site_.loop().RunOnce();
    dispatcher_.reset();
  }
  Role role() const override { return ROLE_DISPATCHER; }
  RoleBody& body() override { return *dispatcher_; }
  void Complete(FuzzedDataProvider& input, ServiceCalls::Call& call) override {
    if (call.fds.size() != 1 || input.ConsumeIntegralInRange(0, 3) == 0) return;
    auto [client, served] = SocketPair();
    static constexpr const char* kRequests[] = {
        "GET /zoobar/media/zoobar.css HTTP/1.1\r\nHost: z\r\n\r\n",
        "GET /zoobar/index.cgi/x HTTP/1.1\r\nHost: z\r\n\r\n",
        "POST /zoobar/index.cgi/login HTTP/1.1\r\nHost: z\r\nContent-Length: 3\r\n\r\nabc", "x"};
    const std::string bytes =
        input.ConsumeBool() ? input.PickValueInArray(kRequests) : input.ConsumeRandomLengthString(100);
    std::ignore = send(client.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    call.fds[0] = std::move(served);
    clients_.push_back(std::move(client));
  }
  void Afterwards() override {
    for (int turn = 0; turn < 10; ++turn) site_.loop().RunOnce();
    clients_.clear();
    for (auto* pages : {static_cast<FakePages*>(&app_), static_cast<FakePages*>(&login_)}) pages->handed.clear();
    for (int turn = 0; turn < 10; ++turn) site_.loop().RunOnce();
  }

 private:
  FakeApp app_;
  FakeLogin login_;
  FakeStatic static_;
  std::vector<Fd> clients_;
  std::unique_ptr<Dispatcher> dispatcher_;
};

std::unique_ptr<World> Choose(FuzzedDataProvider& input) {
  Made().store.Empty();
  switch (input.ConsumeIntegralInRange(0, 11)) {
    case 0:
      return std::make_unique<Simple<Honeychecker, ROLE_HONEYCHECKER>>(Made().store.path());
    case 1:
      return std::make_unique<KeysWorld>();
    case 2:
      return std::make_unique<NotaryWorld>(input);
    case 3:
      return std::make_unique<Simple<Sanitizer, ROLE_SANITIZER>>();
    case 4:
      return std::make_unique<Simple<StaticFiles, ROLE_STATIC>>(Made().root.At("web"), Made().root.At("challenges"));
    case 5:
      return std::make_unique<LoggerWorld>();
    case 6:
      return std::make_unique<Simple<Echo, ROLE_ECHO>>();
    case 7:
      return std::make_unique<PagesWorld<OfApp>>();
    case 8:
      return std::make_unique<PagesWorld<OfLogin>>();
    case 9:
      return std::make_unique<DispatcherWorld>();
    case 10:
      return std::make_unique<CourseWorld>(input);
    default:
      return std::make_unique<Simple<Sandbox, ROLE_SANDBOX>>();
  }
}

// A file that static hands out is a file of its folders.
void CheckFiles(const ServiceCalls::Answer& answer) {
  const auto* opened = dynamic_cast<const OpenReply*>(answer.message.get());
  if (!opened) return;
  const bool there = opened->outcome() == OpenReply::OUTCOME_OPENED;
  Require(answer.fds.size() == (there ? (opened->has_gzip() ? 2u : 1u) : 0u), "a descriptor for each file");
  for (const Fd& fd : answer.fds) {
    struct stat file;
    Require(fstat(fd.get(), &file) == 0 && S_ISREG(file.st_mode), "a descriptor is of a file");
    Require((fcntl(fd.get(), F_GETFL) & O_ACCMODE) == O_RDONLY, "a descriptor is only for reading");
    const auto path = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd.get())).string();
    Require(path.starts_with(Made().root.path()) && path.find("/.secret") == std::string::npos, "no file is outside");
  }
}

}  // namespace
}  // namespace zoobar

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  zoobar::SilenceProtobuf();
  zoobar::SeededRandom::Begin("");
  signal(SIGPIPE, SIG_IGN);
  std::ignore = zoobar::Made().values;
  const zoobar::Loop first;  // opens what libuv keeps open
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zoobar;
  FuzzedDataProvider input(data, size);
  SeededRandom::Begin("");
  const int descriptors = OpenDescriptors();
  {
    const std::unique_ptr<World> world = Choose(input);
    {
      ServiceCalls calls(world->site());
      CallChooser chooser(input, Made().values, world->role());
      const auto secret = [&](const Method&) { return world->Secret(input); };
      for (int i = 0; i < 12 && input.remaining_bytes() > 0; ++i) {
        std::vector<ServiceCalls::Call> chosen;
        for (int at_once = input.ConsumeIntegralInRange(1, 2); at_once > 0; --at_once) {
          chosen.push_back(chooser.Choose(nullptr, secret));
          world->Complete(input, chosen.back());
        }
        for (const auto& answer : calls.Make(std::move(chosen))) CheckFiles(answer);
      }
      world->Afterwards();
      DrainRole(world->site(), world->body());
    }
    for (int turn = 0; turn < 3; ++turn) world->site().loop().RunOnce();
  }
  Require(OpenDescriptors() == descriptors, "no descriptor is left over");
  return 0;
}
