// Measures what each known abuse of TLS and HTTP/2 does to others, and how soon the site serves again after the roles
// of TLS or of passwords are killed. Needs root, to start the site.
//
//   sudo build/release/bench/abuse_bench [SECONDS] [ABUSE]     default: 5 seconds, all abuses; ABUSE "none": only kills
//
// Four connections of one address abuse the site, each anew as soon as the site has ended it. They are in a process of
// their own, which has the processors only when neither the site nor the visitor wants them (SCHED_IDLE): so it stands
// for clients on other machines. The visitor has another address and asks for a style sheet on an open HTTP/2
// connection, a hundred times a second; one in ten requests is on a new connection. For each abuse a line shows the
// visitor's median and 99th percentile, and the ratio to the same beside four threads that only compute, measured just
// before: busy processors alone make some requests slower.
#include <fmt/format.h>
#include <openssl/ssl.h>
#include <sched.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "http2/frames.h"
#include "live_site/live_site.h"
#include "system/http2_client.h"
#include "system/tls_fixture.h"

namespace zoobar {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kStyle = "/zoobar/media/zoobar.css";
constexpr const char* kVisitor = "127.0.0.2";
constexpr const char* kAbuser = "127.0.0.3";
constexpr int kConnections = 4;
constexpr int kKills = 10;

double MillisecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

double Quantile(std::vector<double> values, double part) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1, static_cast<std::size_t>(static_cast<double>(values.size()) * part))];
}

// ---- abuses: each does its worst on one connection until the site ends it

struct Abuse {
  const char* name;
  std::function<void(const std::string& address)> once;
};

// Sends these frames again and again.
std::function<void(const std::string&)> Flood(std::string first, std::function<std::string(std::uint32_t)> frames) {
  return [first = std::move(first), frames = std::move(frames)](const std::string& address) {
    Http2Client client(address, kAbuser);
    client.Send(h2::Hello() + first);
    for (std::uint32_t i = 0; client.Send(frames(i)); ++i) {
      char block[16384];  // what the site has answered, so that it need not wait for this client
      while (recv(client.socket(), block, sizeof block, MSG_DONTWAIT) > 0) continue;
    }
  };
}

// No abuse, but as much work for the processors.
void Compute(const std::string&) {
  for (volatile int i = 0; i < 1000000;) i = i + 1;
}

void KeyUpdates(const std::string& address) {
  TlsClient client(address, TLS1_3_VERSION, kAbuser);
  if (!client.Handshake()) return;
  while (SSL_key_update(client.ssl(), SSL_KEY_UPDATE_NOT_REQUESTED) == 1 && SSL_do_handshake(client.ssl()) == 1)
    continue;
}

