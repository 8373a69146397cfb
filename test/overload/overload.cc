#include "overload/overload.h"

#include <fmt/format.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <new>
#include <stdexcept>
#include <thread>
#include <utility>

namespace zoobar::overload {
namespace {

constexpr const char* kProgramText = "hello from a program";
constexpr const char* kProgram = "#!python\nprint('<p>hello from a program')";

// HTML that costs a parser much: elements that are never closed are opened again in each paragraph.
std::string Tangled() {
  std::string html;
  for (int i = 0; i < 4000; ++i) html += "<i a=" + std::to_string(i) + ">";
  for (int i = 0; i < 6000; ++i) html += "<p>x";
  return html;
}

// One request for each resource. True if the site did the work that was asked for.

// As many members of one address as there are connections. So many logins at one account would be taken for guesses.
bool HaveAPasswordHashed(Greedy& greedy) {
  static std::atomic<std::uint64_t> last{0};
  Browser& browser = greedy.browser;
  browser.cookies.clear();
  if (greedy.turn > 0) return browser.Login("pupil" + std::to_string(greedy.turn), kPassword).status == 303;
  greedy.turn = ++last;
  return browser.Register("pupil" + std::to_string(greedy.turn), kPassword, kHome).status == 303;
}

bool GuessAPassword(Greedy& greedy) {
  greedy.browser.cookies.clear();
  return greedy.browser.Login(greedy.target, "guess-" + std::to_string(++greedy.turn)).status == 200;
}

bool SaveTangledHtml(Greedy& greedy) {
  static const std::string tangled = Tangled();
  return greedy.browser.Save(tangled + std::to_string(++greedy.turn)).status == 200;
}

void SaveASlowProgram(Greedy& greedy) { greedy.browser.Save("#!python\nimport time\ntime.sleep(0.3)\nprint('x')"); }
bool LookAtOwnProgram(Greedy& greedy) { return greedy.browser.Look(greedy.name).Has(">x"); }
bool LookAtTargetsProgram(Greedy& greedy) { return greedy.browser.Look(greedy.target).Has(kProgramText); }

bool AskForAMissingFile(Greedy& greedy) {
  const std::string path = greedy.name + "-" + std::to_string(++greedy.turn);
  return greedy.browser.Get("/zoobar/media/" + path).status == 404;
}

bool PayTarget(Greedy& greedy) {
  const Answer answer = greedy.browser.Pay(greedy.target, "1");
  return answer.Has("Sent 1 zoobars") || answer.Has("failed");
}

// Half a head, and after some of these another connection.
bool HoldAConnection(Greedy& greedy) {
  const bool sent = greedy.browser.Send("GET /zoobar/index.cgi/login HTTP/1.1\r\nHost:");
  if (++greedy.turn % 8 == 0) greedy.browser.Disconnect();
  return sent;
}

bool CauseALogLine(Greedy& greedy) {
  return greedy.browser.Post(kLogin, {}, "Sec-Fetch-Site: cross-site\r\n").status == 403;
}

bool RegisterOneMore(Greedy& greedy) {
  static std::atomic<std::uint64_t> last{0};
  Browser& browser = greedy.browser;
  const char* const field = "Upgrade-Insecure-Requests: 1\r\n";  // tells the site that it is a browser
  // It was shown the page that says how many are before it. Like a browser it asks again.
  if (browser.cookies.contains("PyZoobarClaim"))
    return browser.Get(std::string(kLogin) + "?waiting=1", field).status == 302;
  browser.cookies.clear();
  const Form form = {{"login_username", greedy.name + "-" + std::to_string(++last)},
                     {"login_password", kPassword},
                     {"submit_registration", "Register"}};
  return browser.Post(kLogin, form, field).status == 303;
}

bool TryAProgram(Greedy& greedy) {
  static const std::string program = "#!python\nimport time\ntime.sleep(0.3)\n# " + std::string(60000, 'x');
  return greedy.browser.Post(kHome, {{"profile_update", program}, {"profile_try", "Try"}}).Has("Finished.");
}

void SaveALargeProfile(Greedy& greedy) { greedy.browser.Save(std::string(60000, '>')); }
bool LookAtOwnProfile(Greedy& greedy) { return greedy.browser.Look(greedy.name).status == 200; }

}  // namespace

std::vector<std::string> Settings() {
  return {"auth { argon2 { memory_kib: 1024 passes: 1 } }", "bank { initial_zoobars: 1000 }"};
}

const std::vector<Resource>& Resources() {
  static const auto nothing = [](Greedy&) {};
  static const std::vector<Resource> resources = {
      {"hashing", nothing, HaveAPasswordHashed},
      {"held logins", nothing, GuessAPassword},
      {"sanitizer", nothing, SaveTangledHtml},
      {"runs", SaveASlowProgram, LookAtOwnProgram},
      {"one program's turns", nothing, LookAtTargetsProgram},
      {"files", nothing, AskForAMissingFile},
      {"payments", nothing, PayTarget},
      {"connections", nothing, HoldAConnection},
      {"log lines", nothing, CauseALogLine},
      {"registrations", nothing, RegisterOneMore},
      {"trials", nothing, TryAProgram},
      {"pages", SaveALargeProfile, LookAtOwnProfile},
  };
  return resources;
}

Load::Load(const LiveSite& site, const Resource& resource, int principals, int connections, const std::string& target) {
  const auto address_of = [](int principal) {
    return "127.0." + std::to_string(1 + principal / 200) + "." + std::to_string(2 + principal % 200);
  };
  for (int i = 0; i < connections; ++i) {
    const int principal = i % principals;
    auto greedy = std::make_unique<Greedy>(
        Greedy{"greedy" + std::to_string(principal), Browser(site.Addresses().at(0), address_of(principal)), target});
    if (i < principals) {
      greedy->browser.Register(greedy->name, kPassword, kHome);
      resource.prepare(*greedy);
    } else {
      greedy->browser.cookies = greedy_[static_cast<std::size_t>(principal)]->browser.cookies;
    }
    greedy_.push_back(std::move(greedy));
  }
  for (auto& greedy : greedy_) greedy->browser.Disconnect();
  void* const shared = mmap(nullptr, sizeof(Counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) throw std::runtime_error("no memory that two processes share");
  counts_ = new (shared) Counts;
  pid_ = fork();
  if (pid_ < 0) throw std::runtime_error("no process for the load");
  if (pid_ == 0) Ask(resource);
}

// Runs in the process of the load.
void Load::Ask(const Resource& resource) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  close_range(3, ~0u, 0);
  // Here the clients share the machine with the site; elsewhere they would not. Even with the lowest nice value a
  // hundred threads together would get more of the processor than a role.
  const sched_param none{};
  sched_setscheduler(0, SCHED_IDLE, &none);
  for (auto& greedy : greedy_) {
    std::thread([this, &resource, &greedy] {
      while (true) ++(resource.act(*greedy) ? counts_->served : counts_->refused);
    }).detach();
  }
  while (true) pause();
}

Load::~Load() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  munmap(counts_, sizeof(Counts));
}

