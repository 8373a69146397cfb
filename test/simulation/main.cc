// simulation: simulates sites under seeds, each in a process of its own. tools/simulate starts it.
//   simulation SEED [MORE SEEDS]    these seeds; prints what happened in each
//   simulation --for=SECONDS        fresh seeds, until the time is over
//   simulation --seeds=N            N fresh seeds
//   --from=SEED    fresh seeds begin here; else the clock says where
//   --put-in=BUG   puts in a bug that must be found: lost-flush, forgotten-ticket or shared-file
//   --twice        simulates each seed twice, and compares what happened
//   --log          prints the last lines of the site's log after a fault
// Exit status: 0 no fault, 1 a fault was found, 2 wrong use.
#include <fmt/format.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "ipc/result.h"
#include "simulation/put_in.h"
#include "simulation/world.h"

namespace zoobar::simulation {
namespace {

constexpr rlim_t kOpenFiles = 20'000;
constexpr unsigned kLongestSeconds = 900;  // of one seed, in real time

struct Wishes {
  std::vector<std::uint64_t> seeds;
  std::uint64_t count = 0, seconds = 0, from = 0;
  std::string bug;
  bool twice = false, log = false;
  std::string folder;  // not empty: one seed, in this process, with its stores here
};

int Usage() {
  std::fprintf(stderr,
               "simulation: use: tools/simulate SEED... | --for=SECONDS | --seeds=N  [--from=SEED] [--twice] [--log] "
               "[--put-in=lost-flush|forgotten-ticket|shared-file]\n");
  return 2;
}

std::optional<std::uint64_t> NumberOf(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<Wishes> Read(int argc, char** argv) {
  Wishes wishes;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    const std::size_t equals = argument.find('=');
    const std::string_view name = argument.substr(0, equals);
    const std::string_view value = equals == argument.npos ? "" : argument.substr(equals + 1);
    const std::optional<std::uint64_t> number = NumberOf(argument.starts_with("--") ? value : argument);
    if (name == "--put-in" && PutIn(value)) {
      wishes.bug = value;
    } else if (argument == "--twice") {
      wishes.twice = true;
    } else if (argument == "--log") {
      wishes.log = true;
    } else if (name == "--in") {
      wishes.folder = value;
    } else if (!number) {
      return std::nullopt;
    } else if (name == "--for") {
      wishes.seconds = *number;
    } else if (name == "--seeds") {
      wishes.count = *number;
    } else if (name == "--from") {
      wishes.from = *number;
    } else if (!argument.starts_with("--")) {
      wishes.seeds.push_back(*number);
    } else {
      return std::nullopt;
    }
  }
  if (wishes.seeds.empty() && wishes.count == 0 && wishes.seconds == 0) return std::nullopt;
  return wishes;
}

std::string OneSeed(std::uint64_t seed, const Wishes& wishes, bool* sound) {
  const std::string scratch = wishes.folder + "/s";  // each run has a folder name of the same length
  std::filesystem::create_directory(scratch);
  std::string said;
  {
    // Never destroyed: what killed roles have left must not be touched.
    auto& world = *new World(seed, scratch);
    *sound = world.Run();
    said = world.Summary();
    for (const std::string& fault : world.judge().faults()) said += "\n  fault: " + fault;
    if (!*sound && wishes.log) {
      for (const std::string& line : world.log().lines) said += "\n  log: " + line;
    }
  }
  return said;
}

// Simulates one seed and prints the result. The exit status of the process.
int RunHere(const Wishes& wishes) {
  signal(SIGPIPE, SIG_IGN);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  alarm(kLongestSeconds);
  const rlimit files{kOpenFiles, kOpenFiles};
  setrlimit(RLIMIT_NOFILE, &files);
  bool sound = false;
  const std::string said = OneSeed(wishes.seeds[0], wishes, &sound);
  std::printf("seed %llu: %s\n", static_cast<unsigned long long>(wishes.seeds[0]), said.c_str());
  std::fflush(stdout);
  _exit(sound ? 0 : 1);
}

struct Child {
  std::uint64_t seed;
  std::string folder;  // for its stores; whatever ends it, the runner removes it
  FILE* output;
};

std::string NewFolder() {
  std::string folder = std::filesystem::exists("/dev/shm") ? "/dev/shm/simulation-XXXXXX" : "/tmp/simulation-XXXXXX";
  if (!mkdtemp(folder.data())) Die("simulation: no folder for the stores");
  return folder;
}

class Runner {
 public:
  Runner(std::string program, Wishes wishes) : program_(std::move(program)), wishes_(std::move(wishes)) {}

