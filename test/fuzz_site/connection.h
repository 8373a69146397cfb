// One connection of a client to the site, over which anything may be sent.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "ipc/fd.h"
#include "live_site/browser.h"

namespace zoobar::fuzz_site {

using Patience = std::chrono::milliseconds;

class Connection {
 public:
  enum class Outcome { kAnswer, kEnd, kSilence };

  bool Open(const std::string& address, const std::string& source);
  bool open() const { return socket_.valid(); }

  // Returns when all is sent, or the site has ended the connection or answers without reading on.
  void Send(std::string_view bytes);
  void HalfClose();
  // Ends the connection, by RST or by FIN.
  void Reset();
  void Close();

  // Reads one answer, and skips answers 100. `to_head`: it has no body. After kEnd and kSilence, received() has what
  // came instead.
  Outcome Read(bool to_head, Patience patience, Answer* answer);
  // Reads all until the site ends the connection, or until nothing comes for `quiet`; for the first byte it waits
  // `first`.
  Outcome ReadAll(Patience first, Patience quiet);
  const std::string& received() const { return received_; }
  void Forget() { received_.clear(); }

 private:
  Outcome Fill(Patience patience);

  Fd socket_;
  std::string received_;
};

// All answers that begin in these bytes, as far as they are there. Other bytes are left out, such as the bodies of
// answers to requests that the caller does not know.
std::vector<Answer> AnswersIn(std::string_view bytes);

}  // namespace zoobar::fuzz_site