Honest::Honest(const LiveSite& site) : browser_(site.NewMember(name_)) {
  site.NewMember(friend_);
  browser_.Save(kProgram);
  site.NewMember("neighbour").Save(kProgram);
}

std::string Honest::Round(Times* took) {
  ++round_;
  const std::string profile = std::string(kProgram) + "\n# " + std::to_string(round_);
  const struct {
    std::function<Answer()> act;
    std::function<bool(const Answer&)> right;
  } steps[kSteps.size()] = {
      {[&] { return browser_.Login(name_, kPassword, kHome); }, [](const Answer& got) { return got.status == 303; }},
      {[&] { return browser_.Get(kHome); }, [](const Answer& got) { return got.status == 200 && got.Has("Balance"); }},
      {[&] { return browser_.Get(kStyle); }, [](const Answer& got) { return got.status == 200; }},
      {[&] { return browser_.Pay(friend_, "1"); }, [](const Answer& got) { return got.Has("Sent 1 zoobars"); }},
      {[&] { return browser_.Look("neighbour"); }, [](const Answer& got) { return got.Has(kProgramText); }},
      {[&] { return browser_.Save(profile); }, [](const Answer& got) { return got.Has("Profile saved"); }},
  };
  for (std::size_t i = 0; i < kSteps.size(); ++i) {
    const auto begin = std::chrono::steady_clock::now();
    const Answer answer = steps[i].act();
    if (took) (*took)[i] = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
    if (steps[i].right(answer)) continue;
    const std::size_t at = answer.body.find("<h1>");
    return fmt::format("{}: {} {}", kSteps[i], answer.status,
                       at == std::string::npos ? "" : answer.body.substr(at, 300));
  }
  return {};
}

}  // namespace zoobar::overload
