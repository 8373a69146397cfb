#include "confinement/confined_sandbox.h"

#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>

#include "live_site/eventually.h"
#include "live_site/processes.h"
#include "master/ground.h"
#include "roles/table.h"
#include "site/contract.h"
#include "site/control.h"

namespace zoobar {
namespace fs = std::filesystem;
namespace {

constexpr std::uint32_t kFirstBase = 1'200'000, kRanges = 4096, kSandboxId = 17;

// Takes the place of a master: does all that the master of a site does for this role.
[[noreturn]] void BeMaster(ConfigSources sources, Fd life, Fd ready, Fd channel) {
  Result<Ground> ground = PrepareGround(std::move(sources));
  if (!ground.ok()) {
    [[maybe_unused]] ssize_t told = write(ready.get(), ground.error().text.data(), ground.error().text.size());
    _exit(1);
  }
  // The role is started from this file, not from the test program.
  ground->executable = Fd(open(ZOOBAR_BINARY, O_RDONLY | O_CLOEXEC));
  if (!ground->executable) Die("no {}", ZOOBAR_BINARY);
  MustSucceed(GiveUpRoot(*ground));
  const RoleSpec& spec = *FindRole(ROLE_SANDBOX);
  SpawnPlan plan = MustHave(PlanStart(*ground, spec, RowOf(ground->config, ROLE_SANDBOX)));
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) Die("socketpair");
  const Fd control(pair[0]);
  Fd theirs(pair[1]);
  plan.standard_error = STDERR_FILENO;
  plan.control = theirs.get();
  const Spawned role = MustHave(Spawn(plan));
  theirs.Close();
  ToRole start, wire;
  start.mutable_start()->set_role(ROLE_SANDBOX);
  start.mutable_start()->set_contract(std::string(View(ContractOf(spec))));
  *start.mutable_start()->mutable_config() = ground->config;
  wire.mutable_wire()->set_role(ROLE_PROFILE);
  if (!SendToRole(control, start, {}) || !SendToRole(control, wire, {channel.get()})) Die("the role does not read");
  channel.Close();
  const std::string told = "=" + std::to_string(role.pid);
  [[maybe_unused]] ssize_t written = write(ready.get(), told.data(), told.size());
  ready.Close();
  pollfd ends[] = {{life.get(), POLLIN, 0}, {role.pidfd.get(), POLLIN, 0}};
  poll(ends, 2, -1);
  _exit(0);
}

}  // namespace

ConfinedSandbox::ConfinedSandbox(std::vector<std::string> settings) {
  char name[] = "/tmp/zoobar-sandbox-XXXXXX";
  if (sodium_init() < 0 || !mkdtemp(name)) Die("no temporary directory");
  scratch_ = name;
  // A master locks its range of ids. If another process chose the same range at the same time, the next one is tried.
  for (std::uint32_t k = static_cast<std::uint32_t>(getpid()), tries = 0; tries < 20; ++k, ++tries) {
    id_base_ = kFirstBase + k % kRanges * kIdRange;
    if (!Begin(settings)) continue;
    Run("pass", {}, Milliseconds(60000));  // so that its interpreter is warm
    return;
  }
  Die("the sandbox does not start");
}

