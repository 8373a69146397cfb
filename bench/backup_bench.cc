// Measures what a backup takes from a site under load, and how long it and its restore take.
//   backup_bench [MEMBERS [TRANSFERS [PAYERS]]]      defaults: 10000 1000000 8
// Needs root. Fills the stores of a site, then lets PAYERS members pay as fast as they can, each on a connection of their
// own, and counts the payments with and without a backup beside them, in turns. At the end it restores a backup into
// another directory, starts the site there, and lets it verify its journal.
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "ledger/ledger.h"
#include "live_site/live_site.h"
#include "store/environment.h"
#include "stored_credentials.pb.h"

namespace zoobar {
namespace {

constexpr int kRounds = 3;
constexpr int kAtOnce = 512;

double Seconds(std::int64_t began) { return static_cast<double>(MonotonicMicros() - began) / 1e6; }

// Fills the stores of a site that does not run.
class Filling {
 public:
  Filling(std::string state, int members, int transfers)
      : state_(std::move(state)), members_(members), left_(transfers) {
    sizes_.set_map_bytes(std::uint64_t{4} << 30);
    sizes_.set_max_map_bytes(std::uint64_t{64} << 30);
  }

  void Fill() {
    FillBank();
    FillMembers();
    for (const char* role : {"auth", "honeychecker", "bank"}) GiveTo(state_ + "/" + role + "/store");
  }

 private:
  static std::string Id(int member) {
    std::string id = "member" + std::to_string(member);
    id.resize(16, '.');
    return id;
  }
  std::string RandomAct() {
    std::string act(32, '\0');
    randombytes_buf(act.data(), act.size());
    return act;
  }

  void FillBank() {
    ledger_ = MustHave(Ledger::Open(loop_, state_ + "/bank/store", sizes_));
    int running = kAtOnce;
    for (int i = 0; i < kAtOnce; ++i) Spawn(Open(i, &running));
    loop_.Run();
    running = kAtOnce;
    for (int i = 0; i < kAtOnce; ++i) Spawn(Pay(&running));
    loop_.Run();
    ledger_.reset();
  }
  Task<void> Open(int first, int* running) {
    for (int member = first; member < members_; member += kAtOnce) {
      Ledger::Opening opening;
      opening.member = Id(member);
      opening.name = "member" + std::to_string(member);
      opening.act = RandomAct();
      opening.zoobars = 1000;
      auto opened = ledger_->OpenAccount(std::move(opening));
      const auto result = co_await opened;
      if (!result.ok()) Die(result.error().text);
    }
    if (--*running == 0) loop_.Stop();
  }
  Task<void> Pay(int* running) {
    while (left_-- > 0) {
      Ledger::Transfer transfer;
      transfer.sender = Id(static_cast<int>(random_() % static_cast<unsigned>(members_)));
      transfer.recipient = Id(static_cast<int>(random_() % static_cast<unsigned>(members_)));
      transfer.act = RandomAct();
      transfer.zoobars = 1;
      auto sent = ledger_->Send(std::move(transfer));
      const auto result = co_await sent;
      if (!result.ok()) Die(result.error().text);
    }
    if (--*running == 0) loop_.Stop();
  }

  // The accounts of auth, and honeychecker's indexes. Nobody logs in to them, so the tags are any bytes.
  void FillMembers() {
    auto auth = MustHave(Environment::Open(
        loop_, With(EnvironmentOptions::Of(state_ + "/auth/store", "cred", {"accounts", "names"}, sizes_))));
    auto honey = MustHave(
        Environment::Open(loop_, EnvironmentOptions::Of(state_ + "/honeychecker/store", "honey", {"indexes"}, sizes_)));
    const auto accounts = [&](WriteTransaction& tx) -> Status {
      for (int member = 0; member < members_; ++member) {
        StoredAccount account;
        account.set_name("member" + std::to_string(member));
        account.mutable_password()->set_words(Id(member));
        for (int tag = 0; tag < 20; ++tag) account.mutable_password()->add_tags(RandomAct());
        tx.PutMessage(auth->table("accounts"), Id(member), account);
        tx.Put(auth->table("names"), account.name(), Id(member));
      }
      return {};
    };
    MustSucceed(auth->WriteFirst(accounts));
    const auto indexes = [&](WriteTransaction& tx) -> Status {
      for (int member = 0; member < members_; ++member) tx.Put(honey->table("indexes"), Id(member) + Id(member), "i");
      return {};
    };
    MustSucceed(honey->WriteFirst(indexes));
  }
  static EnvironmentOptions With(EnvironmentOptions options) {
    options.format = 2;
    return options;
  }