void HalfHandshakes(const std::string& address) {
  std::vector<Fd> open;
  for (int i = 0; i < 200; ++i) {
    open.push_back(ConnectTo(address, kAbuser));
    send(open.back().get(), "\x16\x03\x01\x02\x00\x01", 6, MSG_NOSIGNAL);
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
}

// Asks for much and reads nothing.
void NoReading(const std::string& address) {
  Http2Client client(address, kAbuser);
  std::string requests = h2::Hello({{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 1 << 30}}) + h2::WindowUpdate(0, 1 << 30);
  for (std::uint32_t stream = 1; stream < 200; stream += 2) requests += h2::Get(stream, kStyle);
  while (client.Send(requests)) requests = h2::Ping();
}

std::string Bomb(std::uint32_t i) {
  std::string block = h2::Block(h2::RequestFields("GET", "/")) + h2::Indexed("x", std::string(4000, 'x'));
  return h2::Frame(h2::kHeaders, h2::kEndStream | h2::kEndHeaders, 2 * i + 1,
                   block + std::string(12000, h2::Entry(62).at(0)));
}

std::vector<Abuse> Abuses() {
  const auto request = [](std::uint32_t i) { return h2::Get(2 * i + 1, kStyle); };
  const auto one = [](std::string frame) {
    std::string many;
    for (int i = 0; i < 20; ++i) many += frame;
    return [many](std::uint32_t) { return many; };
  };
  const std::string post = h2::Headers(1, h2::RequestFields("POST", "/"), h2::kEndHeaders);
  return {
      {"full handshakes", [](const std::string& address) { TlsClient(address, 0, kAbuser).Handshake(); }},
      {"half handshakes", HalfHandshakes},
      {"KeyUpdate flood", KeyUpdates},
      {"rapid reset", Flood("", [=](std::uint32_t i) { return request(i) + h2::Reset(2 * i + 1); })},
      {"provoked resets", Flood("", [=](std::uint32_t i) { return request(i) + h2::WindowUpdate(2 * i + 1, 0); })},
      {"SETTINGS flood", Flood("", one(h2::Settings()))},
      {"PING flood", Flood("", one(h2::Ping()))},
      {"PRIORITY flood", Flood("", one(h2::Frame(h2::kPriority, h2::kNone, 3, h2::Number(0, 4) + "x")))},
      {"WINDOW_UPDATE flood", Flood("", one(h2::WindowUpdate(0, 1)))},
      {"empty DATA flood", Flood(post, one(h2::Data(1, "")))},
      {"CONTINUATION flood", Flood(h2::Headers(1, h2::RequestFields("GET", "/"), h2::kEndStream),
                                   one(h2::Frame(h2::kContinuation, h2::kNone, 1, h2::Field("x", "y"))))},
      {"HPACK bomb", Flood("", Bomb)},
      {"tiny windows", Flood(h2::Settings({{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 1}}),
                             [=](std::uint32_t i) { return request(i) + h2::WindowUpdate(2 * i + 1, 1); })},
      {"responses not read", NoReading},
      {"requests without end", Flood("", request)},
  };
}

// Abuses the site from a process of its own, for as long as this exists.
class Abusing {
 public:
  Abusing(const Abuse& abuse, const std::string& address) : pid_(fork()) {
    if (pid_ != 0) return;
    const sched_param none{};
    sched_setscheduler(0, SCHED_IDLE, &none);
    for (int i = 0; i < kConnections; ++i) {
      std::thread([&abuse, &address] {
        for (;;) abuse.once(address);
      }).detach();
    }
    for (;;) pause();
  }
  ~Abusing() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  Abusing(const Abusing&) = delete;
  Abusing& operator=(const Abusing&) = delete;

 private:
  pid_t pid_;
};

// ---- the visitor

struct Times {
  std::vector<double> requests, connections;
  int failed = 0;
};

Times Visit(const std::string& address, double seconds) {
  Times times;
  auto client = std::make_unique<Http2Client>(address, kVisitor);
  client->Send(h2::Hello());
  std::uint32_t stream = 1;
  const auto begin = Clock::now();
  for (int i = 1; MillisecondsSince(begin) < 1000 * seconds; ++i) {
    std::this_thread::sleep_until(begin + i * std::chrono::milliseconds(10));
    const auto asked = Clock::now();
    if (i % 10 == 0) {
      Http2Client fresh(address, kVisitor);
      fresh.Send(h2::Hello());
      times.failed += fresh.Get(1, kStyle) != "200";
      times.connections.push_back(MillisecondsSince(asked));
      continue;
    }
    times.failed += client->Get(stream, kStyle) != "200";
    times.requests.push_back(MillisecondsSince(asked));
    client->reader.frames.clear();
    stream += 2;
  }
  return times;
}

void Report(const Abuse& abuse, const std::string& address, double seconds) {
  Times alone, beside;
  {
    const Abusing computing({"", Compute}, address);
    alone = Visit(address, seconds);
  }
  {
    const Abusing abusing(abuse, address);
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    beside = Visit(address, seconds);
  }
  const auto show = [](const std::vector<double>& now, const std::vector<double>& before) {
    const double median = Quantile(now, 0.5), most = Quantile(now, 0.99);
    return fmt::format("{:6.2f} ms ({:4.1f}x), p99 {:6.2f} ms ({:4.1f}x)", median, median / Quantile(before, 0.5), most,
                       most / Quantile(before, 0.99));
  };
  fmt::print("{:22} request {}   new connection {}   {} failed\n", abuse.name, show(beside.requests, alone.requests),
             show(beside.connections, alone.connections), beside.failed);
  std::fflush(stdout);
}

// ---- roles that are killed

bool Serves(const std::string& address) {
  TlsClient client(address, 0, kVisitor);
  return client.Handshake() && client.Ask() == 200;
}

// Kills every process of the role, and waits until `serves` is true.
void ReportKills(const LiveSite& site, const std::string& role, const std::function<bool()>& serves) {
  std::vector<double> times;
  for (int i = 0; i < kKills; ++i) {
    std::this_thread::sleep_for(std::chrono::seconds(3));  // or the master waits longer before it starts the role again
    const auto killed = Clock::now();
    for (const RoleProcess& each : site.Roles()) {
      if (each.name == role) kill(each.pid, SIGKILL);
    }
    while (!serves()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    times.push_back(MillisecondsSince(killed));
  }
  fmt::print("kill -9 of {:6} serves again after {:.0f} ms (median of {}), {:.0f} ms at most\n", role,
             Quantile(times, 0.5), kKills, Quantile(times, 1));
  std::fflush(stdout);
}

int Main(double seconds, const std::string& only) {
  std::signal(SIGPIPE, SIG_IGN);
  LiveSite site;
  site.kills_expected = true;
  site.listens = {"127.0.0.1:0", "127.0.0.1:0,tls"};
  const std::string file = site.scratch() + "/ec";
  MakeCertificate(site.scratch(), "ec", {"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"});
  site.settings.push_back("tls { certificate: \"" + file + ".pem\" key: \"" + file + ".key\" }");
  if (!site.Start()) {
    std::fprintf(stderr, "%s\n", site.Output().c_str());
    return 1;
  }
  std::string address = site.Addresses().at(1);
  address.resize(address.size() - 4);  // without ",tls"
  Visit(address, 1);
  for (const Abuse& abuse : Abuses()) {
    if (only.empty() || only == abuse.name) Report(abuse, address, seconds);
  }
  if (!only.empty() && only != "none") return 0;
  for (const char* role : {"edge", "keys"}) ReportKills(site, role, [&] { return Serves(address); });
  ReportKills(site, "login", [&] { return site.NewBrowser().Get("/zoobar/index.cgi/login").status == 200; });
  return 0;
}

}  // namespace
}  // namespace zoobar

int main(int argc, char** argv) { return zoobar::Main(argc > 1 ? std::atof(argv[1]) : 5, argc > 2 ? argv[2] : ""); }
