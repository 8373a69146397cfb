// Measures one run of a program alone: from the call to the sandbox until the program has ended and its output is read,
// which is when a page is answered, and until all its processes are gone and its files are taken back. Compares it with
// a cold start of the same program by bubblewrap, in the same process and in alternating rounds.
//
//   sudo build/release/bench/run_bench [ROUNDS [MODULE]...]
//
// With modules (numpy PIL matplotlib), it also measures the same program in a sandbox whose interpreter has loaded these
// modules beforehand, in the same rounds.
//
// Needs bwrap (tools/install-deps bench) and root. The sandbox role is the real one, confined as in a site.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "confinement/confined_sandbox.h"
#include "ipc/loop.h"

namespace zoobar {
namespace {

constexpr const char* kProgram = "import time\nprint('Hello, somebody. It is', time.time())\n";
constexpr int kRunsInARound = 100, kColdInARound = 10, kTogether = 4;

double Median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<long>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

void MustBeRight(const RunOutput& run) {
  if (run.end.end() != WaitReply::END_EXIT || !run.output.starts_with("Hello, somebody"))
    Die("a run ended by {} after {} ms and printed: {}{}", WaitReply::End_Name(run.end.end()), run.end.wall_us() / 1000,
        run.output, run.errors);
}

// Starts the program by bubblewrap, with the options that are closest to the walls of a run. Returns how long it took.
double ColdMicros() {
  const std::int64_t began = MonotonicMicros();
  const pid_t child = fork();
  if (child == 0) {
    dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDOUT_FILENO);
    execlp("bwrap", "bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--clearenv", "--ro-bind",
           "/usr/lib", "/usr/lib", "--ro-bind", "/usr/lib64", "/usr/lib64", "--ro-bind", "/usr/bin", "/usr/bin",
           "--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64", "/usr/bin/python" ZOOBAR_PYTHON, "-I",
           "-S", "-c", kProgram, nullptr);
    _exit(127);
  }
  int how = 0;
  waitpid(child, &how, 0);
  if (how != 0) Die("bwrap: {}", WIFEXITED(how) && WEXITSTATUS(how) == 127 ? "not installed" : "failed");
  return static_cast<double>(MonotonicMicros() - began);
}

// Measures runs alone in one sandbox.
struct Alone {
  explicit Alone(std::vector<std::string> settings) : sandbox(std::move(settings)) {}

  void Round() {
    for (int i = 0; i < kRunsInARound; ++i) {
      const std::int64_t began = MonotonicMicros();
      MustBeRight(sandbox.Run(kProgram));
      answered.push_back(static_cast<double>(sandbox.answered_us() - began));
      gone.push_back(static_cast<double>(MonotonicMicros() - began));
    }
  }

  ConfinedSandbox sandbox;
  std::vector<double> answered, gone;
};

std::vector<std::string> Warmed(const std::vector<std::string>& modules) {
  std::vector<std::string> settings = {"profile { warm_packages: true }"};
  for (const std::string& module : modules) settings.push_back("profile { packages: \"" + module + "\" }");
  return settings;
}

int Main(int rounds, const std::vector<std::string>& modules) {
  Alone plain({});
  std::unique_ptr<Alone> warmed;
  if (!modules.empty()) warmed = std::make_unique<Alone>(Warmed(modules));
  ConfinedSandbox& sandbox = plain.sandbox;
  std::vector<double>&alone = plain.answered, &over = plain.gone;
  std::vector<double> cold, rates;
  for (int round = 0; round < rounds; ++round) {
    plain.Round();
    if (warmed) warmed->Round();
    for (int i = 0; i < kColdInARound; ++i) cold.push_back(ColdMicros());
    const std::int64_t began = MonotonicMicros();
    for (int i = 0; i < kRunsInARound / kTogether; ++i) {
      for (const RunOutput& run : sandbox.RunTogether(std::vector<std::string>(kTogether, kProgram))) MustBeRight(run);
    }
    rates.push_back(kRunsInARound * 1e6 / static_cast<double>(MonotonicMicros() - began));
    std::printf("round %d: a run alone %.2f ms, all gone %.2f ms, bwrap %.1f ms, %d at once %.0f runs/s\n", round + 1,
                Median(alone) / 1e3, Median(over) / 1e3, Median(cold) / 1e3, kTogether, rates.back());
    std::fflush(stdout);
  }
  std::printf("median: a run alone %.2f ms, bwrap %.1f ms: %.1f times as long (%.1f with all gone); %.0f runs/s\n",
              Median(alone) / 1e3, Median(cold) / 1e3, Median(cold) / Median(alone), Median(cold) / Median(over),
              Median(rates));
  if (warmed) {
    std::printf(
        "with the modules loaded beforehand: a run alone %.2f ms, %.2f times as long; all gone %.2f ms, %.2f times\n",
        Median(warmed->answered) / 1e3, Median(warmed->answered) / Median(alone), Median(warmed->gone) / 1e3,
        Median(warmed->gone) / Median(over));
  }
  return 0;
}

}  // namespace
}  // namespace zoobar

int main(int count, char** arguments) {
  const std::vector<std::string> modules(arguments + std::min(count, 2), arguments + count);
  return zoobar::Main(count > 1 ? std::max(1, std::atoi(arguments[1])) : 5, modules);
}
