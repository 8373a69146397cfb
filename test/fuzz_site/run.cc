#include "fuzz_site/run.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <limits>
#include <thread>

#include "fuzz_site/recording.h"
#include "fuzz_site/replay.h"
#include "system/tls_fixture.h"

namespace zoobar::fuzz_site {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kQuarters = 4;
constexpr seconds kProgress{5};
constexpr milliseconds kControlPause{500};
constexpr const char* kHoarder = "127.0.7.2";
constexpr std::size_t kStreamClients = 6;
constexpr std::size_t kOutputShown = 3000;

void Say(const std::string& line) {
  std::fputs(line.c_str(), stdout);
  std::fflush(stdout);
}

// Takes more connections than one address may have, half of them with half a request. Other addresses must not notice.
void Hoard(const std::string& address, const std::atomic<std::size_t>& running) {
  constexpr std::size_t kMore = 3100;  // than a quarter of the default of http.connections
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  const std::size_t most = std::min<std::size_t>(kMore, files.rlim_cur / 2);
  std::vector<Connection> held(most);
  for (std::size_t i = 0; i < most && running > 0; ++i) {
    if (held[i].Open(address, kHoarder) && i % 2 == 0) held[i].Send("GET /zoobar/index.cgi/login HTTP/1.1\r\nHost:");
  }
}

}  // namespace

Run::Run(Options options) : options_(std::move(options)), members_(options_.seed), verdict_(options_.keep_going) {}

int Run::Do() {
  Say(fmt::format("fuzz site: seed {}\n", options_.seed));
  if (!Prepare()) return Conclude();
  shown_ = Budget::Clock::now();
  if (!options_.replay.empty()) {
    Replay();
  } else {
    for (int quarter = 0; quarter < kQuarters && verdict_.go_on(); ++quarter) {
      Fuzz();
      if (verdict_.go_on()) Check(quarter);
    }
  }
  Finish();
  return Conclude();
}

void Run::StartSite() {
  site_.emplace();
  MakeCertificate(site_->scratch(), "ec", {"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"});
  site_->listens = {"127.0.0.1:0", "127.0.0.1:0,tls"};
  site_->settings.push_back(fmt::format("tls {{ certificate: '{0}/ec.pem' key: '{0}/ec.key' }}", site_->scratch()));
  // Each member can pay for a long time.
  site_->settings.emplace_back("bank { initial_zoobars: 100000 }");
  if (!site_->Start()) return verdict_.Fault("the site does not start: " + site_->Output());
  address_ = site_->Addresses().at(0);
}

// Starts the site and registers everybody. Returns false after a fault.
bool Run::Prepare() {
  address_ = options_.url;
  if (address_.empty()) StartSite();
  if (!verdict_.good()) return false;
  grammar_.emplace(members_, address_);
  control_.emplace(address_, options_.seed);
  ground_.emplace(Ground{address_, options_.seed, members_, *grammar_, budget_, tally_, verdict_});
  std::string fault = members_.Register(address_);
  if (fault.empty()) fault = control_->Join();
  if (fault.empty()) fault = control_->Round();
  if (!fault.empty()) verdict_.Fault(fault);
  for (std::size_t i = 0; i < static_cast<std::size_t>(options_.clients); ++i)
    clients_.push_back(std::make_unique<Client>(*ground_, i, order_));
  const std::string secure = site_ ? site_->Addresses().at(1) : "";
  for (std::size_t i = 0; i < kStreamClients && site_; ++i) {
    const std::size_t number = clients_.size() + i;
    streams_.push_back(std::make_unique<Streams>(*ground_, secure.substr(0, secure.find(',')), number));
  }
  if (site_ && verdict_.good()) watcher_.emplace(*site_, verdict_);
  return verdict_.good();
}

// Lets the clients send a quarter of the requests.
void Run::Fuzz() {
  const auto end = options_.seconds == 0 ? Budget::Clock::time_point::max()
                                         : Budget::Clock::now() + milliseconds(options_.seconds * 1000 / kQuarters);
  const std::int64_t requests = options_.requests == 0 ? std::numeric_limits<std::int64_t>::max()
                                                       : (options_.requests + kQuarters - 1) / kQuarters;
  budget_.Begin(requests, end);
  std::atomic<std::size_t> running{clients_.size() + streams_.size()};
  std::vector<std::thread> threads;
  const auto start = [&](const auto& clients) {
    for (const auto& client : clients) {
      threads.emplace_back([&client, &running] {
        client->Run();
        --running;
      });
    }
  };
  start(clients_);
  start(streams_);
  if (site_) threads.emplace_back([this, &running] { Hoard(address_, running); });
  threads.emplace_back([this, &running] {
    while (running > 0 && verdict_.go_on()) {
      if (std::string fault = control_->Round(); !fault.empty()) verdict_.Fault("an honest member: " + fault);
      std::this_thread::sleep_for(kControlPause);
    }
  });
  while (running > 0) {
    std::this_thread::sleep_for(milliseconds(100));
    ShowProgress();
  }
  for (std::thread& thread : threads) thread.join();
}

