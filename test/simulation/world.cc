#include "simulation/world.h"

#include <algorithm>

#include "config/config.h"
#include "ipc/try.h"
#include "simulation/put_in.h"

namespace zoobar::simulation {
namespace {

constexpr std::uint64_t kMostSteps = 20'000'000;  // of one seed; more means that something goes round in circles
constexpr std::int64_t kMostTroubleSeconds = 25;
constexpr std::uint64_t kMostActs = 500;

}  // namespace

World::World(std::uint64_t seed, std::string scratch)
    : scratch_(std::move(scratch)), machine_(seed), bank_(scratch_ + "/bank", judge_) {
  machine_.rough = machine_.random().OneIn(3) ? 0 : machine_.random().Between(20, 400);
  machine_.disk().loses_flushes = BugPutIn() == Bug::kLostFlush;
}

Config World::Settings() const {
  ConfigSources sources;
  sources.file = std::string(ZOOBAR_SOURCE_DIR) + "/config/zoobar.textproto";
  sources.sets = {"auth { argon2 { memory_kib: 8 passes: 1 } sweetwords: 3 min_password_score: 0 }",
                  "store { map_bytes: 1048576 }", "notary { sign_seconds: 3 }"};
  sources.state_dir = scratch_;
  return MustHave(ReadConfig(sources));
}

bool World::Run() {
  Process& self = machine_.Start("world", "", [this] { return Main(); });
  self.on_end = [this, &self] { judge_.Fault("the simulation itself has ended: {}", self.last_words); };
  while (!finished_ && judge_.sound()) {
    if (!machine_.Step()) judge_.Fault("nothing can happen any more");
    if (machine_.steps() > kMostSteps) judge_.Fault("no end after {} steps", kMostSteps);
    AfterStep();
  }
  return judge_.sound();
}

// After each flush of a disk, bank's store is read.
void World::AfterStep() {
  if (machine_.disk().flushes() == flushes_seen_) return;
  flushes_seen_ = machine_.disk().flushes();
  bank_.Look();
}

int World::Main() {
  loop_ = std::make_unique<Loop>();
  site_ = std::make_unique<SimulatedSite>(*loop_, judge_, Settings(), scratch_);
  knowledge_ = std::make_unique<Knowledge>(Knowledge{*loop_, judge_, site_->address()});
  site_->Start();
  Spawn(Story());
  loop_->Run();
  return 0;
}

Task<bool> World::WaitFor(std::function<bool()> reached, std::int64_t seconds) {
  const std::int64_t until = machine_.now() + seconds * 1'000'000;
  while (!reached()) {
    if (machine_.now() > until) co_return false;
    auto resting = Sleep(*loop_, Milliseconds(10));
    co_await resting;
  }
  co_return true;
}

Task<void> World::Story() {
  auto starting = WaitFor([this] { return site_->AllReady(); }, 60);
  const bool ready = co_await starting;
  if (!ready) judge_.Fault("the site does not start");
  // Mostly a few members, who meet often; one site of ten is full.
  const std::uint64_t count = machine_.random().OneIn(10) ? kMostMembers : 2 + machine_.random().Below(20);
  for (std::size_t i = 0; i < count; ++i) knowledge_->names.push_back("member" + std::to_string(i));
  for (std::size_t i = 0; i < count; ++i) {
    members_.push_back(std::make_unique<Member>(*knowledge_, i));
    Spawn(members_.back()->Live());
  }
  auto troubling = Trouble();
  co_await troubling;
  knowledge_->ending = true;
  auto ending = WaitFor(
      [this] { return std::ranges::all_of(members_, [](const auto& member) { return member->done(); }); }, 3'000);
  const bool ended = co_await ending;
  if (!ended) judge_.Fault("a member still waits for an answer");
  auto judging = JudgeAtTheEnd();
  co_await judging;
  finished_ = true;
}

Task<void> World::Trouble() {
  Random& random = machine_.random();
  const std::int64_t until = machine_.now() + random.Between(5, kMostTroubleSeconds) * 1'000'000;
  const std::uint64_t kinds = random.Below(32);  // which of the troubles this site has
  const std::int64_t pause = random.Between(50, 4'000);
  while (machine_.now() < until && knowledge_->acts < kMostActs && judge_.sound()) {
    auto resting = Sleep(*loop_, Milliseconds(random.Between(1, pause)));
    co_await resting;
    const std::uint64_t kind = random.Below(5);
    if ((kinds >> kind & 1) == 0) continue;
    if (kind == 0) site_->KillOne();
    if (kind == 1) site_->StopOne();
    if (kind == 2 && random.OneIn(3)) {
      site_->CutPower();
      bank_.Forget();
      bank_.Look();
      bank_.Compare(*knowledge_, false);
    }
    if (kind == 3) {
      ++clock_steps_;
      machine_.StepClock(random.Between(-600, 600) * 1'000'000);
    }
    if (kind == 4) {
      site_->disk_may_end_roles = true;
      machine_.disk().faults = machine_.disk().faults == 0 ? random.Between(4, 60) : 0;
    }
  }
  machine_.disk().faults = 0;
}

Task<void> World::JudgeAtTheEnd() {
  auto starting = WaitFor([this] { return site_->AllReady(); }, 60);
  const bool ready = co_await starting;
  if (!ready) judge_.Fault("a role does not come back");
  bank_.Look();
  bank_.Compare(*knowledge_, true);
  for (const auto& member : members_) {
    std::optional<long> balance;
    for (int tries = 0; tries < 100 && !balance; ++tries) {
      auto asking = member->Balance();
      balance = co_await asking;
    }
    bank_.Look();
    const long stored = bank_.BalanceOf(member->name());
    if (balance.value_or(-1) != stored) {
      judge_.Fault("{} sees {} zoobars, and has {}", member->name(), balance.value_or(-1), stored);
    }
  }
  auto verifying = site_->Verify();
  const std::optional<VerifyReply> verified = co_await verifying;
  if (!verified) judge_.Fault("bank does not verify its journal");
  if (verified && !verified->sound()) judge_.Fault("bank's journal: {}", verified->faults(0));
}

std::string World::Summary() const {
  return fmt::format(
      "{} members, {} acts, {} entries, {} runs of programs, {} kills, {} stops, {} power cuts, {} disk faults, {} "
      "clock "
      "steps, {} unanswered, {} steps, {} s, mark {:016x}",
      members_.size(), knowledge_ ? knowledge_->acts : 0, bank_.entries(), site_ ? site_->sandbox().runs : 0,
      site_ ? site_->kills() : 0, site_ ? site_->stops() : 0, machine_.disk().cuts(), machine_.disk().made_faults(),
      clock_steps_, knowledge_ ? knowledge_->unanswered : 0, machine_.steps(),
      (machine_.now() - 1'000'000'000) / 1'000'000, machine_.fingerprint());
}

}  // namespace zoobar::simulation