  static void GiveTo(const std::string& store) {
    struct stat owner{};
    stat(store.c_str(), &owner);
    for (const auto& entry : std::filesystem::directory_iterator(store)) {
      if (chown(entry.path().c_str(), owner.st_uid, owner.st_gid) != 0) Die("chown");
    }
  }

  Loop loop_;
  const std::string state_;
  const int members_;
  int left_;
  Config::Store sizes_;
  std::unique_ptr<Ledger> ledger_;
  std::mt19937 random_{1};
};

// Members who pay without a pause.
class Payers {
 public:
  Payers(LiveSite& site, int count) {
    for (int i = 0; i < count; ++i) {
      const std::string name = "payer" + std::to_string(i);
      threads_.emplace_back([this, browser = site.NewMember(name)]() mutable {
        while (!stop_) paid_ += browser.Pay("member1", "1").Has("Sent 1 zoobars");
      });
    }
  }
  ~Payers() {
    stop_ = true;
    for (std::thread& thread : threads_) thread.join();
  }
  // Payments in a second, during `work`.
  double RateDuring(const std::function<void()>& work) {
    const std::int64_t before = paid_, began = MonotonicMicros();
    work();
    return static_cast<double>(paid_ - before) / Seconds(began);
  }

 private:
  std::atomic<bool> stop_ = false;
  std::atomic<std::int64_t> paid_ = 0;
  std::vector<std::thread> threads_;
};

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void MustEnd(const Ended& ended, const char* what) {
  if (ended.status != 0) Die("{}: {}", what, ended.output);
}

int Measure(int members, int transfers, int payers) {
  LiveSite site;
  site.settings.emplace_back(
      "bank { initial_zoobars: 1000000 acts_burst: 1000000 acts_per_hour: 1000000000 } store { map_bytes: 4294967296 "
      "}");
  if (!site.Start()) Die("{}", site.Output());
  site.Stop();
  std::int64_t began = MonotonicMicros();
  Filling(site.state(), members, transfers).Fill();
  std::printf("filled: %d members, %d transfers, %.1f s\n", members, transfers, Seconds(began));
  if (!site.Start()) Die("{}", site.Output());

  std::vector<double> ratios, times;
  const std::string file = site.scratch() + "/backup";
  {
    Payers paying(site, payers);
    const auto pause = [] { sleep(5); };
    const auto back_up = [&] {
      MustEnd(ExecuteProgram({ZoobarBinary(), "ctl", "--state-dir", site.state(), "backup", file},
                             std::chrono::seconds(600)),
              "backup");
    };
    paying.RateDuring(pause);
    for (int round = 0; round < kRounds; ++round) {
      const double before = paying.RateDuring(pause);
      std::filesystem::remove(file);
      began = MonotonicMicros();
      const double during = paying.RateDuring(back_up);
      times.push_back(Seconds(began));
      const double after = paying.RateDuring(pause);
      ratios.push_back(during / ((before + after) / 2));
      std::printf("payments a second: %.0f before, %.0f during a backup of %.1f s, %.0f after: %.2f\n", before, during,
                  times.back(), after, ratios.back());
      std::fflush(stdout);
    }
  }
  std::printf("median: %.2f of the payments, backup %.1f s, file %.1f MB\n", Median(ratios), Median(times),
              static_cast<double>(std::filesystem::file_size(file)) / 1e6);
  began = MonotonicMicros();
  MustEnd(ExecuteProgram({ZoobarBinary(), "verify-backup", file}, std::chrono::seconds(600)), "verify-backup");
  std::printf("verify-backup: %.1f s\n", Seconds(began));
  site.Stop();
  std::filesystem::rename(site.state(), site.scratch() + "/old");
  began = MonotonicMicros();
  MustEnd(ExecuteProgram({ZoobarBinary(), "restore", file, "--config", site.config, "--state-dir", site.state(),
                          "--set=id_base: " + std::to_string(site.id_base())},
                         std::chrono::seconds(600)),
          "restore");
  std::printf("restore: %.1f s\n", Seconds(began));
  if (!site.Start()) Die("{}", site.Output());
  began = MonotonicMicros();
  const Ended verified = site.Ctl({"verify"});
  MustEnd(verified, "ctl verify");
  std::printf("ctl verify on the restored site, %.1f s: %s", Seconds(began), verified.output.c_str());
  return 0;
}

}  // namespace
}  // namespace zoobar

int main(int argc, char** argv) {
  if (sodium_init() < 0) return 1;
  const auto number = [&](int at, int otherwise) { return argc > at ? std::atoi(argv[at]) : otherwise; };
  return zoobar::Measure(number(1, 10'000), number(2, 1'000'000), number(3, 8));
}
