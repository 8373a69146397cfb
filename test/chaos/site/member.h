// A member's browser on a site that is being disturbed. It pays, makes and ends offers, reads its balance, logs in,
// saves its profile and brings newcomers. If an answer does not come or says "try again", it repeats the same request
// at once, with the same submission, as the pages let a member do. It notes what it asked for and what it was told.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "chaos/history.h"
#include "live_site/browser.h"

namespace zoobar::chaos {

// The time of a clock that is never set, in microseconds.
Moment Now();

// One request and the answer that settled it: the repeated ones between count as none.
struct Answered {
  Moment invoked = 0, returned = 0;
  std::string_view what;
  int attempts = 1;
  std::string before;  // if it took long: the last answer before, such as "503 Back in a moment"
};

// What the browsers of all members share.
struct Bank {
  std::string address;
  std::vector<std::string> members;
  std::atomic<bool> stop = false;               // begin nothing new
  std::atomic<Moment> give_up = 0;              // from then on do not repeat requests either; 0: not yet
  std::atomic<std::uint64_t> acknowledged = 0;  // payments and offers
  // The next amount that each member pays to each other one, and offers, so that no two are the same.
  std::map<std::pair<std::string, std::string>, std::atomic<std::int64_t>> amounts;
  // Forms are sent without their number. So the site cannot know a form that it has got before, and a member who
  // repeats one pays twice. To show that this is found.
  bool without_numbers = false;
};

class Member {
 public:
  // `device` tells the browsers of one member apart.
  Member(Bank& bank, std::string name, int device, std::uint64_t seed);

  // Opens the account, or logs in to it. False if that takes longer than half a minute.
  bool Begin();
  // Acts until the bank says stop.
  void Run();

  const std::vector<Payment>& payments() const { return payments_; }
  const std::vector<Settling>& settlings() const { return settlings_; }
  const std::vector<Read>& reads() const { return reads_; }
  const std::vector<Answered>& answered() const { return answered_; }
  // Whom it has registered, and who was perhaps registered.
  const std::vector<std::string>& newcomers() const { return newcomers_; }
  const std::vector<std::string>& perhaps() const { return perhaps_; }
  // What is wrong whatever the journal says, such as a page that denies what was done.
  const std::vector<std::string>& faults() const { return faults_; }

 private:
  using Ask = std::function<Answer()>;
  // Whether this answer settles the request.
  using Settles = std::function<bool(const Answer& answer, const std::string& text)>;
  bool Insist(std::string_view what, const Ask& ask, const Settles& settles);
  bool LogIn();
  void Pay(bool offer);
  void ReadBalance();
  void NoteBalance(Moment invoked, const std::string& text);
  void EndAnOffer();
  void Settle(std::uint64_t offer, End end);
  void SaveProfile();
  void Look();
  void BringNewcomer();
  bool Chance(unsigned of_100) { return random_() % 100 < of_100; }
  const std::string& Other();

  Bank& bank_;
  const std::string name_;
  const int device_;
  std::mt19937_64 random_;
  Browser browser_;
  std::vector<Payment> payments_;
  std::vector<Settling> settlings_;
  std::vector<Read> reads_;
  std::vector<Answered> answered_;
  std::vector<std::string> newcomers_, perhaps_, faults_;
};

}  // namespace zoobar::chaos