  int Run() {
    const std::time_t until = std::time(nullptr) + static_cast<std::time_t>(wishes_.seconds);
    std::uint64_t next = wishes_.from != 0 ? wishes_.from : static_cast<std::uint64_t>(std::time(nullptr)) * 1000;
    const auto more = [&] {
      if (!wishes_.bug.empty() && faulty_ > 0 && wishes_.seeds.empty()) return false;  // it was found
      if (!wishes_.seeds.empty()) return begun_ < wishes_.seeds.size();
      if (wishes_.count != 0) return begun_ < wishes_.count;
      return std::time(nullptr) < until;
    };
    if (wishes_.seeds.empty()) std::printf("simulation: seeds from %llu\n", static_cast<unsigned long long>(next));
    const std::size_t at_once = std::max(1u, std::thread::hardware_concurrency());
    while (more() || !children_.empty()) {
      while (more() && children_.size() < at_once) {
        Begin(wishes_.seeds.empty() ? next++ : wishes_.seeds[begun_]);
      }
      TakeOne();
    }
    std::printf("simulation: %zu seeds, %zu faulty\n", begun_, faulty_);
    return faulty_ > 0 ? 1 : 0;
  }

 private:
  void Begin(std::uint64_t seed) {
    const std::string folder = NewFolder();
    std::string command = "exec " + program_ + " --in=" + folder + " " + std::to_string(seed);
    if (!wishes_.bug.empty()) command += " --put-in=" + wishes_.bug;
    if (wishes_.log) command += " --log";
    ++begun_;
    children_.push_back({seed, folder, popen(command.c_str(), "re")});
    if (!children_.back().output) Die("simulation: popen");
  }

  void TakeOne() {
    const Child child = children_.front();
    children_.erase(children_.begin());
    std::string said;
    char part[4096];
    std::size_t count;
    while ((count = std::fread(part, 1, sizeof part, child.output)) > 0) said.append(part, count);
    const int status = pclose(child.output);
    std::filesystem::remove_all(child.folder);
    if (said.empty()) {  // LMDB, for example, aborts when it finds a page that cannot be
      said =
          fmt::format("seed {}: it said nothing\n  fault: {} ended the process\n", child.seed,
                      WIFSIGNALED(status) ? fmt::format("signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status)))
                                          : fmt::format("status {}", WEXITSTATUS(status)));
    }
    const bool differs = wishes_.twice && !Repeats(child.seed, said);
    if (differs) said += "  fault: the second time something else happened\n";
    if (status != 0 || differs) ++faulty_;
    if (status != 0 || differs || !wishes_.seeds.empty()) std::fputs(said.c_str(), stdout);
    if (begun_ % 100 == 0) std::printf("simulation: %zu seeds begun, %zu faulty\n", begun_, faulty_);
    std::fflush(stdout);
  }

  // Whether the seed says the same the second time.
  bool Repeats(std::uint64_t seed, const std::string& said) {
    const auto found = said_.find(seed);
    if (found != said_.end()) return found->second == said;
    said_[seed] = said;
    Begin(seed);
    --begun_;
    return true;
  }

  const std::string program_;
  const Wishes wishes_;
  std::vector<Child> children_;
  std::map<std::uint64_t, std::string> said_;
  std::size_t begun_ = 0, faulty_ = 0;
};

}  // namespace

int Main(int argc, char** argv) {
  // Without random addresses of memory, so that a seed always does the same.
  if ((personality(0xffffffff) & ADDR_NO_RANDOMIZE) == 0) {
    personality(ADDR_NO_RANDOMIZE);
    execv("/proc/self/exe", argv);
  }
  const std::optional<Wishes> wishes = Read(argc, argv);
  if (!wishes) return Usage();
  if (!wishes->folder.empty()) return RunHere(*wishes);
  return Runner(std::filesystem::read_symlink("/proc/self/exe"), *wishes).Run();
}

}  // namespace zoobar::simulation

int main(int argc, char** argv) { return zoobar::simulation::Main(argc, argv); }
