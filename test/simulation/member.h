// A member of the simulated site. A member is honest, and repeats what was not answered until it is.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "simulation/client.h"
#include "simulation/judge.h"
#include "simulation/machine.h"

namespace zoobar::simulation {

// What all members know together.
struct Knowledge {
  Loop& loop;
  Judge& judge;
  const std::string& site;
  std::vector<std::string> names = {};  // of all who will be members

  // Payments that the site has acknowledged, or may have made: by sender, recipient and zoobars.
  using Payment = std::tuple<std::string, std::string, long>;
  std::map<Payment, std::uint64_t> acknowledged = {}, uncertain = {};
  std::map<std::string, long> least_counts =
      {};  // how often each member's program has run at least, as pages have shown

  std::uint64_t acts = 0, unanswered = 0;
  bool ending = false;  // members begin nothing new
};

class Member {
 public:
  Member(Knowledge& all, std::size_t index);

  // Registers, and acts until all.ending.
  Task<void> Live();
  // The balance that the home page shows; nullopt: no answer.
  Task<std::optional<long>> Balance();

  const std::string& name() const { return name_; }
  bool done() const { return done_; }

 private:
  Task<void> Join();
  Task<void> ActOnce();
  Task<void> Pay();
  Task<void> Offer();
  Task<void> SettleOffers();
  Task<void> SaveProfile();
  Task<void> LookAtSomebody();
  Task<void> CheckBalance();
  Task<void> LeaveAndReturn();
  // Whether the answer is the one that was asked for. If not, waits, logs in again if that is why, and counts it.
  Task<bool> Answered(Answer answer);
  Task<bool> Login();
  Task<void> Rest(std::int64_t most_ms);
  const std::string& Somebody();

  Knowledge& all_;
  const std::string name_, password_;
  Client client_;
  Random random_;
  bool done_ = false;
  bool logged_in_ = false;  // the site has said so, and no logout was begun since
};

}  // namespace zoobar::simulation
