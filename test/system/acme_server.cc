#include "system/acme_server.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <fstream>

#include "ipc/fd.h"
#include "live_site/browser.h"
#include "live_site/command.h"
#include "live_site/eventually.h"
#include "live_site/processes.h"

namespace zoobar {
namespace {

// Ports that were free a moment ago. All are bound before any is given up, so they differ.
std::vector<std::uint16_t> FreePorts(std::size_t count) {
  std::vector<Fd> sockets;
  std::vector<std::uint16_t> ports;
  for (std::size_t i = 0; i < count; ++i) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    sockets.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(bind(sockets.back().get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    getsockname(sockets.back().get(), reinterpret_cast<sockaddr*>(&address), &size);
    ports.push_back(ntohs(address.sin_port));
  }
  return ports;
}

std::string Local(std::uint16_t port) { return "127.0.0.1:" + std::to_string(port); }

}  // namespace

AcmeServer::AcmeServer(std::string folder, std::uint16_t http_port) : folder_(std::move(folder)) {
  const std::vector<std::uint16_t> ports = FreePorts(5);
  port_ = ports[0];
  const Ended made =
      ExecuteProgram({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                      "-days", "30", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout",
                      folder_ + "/own.key", "-out", own_certificate()});
  EXPECT_EQ(made.status, 0) << made.output;
  std::ofstream(folder_ + "/pebble.json")
      << "{\"pebble\": {\"listenAddress\": \"" << Local(port_) << "\", \"managementListenAddress\": \""
      << Local(ports[1]) << "\", \"certificate\": \"" << own_certificate() << "\", \"privateKey\": \"" << folder_
      << "/own.key\", \"httpPort\": " << http_port << ", \"tlsPort\": " << ports[2]
      << ", \"ocspResponderURL\": \"\", \"externalAccountBindingRequired\": false}}";
  Start({"pebble-challtestsrv", "-defaultIPv4", "127.0.0.1", "-defaultIPv6", "", "-dns01", Local(ports[3]), "-http01",
         "", "-https01", "", "-tlsalpn01", "", "-management", Local(ports[4])});
  // Without a random wait before it looks at a challenge, and without refusing some requests on purpose.
  Start({"PEBBLE_VA_NOSLEEP=1", "PEBBLE_WFE_NONCEREJECT=0", "pebble", "-config", folder_ + "/pebble.json", "-dnsserver",
         Local(ports[3])});
  const bool ready = Eventually([&] { return ConnectTo(Local(port_)).valid() && ConnectTo(Local(ports[4])).valid(); });
  EXPECT_TRUE(ready) << Output();
}

AcmeServer::~AcmeServer() {
  for (const pid_t process : processes_) kill(process, SIGKILL);
  for (const pid_t process : processes_) waitpid(process, nullptr, 0);
}

void AcmeServer::Start(std::vector<std::string> command) {
  command.insert(command.begin(), "/usr/bin/env");
  const Fd output(open((folder_ + "/output").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  const pid_t pid = fork();
  if (pid == 0) Become(std::move(command), output.get(), [] { prctl(PR_SET_PDEATHSIG, SIGKILL); });
  processes_.push_back(pid);
}

std::string AcmeServer::Output() const { return ReadWhole(folder_ + "/output"); }

}  // namespace zoobar
