// A long run: a class uses a real site for eight simulated hours, and nothing that the site needs may grow from the
// first quarter to the last. tools/long-run executes this and says what the options mean.
#include <fmt/format.h>
#include <signal.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <memory>
#include <thread>

#include "long_run/classroom.h"
#include "long_run/measures.h"
#include "long_run/operator.h"
#include "long_run/options.h"
#include "long_run/verdict.h"

namespace zoobar::long_run {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr int kFlat = 0, kGrows = 1, kCannotRun = 2;
constexpr std::chrono::seconds kProgress{10};
// Of all answers and of all lessons together. Restarts of roles are meant to disturb nobody.
constexpr double kFewest = 0.005;

const std::vector<std::string> kEveryRole = {
    "app",     "auth",         "bank",   "dispatcher", "echo",   "edge",      "keys",    "login",   "notary", "profile",
    "sandbox", "honeychecker", "logger", "admin",      "static", "sanitizer", "metrics", "console", "course"};
const std::vector<std::string> kThreeRoles = {"echo", "honeychecker", "static"};

class Run {
 public:
  explicit Run(const Options& options) : options_(options) {
    site_.kills_expected = true;  // looked for in Finish
    // The hashes are cheap, so that logins take the time that everything else of them takes. A member has few sessions,
    // so that each has all of them early.
    site_.settings = {"auth { argon2 { memory_kib: 64 passes: 1 } sessions_per_member: 2 }",
                      "bank { initial_zoobars: 1000000 }", LogSettings()};
  }

  int Do() {
    fmt::print("long_run: seed {}, {} members, {} s\n\n{}\n", options_.seed, options_.members, options_.length.count(),
               Explain(RuleFor(options_.brief())));
    std::fflush(stdout);
    if (!site_.Start()) return Fail("the site does not start");
    classroom_ = std::make_unique<Classroom>(site_.Addresses().at(0), options_.members, options_.seed);
    operator_ = std::make_unique<Operator>(site_, *classroom_);
    if (!classroom_->Enter()) return Fail("somebody could not register");
    begun_ = Clock::now();
    for (std::size_t quarter = 0; quarter < quarters_.size(); ++quarter) Live(quarter);
    return Finish();
  }

 private:
  int Fail(std::string_view why) {
    fmt::print(stderr, "long_run: {}:\n{}\n", why, site_.Output());
    return kCannotRun;
  }

  // In the first quarter every role is restarted, so that all others have met its end. In the third three are: if the
  // master or a peer loses something at a restart, the last quarter has more of it than the second.
  std::vector<std::string> ToRestart(std::size_t quarter) const {
    if (quarter == 2) return kThreeRoles;
    return quarter > 0 || options_.brief() ? std::vector<std::string>{} : kEveryRole;
  }

  void Live(std::size_t quarter) {
    const auto length = std::chrono::duration_cast<std::chrono::seconds>(options_.length / 4);
    const Clock::time_point end = Clock::now() + length;
    classroom_->BeginLesson();
    operator_->Begin(ToRestart(quarter), length);
    while (Clock::now() < end) {
      std::this_thread::sleep_until(std::min(end, Clock::now() + kProgress));
      Progress();
    }
    operator_->End();
    classroom_->EndLesson();
    quarters_[quarter].times = classroom_->times().Take();
    quarters_[quarter].measures = MeasureCalm(site_);
    quarters_[quarter].acts = classroom_->counts().acts;
    quarters_[quarter].left = classroom_->counts().left;
  }

  double SimulatedHours() const {
    return static_cast<double>(classroom_->counts().acts) / static_cast<double>(options_.members) / 60;
  }

  void Progress() const {
    std::uint64_t memory = 0, descriptors = 0, processes = 0;
    for (const auto& [name, part] : MeasureParts(site_)) {
      memory += part.anonymous_kib;
      descriptors += part.descriptors;
      processes += part.processes;
    }
    const Counts& counts = classroom_->counts();
    fmt::print(
        "long_run: {:.0f} s of {}: {} acts, {:.1f} simulated hours, {} left, {} unanswered, {} refused; {} MiB, "
        "{} descriptors, {} processes\n",
        Seconds(Clock::now() - begun_).count(), options_.length.count(), counts.acts.load(), SimulatedHours(),
        counts.left.load(), counts.unanswered.load(), counts.refused.load(), memory / 1024, descriptors, processes);
    std::fflush(stdout);
  }

  int Finish() {
    std::vector<std::string> faults;
    const std::string table = Judge(quarters_, RuleFor(options_.brief()), faults);
    const Counts& counts = classroom_->counts();
    const double acts = static_cast<double>(counts.acts);
    if (static_cast<double>(counts.unanswered) > acts * kFewest)
      faults.push_back(fmt::format("{} requests were not answered", counts.unanswered.load()));
    if (static_cast<double>(counts.refused) > acts * kFewest)
      faults.push_back(fmt::format("{} requests were refused", counts.refused.load()));
    for (const std::string& complaint : operator_->complaints()) faults.push_back(complaint);
    if (site_.Stop() != 0) faults.emplace_back("the site did not stop properly");
    for (const char* sign : {"(SIGSYS)", "\"event\":\"died\""}) {
      if (site_.Output().find(sign) != std::string::npos) faults.push_back(fmt::format("the site says {}", sign));
    }
    fmt::print("{}\n", table);
    for (const std::string& fault : faults) fmt::print("  fault: {}\n", fault);
    fmt::print(
        "long_run: seed {}, {} members, {:.1f} simulated hours in {:.0f} s: {} acts, {} members left, {} commands, "
        "{} restarts, {} interrupted backups: {}\n",
        options_.seed, options_.members, SimulatedHours(), Seconds(Clock::now() - begun_).count(), counts.acts.load(),
        counts.left.load(), operator_->commands(), operator_->restarts(), operator_->interrupted(),
        faults.empty() ? "flat" : fmt::format("{} faults", faults.size()));
    return faults.empty() ? kFlat : kGrows;
  }

  const Options options_;
  LiveSite site_;
  std::unique_ptr<Classroom> classroom_;
  std::unique_ptr<Operator> operator_;
  std::array<Quarter, 4> quarters_;
  Clock::time_point begun_;
};

int Main(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);
  const Result<Options> options = ReadOptions({argv + 1, argv + argc});
  if (!options.ok()) {
    fmt::print(stderr, "long_run: {}\n", options.error().text);
    return kCannotRun;
  }
  return Run(*options).Do();
}

}  // namespace
}  // namespace zoobar::long_run

int main(int argc, char** argv) { return zoobar::long_run::Main(argc, argv); }
