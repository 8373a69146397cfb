// One client: a connection after the other, over which it sends planned exchanges and judges the answers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "fuzz_site/connection.h"
#include "fuzz_site/grammar.h"
#include "fuzz_site/judge.h"
#include "fuzz_site/members.h"
#include "fuzz_site/mutate.h"
#include "fuzz_site/recording.h"
#include "fuzz_site/run_state.h"

namespace zoobar::fuzz_site {

// What the clients of a run have in common.
struct Ground {
  std::string address;
  std::uint64_t seed;
  Members& members;
  const Grammar& grammar;
  Budget& budget;
  Tally& tally;
  Verdict& verdict;
};

class Client {
 public:
  Client(const Ground& ground, std::size_t number, std::atomic<std::uint64_t>& order);

  // Makes exchanges until the budget is used up, or there is a fault. Then it disconnects. What the n-th exchange of a
  // client sends depends on the seed, its number and n; tokens depend on the site.
  void Run();
  const Recorder& recorder() const { return recorder_; }

 private:
  enum class End { kDone, kEndedEarly };

  void Act(Random& random);
  void TellStory(Random& random);
  void LogInAgain();
  void Do(Exchange& exchange, Random& random);
  bool Connect();
  void Deliver(const Exchange& exchange, Random& random);
  void CollectFramed(Exchange& exchange);
  End CollectOnce(const Exchange& exchange);
  void Collect(const Exchange& exchange);
  void Judge(const Answer& answer, const Message* message);
  void Learn(const Answer& answer, const Message& message);
  void Disconnect();

  const Ground& ground_;
  const std::size_t number_, member_;
  std::string source_;
  std::uint64_t turn_ = 0;
  Connection connection_;
  Speaker speaker_;
  std::size_t exchanges_ = 0;  // on this connection
  std::string guest_session_;
  bool logged_out_ = false;
  Recorder recorder_;
};

}  // namespace zoobar::fuzz_site
