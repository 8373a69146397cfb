// A certificate authority with ACME (pebble), and the name server that it asks. Both listen on free ports of 127.0.0.1
// and end with this object. Every name has the address 127.0.0.1 there.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace zoobar {

class AcmeServer {
 public:
  // folder: a folder of the test, for its files. http_port: where it looks for challenges. The test fails if it does not
  // start.
  AcmeServer(std::string folder, std::uint16_t http_port);
  ~AcmeServer();
  AcmeServer(const AcmeServer&) = delete;
  AcmeServer& operator=(const AcmeServer&) = delete;

  // For --server of certbot, and the certificate of that address's own TLS.
  std::string directory_url() const { return "https://127.0.0.1:" + std::to_string(port_) + "/dir"; }
  std::string own_certificate() const { return folder_ + "/own.pem"; }
  // What it has printed.
  std::string Output() const;

 private:
  void Start(std::vector<std::string> command);

  const std::string folder_;
  std::uint16_t port_ = 0;
  std::vector<pid_t> processes_;
};

}  // namespace zoobar
