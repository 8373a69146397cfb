// A member's browser on the simulated machine: one connection, cookies, and patience.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ipc/fd.h"
#include "ipc/loop.h"
#include "ipc/task.h"

namespace zoobar::simulation {

struct Answer {
  int status = 0;  // 0: there was none
  std::string head, body;

  bool Has(std::string_view text) const { return body.find(text) != std::string::npos; }
};

using Form = std::vector<std::pair<std::string, std::string>>;

class Client {
 public:
  // site: SimulatedSite::address. address: where the client seems to come from.
  Client(Loop& loop, const std::string& site, std::uint32_t address) : loop_(loop), site_(site), address_(address) {}

  Task<Answer> Get(std::string path);
  Task<Answer> Post(std::string path, Form form);

  std::map<std::string, std::string> cookies;

 private:
  Task<Answer> Ask(std::string request);
  bool Connect();
  bool SendAll(std::string_view bytes) const;
  Task<bool> Fill();
  std::string CookieLine() const;
  void TakeCookies(const std::string& head);

  Loop& loop_;
  const std::string& site_;
  const std::uint32_t address_;
  Fd socket_;
  std::string received_;
};

}  // namespace zoobar::simulation
