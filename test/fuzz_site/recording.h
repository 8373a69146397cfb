// The last things that each client did, for a file from which they can be done again.
//
// A line of the file is "CLIENT ACTION TEXT". Bytes are written as in C. "@{session:3}" stands for the session of member
// 3 on the site on which they are done again.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz_site/message.h"

namespace zoobar::fuzz_site {

struct Action {
  enum class Kind { kConnect, kSend, kRead, kHalfClose, kReset, kClose };
  std::uint64_t order = 0;  // among those of all clients
  std::size_t client = 0;
  Kind kind = Kind::kConnect;
  std::string text;  // kConnect: the source address; kSend: the bytes
};

// The last actions of one client. Only that client's thread uses it, and who reads it when the thread has ended.
class Recorder {
 public:
  Recorder(std::size_t client, std::atomic<std::uint64_t>& order) : client_(client), order_(order) {}
  void Note(Action::Kind kind, std::string text = {});
  // Bytes in which these tokens are to be replaced by their symbols.
  void NoteSent(std::string_view bytes, const std::vector<Token>& tokens);
  const std::deque<Action>& actions() const { return actions_; }

 private:
  static constexpr std::size_t kMostActions = 80, kMostBytes = 1 << 20;
  std::size_t client_;
  std::atomic<std::uint64_t>& order_;
  std::deque<Action> actions_;
  std::size_t bytes_ = 0;
};

struct Recording {
  std::uint64_t seed = 0;
  std::vector<std::string> faults;
  std::vector<Action> actions;  // in their order
};

// Writes the recording. Returns false if that is not possible.
bool WriteRecording(const std::string& path, const Recording& recording);
// Reads one. Returns what is wrong with the file; empty: nothing.
std::string ReadRecording(const std::string& path, Recording* recording);

}  // namespace zoobar::fuzz_site