void Run::ShowProgress() {
  const auto now = Budget::Clock::now();
  if (now - shown_ < kProgress) return;
  const std::uint64_t sent = budget_.sent();
  const double took = std::chrono::duration<double>(now - shown_).count();
  std::string site;
  if (watcher_) {
    const RoleFigures sum = Sum(watcher_->Measure());
    site = fmt::format("; the site has {} processes, {} descriptors, {} MiB", sum.processes, sum.descriptors,
                       sum.memory_kib / 1024);
  }
  Say(fmt::format("fuzz site: {} requests, {:.0f} a second; answers: {} 2xx, {} 3xx, {} 4xx, {} 5xx{}\n", sent,
                  static_cast<double>(sent - shown_requests_) / took, tally_.Of(200, 299), tally_.Of(300, 399),
                  tally_.Of(400, 499), tally_.Of(500, 599), site));
  shown_ = now;
  shown_requests_ = sent;
}

void Run::Expect(const std::vector<std::string>& command, const std::string& meaning) {
  const Ended ended = site_->Ctl(command);
  if (ended.status != 0) verdict_.Fault(fmt::format("{} (zoobar ctl: {}): {}", meaning, ended.status, ended.output));
}

// What must be true while no client uses the site.
void Run::Check(int quarter) {
  if (std::string fault = control_->Round(); !fault.empty()) return verdict_.Fault("an honest member: " + fault);
  if (!site_) return;
  end_ = watcher_->MeasureCalm();
  if (quarter == kQuarters / 2 - 1) half_ = end_;
  watcher_->Look();
  Expect({"status"}, "a role is degraded or does not answer");
  Expect({"verify"}, "the bank is unsound");
}

void Run::Finish() {
  if (!site_) return;
  if (watcher_) watcher_->Look();
  watcher_.reset();
  if (verdict_.go_on() && options_.replay.empty()) {
    for (const std::string& grown : Growth(half_, end_)) verdict_.Fault("growth: " + grown);
  }
  if (verdict_.go_on()) Expect({"log", "verify"}, "a sealed log is not sound");
  const bool refused = site_->Output().find("(SIGSYS)") != std::string::npos;
  if (refused) verdict_.Fault("a role made a system call that it may not make");
  if (!verdict_.go_on()) return;
  if (const int status = site_->Stop(); status != 0)
    verdict_.Fault(fmt::format("the site ends with status {}", status));
}

void Run::Replay() {
  Recording recording;
  if (std::string wrong = ReadRecording(options_.replay, &recording); !wrong.empty()) return verdict_.Fault(wrong);
  DoAgain(recording, *ground_);
  if (std::string fault = control_->Round(); !fault.empty()) verdict_.Fault("an honest member: " + fault);
  if (!site_ || !verdict_.go_on()) return;
  Expect({"status"}, "a role is degraded or does not answer");
  Expect({"verify"}, "the bank is unsound");
}

// Writes the last actions of all clients. Those of the client that saw the fault are enough mostly, and come last.
void Run::WriteLast() const {
  Recording recording;
  recording.seed = options_.seed;
  recording.faults = verdict_.faults();
  for (const auto& client : clients_)
    recording.actions.insert(recording.actions.end(), client->recorder().actions().begin(),
                             client->recorder().actions().end());
  std::sort(recording.actions.begin(), recording.actions.end(),
            [](const Action& a, const Action& b) { return a.order < b.order; });
  const bool written = WriteRecording(options_.record, recording);
  Say(fmt::format("the last requests {} {}\n", written ? "are in" : "could not be written to", options_.record));
  if (verdict_.client() != Verdict::kNoClient)
    Say(fmt::format("client {} saw it; its lines begin with {}\n", verdict_.client(), verdict_.client()));
  Say(fmt::format("again: tools/fuzz site --replay={0}, or with --seed={1}\n", options_.record, options_.seed));
}

int Run::Conclude() {
  Say(tally_.Table());
  if (!half_.empty()) Say(Table(half_, end_));
  if (control_)
    Say(fmt::format("  {} rounds of honest members; {} looks at a program came at a busy moment\n", control_->rounds(),
                    control_->not_shown()));
  if (verdict_.good()) {
    Say(fmt::format("fuzz site: {} requests, seed {}, no fault\n", budget_.sent(), options_.seed));
    return 0;
  }
  if (site_) {
    const std::string output = site_->Output();
    Say("the site's last lines:\n" + output.substr(output.size() - std::min(output.size(), kOutputShown)) + "\n");
  }
  if (options_.replay.empty() && !clients_.empty()) WriteLast();
  for (const std::string& fault : verdict_.faults()) Say("fault: " + fault + "\n");
  Say(fmt::format("fuzz site: {} requests, seed {}, faults: {}\n", budget_.sent(), options_.seed, verdict_.count()));
  return 1;
}

}  // namespace zoobar::fuzz_site
