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

constexpr const char* kHome = "/zoobar/index.cgi/";
constexpr const char* kPassword = "correct-horse-7";
// HTML that costs a parser much: elements that are never closed are opened again in each paragraph.
std::string Tangled() {
  std::string html;
  for (int i = 0; i < 4000; ++i) html += "<i a=" + std::to_string(i) + ">";
  for (int i = 0; i < 6000; ++i) html += "<p>x";
  return html;
}

Answer Save(Visitor& visitor, const std::string& text) {
  return visitor.Post(kHome, {{"profile_update", text}, {"profile_submit", "Save"}});
}

Answer Look(Visitor& visitor, const std::string& owner) {
  return visitor.Get("/zoobar/index.cgi/users?user=" + UrlEncode(owner));
}

}  // namespace

std::vector<std::string> Settings() {
  return {"auth { argon2 { memory_kib: 1024 passes: 1 } }", "bank { initial_zoobars: 1000 }"};
}

const std::vector<Resource>& Resources() {
  static const std::vector<Resource> resources = {
      {"hashing", [](Greedy&) {},
       [](Greedy& greedy) {
         // As many members of one address as there are connections: at one account so many would be guesses.
         static std::atomic<std::uint64_t> last{0};
         Visitor& visitor = greedy.visitor;
         visitor.cookies.clear();
         if (greedy.turn > 0) return visitor.Login("pupil" + std::to_string(greedy.turn), kPassword).status == 303;
         greedy.turn = ++last;
         return visitor.Register("pupil" + std::to_string(greedy.turn), kPassword, kHome).status == 303;
       }},
      {"held logins", [](Greedy&) {},
       [](Greedy& greedy) {
         greedy.visitor.cookies.clear();
         return greedy.visitor.Login(greedy.target, "guess-" + std::to_string(++greedy.turn)).status == 200;
       }},
      {"sanitizer", [](Greedy&) {},
       [](Greedy& greedy) {
         static const std::string tangled = Tangled();
         return Save(greedy.visitor, tangled + std::to_string(++greedy.turn)).status == 200;
       }},
      {"runs", [](Greedy& greedy) { Save(greedy.visitor, "#!python\nimport time\ntime.sleep(0.3)\nprint('x')"); },
       [](Greedy& greedy) { return Look(greedy.visitor, greedy.name).Has(">x"); }},
      {"one program's turns", [](Greedy&) {},
       [](Greedy& greedy) { return Look(greedy.visitor, greedy.target).Has("hello from a program"); }},
      {"files", [](Greedy&) {},
       [](Greedy& greedy) {
         const std::string path = greedy.name + "-" + std::to_string(++greedy.turn);
         return greedy.visitor.Get("/zoobar/media/" + path).status == 404;
       }},
      {"payments", [](Greedy&) {},
       [](Greedy& greedy) {
         const Answer answer = greedy.visitor.Pay(greedy.target, "1");
         return answer.Has("Sent 1 zoobars") || answer.Has("failed");
       }},
      {"connections", [](Greedy&) {},
       [](Greedy& greedy) {
         // Half a head, and then another connection.
         const bool sent = greedy.visitor.Send("GET /zoobar/index.cgi/login HTTP/1.1\r\nHost:");
         if (++greedy.turn % 8 == 0) greedy.visitor.Disconnect();
         return sent;
       }},
      {"log lines", [](Greedy&) {},
       [](Greedy& greedy) {
         const Answer answer = greedy.visitor.Post("/zoobar/index.cgi/login", {}, "Sec-Fetch-Site: cross-site\r\n");
         return answer.status == 403;
       }},
      {"registrations", [](Greedy&) {},
       [](Greedy& greedy) {
         Visitor& visitor = greedy.visitor;
         const char* const browser = "Upgrade-Insecure-Requests: 1\r\n";
         // Behind the page that says how many are before it: ask again, as a browser does.
         if (visitor.cookies.contains("PyZoobarClaim")) {
           return visitor.Get("/zoobar/index.cgi/login?waiting=1", browser).status == 302;
         }
         visitor.cookies.clear();
         static std::atomic<std::uint64_t> last{0};
         return visitor
                    .Post("/zoobar/index.cgi/login",
                          {{"login_username", greedy.name + "-" + std::to_string(++last)},
                           {"login_password", kPassword},
                           {"submit_registration", "Register"}},
                          browser)
                    .status == 303;
       }},
      {"trials", [](Greedy&) {},
       [](Greedy& greedy) {
         static const std::string program = "#!python\nimport time\ntime.sleep(0.3)\n# " + std::string(60000, 'x');
         return greedy.visitor.Post(kHome, {{"profile_update", program}, {"profile_try", "Try"}}).Has("Finished.");
       }},
      {"pages", [](Greedy& greedy) { Save(greedy.visitor, std::string(60000, '>')); },
       [](Greedy& greedy) { return Look(greedy.visitor, greedy.name).status == 200; }},
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
        Greedy{"greedy" + std::to_string(principal), Visitor(site.Addresses().at(0), address_of(principal)), target});
    if (i < principals) {
      greedy->visitor.Register(greedy->name, kPassword, kHome);
      resource.prepare(*greedy);
    } else {
      greedy->visitor.cookies = greedy_[static_cast<std::size_t>(principal)]->visitor.cookies;
    }
    greedy_.push_back(std::move(greedy));
  }
  for (auto& greedy : greedy_) greedy->visitor.Disconnect();
  void* const shared = mmap(nullptr, sizeof(Counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) throw std::runtime_error("no memory for two processes");
  counts_ = new (shared) Counts;
  pid_ = fork();
  if (pid_ < 0) throw std::runtime_error("no process for the load");
  if (pid_ == 0) Ask(resource);
}

// In the process of the load.
void Load::Ask(const Resource& resource) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  close_range(3, ~0u, 0);
  // The clients share the machine with the site; elsewhere they would not. A hundred threads of the lowest nice value
  // would together have more of the processor than a role.
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

Honest::Honest(const LiveSite& site) : visitor_(site.NewVisitor()) {
  Visitor other = site.NewVisitor();
  other.Register(friend_, kPassword, kHome);
  visitor_.Register(name_, kPassword, kHome);
  Save(visitor_, "#!python\nprint('<p>hello from a program')");
  Visitor second = site.NewVisitor();
  second.Register("neighbour", kPassword, kHome);
  Save(second, "#!python\nprint('<p>hello from a program')");
}

std::string Honest::Round(Times* took) {
  ++round_;
  const std::string profile = "#!python\nprint('<p>hello from a program')\n# " + std::to_string(round_);
  const struct {
    std::function<Answer()> act;
    std::function<bool(const Answer&)> right;
  } steps[kSteps.size()] = {
      {[&] { return visitor_.Login(name_, kPassword, kHome); }, [](const Answer& got) { return got.status == 303; }},
      {[&] { return visitor_.Get(kHome); }, [](const Answer& got) { return got.status == 200 && got.Has("Balance"); }},
      {[&] { return visitor_.Get("/zoobar/media/zoobar.css"); }, [](const Answer& got) { return got.status == 200; }},
      {[&] { return visitor_.Pay(friend_, "1"); }, [](const Answer& got) { return got.Has("Sent 1 zoobars"); }},
      {[&] { return Look(visitor_, "neighbour"); }, [](const Answer& got) { return got.Has("hello from a program"); }},
      {[&] { return Save(visitor_, profile); }, [](const Answer& got) { return got.Has("Profile saved"); }},
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