bool ConfinedSandbox::Begin(const std::vector<std::string>& settings) {
  ConfigSources sources;
  sources.file = ZOOBAR_SOURCE_DIR "/config/zoobar.textproto";
  sources.sets = settings;
  sources.sets.push_back("id_base: " + std::to_string(id_base_));
  sources.listens = {"127.0.0.1:0"};
  sources.state_dir = scratch_ + "/state";
  int life[2], ready[2], channel[2];
  if (pipe2(life, O_CLOEXEC) != 0 || pipe2(ready, O_CLOEXEC) != 0 ||
      socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, channel) != 0) {
    Die("pipes");
  }
  master_ = fork();
  if (master_ == 0) {
    close(life[1]);
    close(ready[0]);
    close(channel[0]);
    BeMaster(std::move(sources), Fd(life[0]), Fd(ready[1]), Fd(channel[1]));
  }
  const Fd told(ready[0]);
  for (int fd : {life[0], ready[1], channel[1]}) close(fd);
  life_ = Fd(life[1]);
  char text[512];
  const ssize_t size = read(told.get(), text, sizeof text);
  if (size > 0 && text[0] == '=') {
    Channel::Events events;
    events.on_error = [](const std::string& what) { std::fprintf(stderr, "sandbox: %s\n", what.c_str()); };
    events.on_misbehaviour = [](const std::string& how) { Die(how); };
    events.on_closed = [this] { site_.peer(ROLE_SANDBOX).Detach(0); };
    channel_ = std::make_shared<Channel>(site_.loop(), Fd(channel[0]), ROLE_PROFILE, Caller{ROLE_SANDBOX, 0}, nullptr,
                                         std::move(events));
    site_.peer(ROLE_SANDBOX).Attach(0, channel_);
    return true;
  }
  close(channel[0]);
  std::fprintf(stderr, "%.*s\n", static_cast<int>(std::max<ssize_t>(size, 0)), text);
  waitpid(master_, nullptr, 0);
  fs::remove_all(scratch_ + "/state");
  return false;
}

ConfinedSandbox::~ConfinedSandbox() {
  site_.peer(ROLE_SANDBOX).Detach(0);
  channel_.reset();
  life_.Close();
  if (master_ > 0) waitpid(master_, nullptr, 0);
  // The role ends when its master ends, and runs end with the role.
  Eventually([this] { return Runs().empty() && supervisor() == 0; }, std::chrono::seconds(10));
  std::error_code ignored;
  fs::remove_all(scratch_, ignored);
}

Task<void> ConfinedSandbox::RunOne(std::string source, ProgramFiles files, Milliseconds limit,
                                   std::optional<RunOutput>* place) {
  Program program;
  program.set_source(source);
  *program.mutable_files() = std::move(files);
  RunClient::Settings settings;
  settings.limit = limit;
  settings.answer = [](std::string) -> Task<Result<std::string>> { co_return std::string(R"({"value":null})"); };
  settings.ended_well = [this](RunOutput) { answered_us_ = MonotonicMicros(); };
  std::optional<RunClient::Refusal> refused;
  auto run = RunClient::Execute(site_, std::move(program), std::move(settings), refused);
  Result<RunOutput> output = co_await run;
  if (!output.ok()) Die(output.error().text);
  if (refused) Die("the run was refused");
  place->emplace(std::move(*output));
  site_.loop().Stop();
}

RunOutput ConfinedSandbox::Run(const std::string& source, ProgramFiles files, Milliseconds limit) {
  std::optional<RunOutput> output;
  Spawn(RunOne(source, std::move(files), limit, &output));
  while (!output) site_.loop().Run();
  return std::move(*output);
}

std::vector<RunOutput> ConfinedSandbox::RunTogether(const std::vector<std::string>& sources, Milliseconds limit) {
  std::vector<std::optional<RunOutput>> outputs(sources.size());
  for (std::size_t i = 0; i < sources.size(); ++i) Spawn(RunOne(sources[i], {}, limit, &outputs[i]));
  std::vector<RunOutput> done;
  for (std::optional<RunOutput>& output : outputs) {
    while (!output) site_.loop().Run();
    done.push_back(std::move(*output));
  }
  return done;
}

pid_t ConfinedSandbox::Titled(const std::string& title) const {
  for (const pid_t pid : AllProcesses()) {
    if (UidOf(pid) != id_base_ + kSandboxId) continue;
    if (std::string(ReadWhole(Proc(pid, "cmdline")).c_str()) == title) return pid;
  }
  return 0;
}

pid_t ConfinedSandbox::supervisor() const { return Titled("zoobar: sandbox"); }
pid_t ConfinedSandbox::interpreter() const { return Titled("zoobar: interpreter"); }

std::vector<pid_t> ConfinedSandbox::Runs() const {
  std::vector<pid_t> pids = AllProcesses();
  std::erase_if(pids, [this](pid_t pid) {
    const std::uint32_t uid = UidOf(pid);
    return uid < id_base_ + kRoleIds || uid >= id_base_ + kIdRange;
  });
  return pids;
}

}  // namespace zoobar
