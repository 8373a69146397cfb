// Slows down who guesses passwords, online, and nobody else.
//
// A failed login is one unit of debt: of the account it was for, of the address it came from, and of the two together
// (what this address owes for this account). Debt runs off evenly, one unit every so many seconds (a leaky bucket).
//
// Past a number of failures at an account two things slow further attempts at it:
//   - Each address waits for its own failures there: 250 ms, doubling with each further one. An address that has failed
//     there fewer than kUnslowed times lately does not wait: it may be the member's.
//   - All addresses together get a bounded number of attempts judged, one in `pace_ms` (credentials/guess_lanes.h says
//     in which order). This bounds guessing from many addresses.
// Nothing here refuses by what the account owes: otherwise any stranger could lock any member out. An address that goes
// on, whatever the accounts, is held and then refused.
//
// Whoever comes with a device that has logged in to the account before is not measured by what strangers do, but has a
// budget of its own for this account ("Slow Down Online Guessing Attacks with Device Cookies", OWASP): a member gets in
// from their own browser while the whole world guesses, and a stolen device cookie buys a handful of guesses.
//
// An attempt is charged before it is judged and the charge given back when it proves right: a thousand guesses sent at
// once all count. Names are never looked up: an account that does not exist slows down as one that does.
//
// What it cannot do: tell a member on a new device from a guesser at an address that is new too. docs/credentials.md
// has the figures of what many addresses can do to such a member.
//
// Everything is in memory, bounded, and forgotten with the process. Tables are keyed by hashes under a key drawn at
// construction: no names or addresses are kept, and nobody can aim at another's entry. A full table forgets the entry
// that owes least, those that owe nothing first: to make it forget an account that owes n, 65,536 others must be made
// to owe more.
#pragma once

#include <sodium.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "config.pb.h"

namespace zoobar {

// Of one thread.
class LoginThrottle {
 public:
  struct Limits {
    std::uint32_t account_failures = 10;   // before attempts at an account are held; a known device's whole budget too
    std::uint32_t account_seconds = 30;    // until one of them is forgotten; 0: at once, nothing is ever held
    std::uint32_t address_failures = 100;  // before attempts from an address are held; past twice as many: refused
    std::uint32_t address_seconds = 1;
    std::uint32_t max_delay_ms = 4000;
    std::uint32_t held = 256;  // attempts with a delay, of all accounts

    static Limits From(const Config::Throttle& config);
  };
  using Clock = std::function<std::int64_t()>;  // milliseconds, best monotonic; set back, debts last so much longer

  static constexpr std::size_t kEntries = 65536;        // of each table at most; 9 MB when full
  static constexpr std::uint32_t kHeldPerAddress = 16;  // attempts of one address held at once
  static constexpr std::int64_t kFirstDelayMs = 250;
  // Failures of one address at one account that slow nothing: somebody tries the passwords they may have used here.
  static constexpr std::uint32_t kUnslowed = 3;
  // An account that owes much has so many attempts judged in max_delay_ms, of all addresses together.
  static constexpr std::uint32_t kJudgedPerDelay = 8;

  // Whose attempt. Texts that differ are different accounts, addresses, devices: bring them into one form first.
  struct Who {
    std::string_view name;     // as typed, or in the form in which names are compared; need not exist
    std::string_view address;  // an IPv4 address, an IPv6 network of 64 bits
    std::string_view device;   // of a device known to have logged in to this account; empty: a device not known
  };

  enum class Outcome {
    kRight,      // the charge is given back; what others owe stays
    kWrong,      // the charge stays
    kNotJudged,  // nothing was learnt (busy, client gone): the charge is given back
  };

  // An attempt that was charged. Goes to End exactly once; destroyed without, it was not judged. An empty one (of a
  // refused attempt, or moved from) charges nothing and may be ended or not. Must not outlive its throttle.
  class Attempt {
   public:
    Attempt() = default;
    Attempt(Attempt&& other) noexcept;
    Attempt& operator=(Attempt&& other) noexcept;
    ~Attempt();

   private:
    friend class LoginThrottle;
    LoginThrottle* throttle_ = nullptr;
    std::uint64_t account_ = 0, address_ = 0, pair_ = 0, device_ = 0;
    double account_charge_ = 0, address_charge_ = 0, pair_charge_ = 0, device_charge_ = 0;  // in units of debt
    bool held_ = false;
  };

  struct Admission {
    bool refused = false;            // not to be judged: 429
    std::int64_t delay_ms = 0;       // to let pass before it is judged
    std::int64_t retry_after_s = 0;  // where refused: when to come again, 1 at least
    std::int64_t pace_ms = 0;   // above 0: then a turn at the account is needed, of which there is one in this time
    bool guessed = false;       // its address has failed at this account kUnslowed times lately, or more
    std::uint64_t account = 0;  // names the account to whoever gives the turns
    Attempt attempt;            // empty where refused
  };

  LoginThrottle(Limits limits, Clock clock);
  LoginThrottle(const LoginThrottle&) = delete;
  LoginThrottle& operator=(const LoginThrottle&) = delete;

  // From now on. What is owed stays as many units.
  void Configure(Limits limits);

  // Charges the attempt, unless it is refused. Attempts with a delay count as held until Released or End.
  //   a known device within its budget: no delay, and its own budget alone is charged; past it, as if not known
  //   any other: the longer of two delays, of the address and of the address at this account; then a turn, where the
  //   account owes more than account_failures. Refused when the address owes twice address_failures already, or where
  //   it would be held and kHeldPerAddress of its address or `held` in all are.
  Admission Begin(const Who& who);

  // The delay has passed and the attempt is about to be judged.
  void Released(Attempt& attempt);

  void End(Attempt attempt, Outcome outcome);

  // For counters and tests.
  struct Sizes {
    std::size_t accounts = 0, addresses = 0, pairs = 0, devices = 0, held = 0;
  };
  Sizes sizes() const;

 private:
  // Who owes what. Debt that runs off evenly is known by the moment at which it will be gone; the order of these
  // moments is the order of debts.
  class Debts {
   public:
    void Configure(std::int64_t unit_ms, double ceiling, std::int64_t now);
    double Of(std::uint64_t key, std::int64_t now) const;
    // Adds one unit, less where the ceiling is nearer. Answers what it added.
    double Charge(std::uint64_t key, std::int64_t now);
    void GiveBack(std::uint64_t key, double charge, std::int64_t now);
    std::int64_t unit_ms() const { return unit_ms_; }
    std::size_t size() const { return gone_at_.size(); }

   private:
    void Put(std::uint64_t key, std::int64_t gone_at, std::int64_t now);
    void Forget(std::uint64_t key);

    std::int64_t unit_ms_ = 0;
    double ceiling_ = 0;  // what is owed at most: an attack's end is felt within that time, however long it went on
    std::unordered_map<std::uint64_t, std::int64_t> gone_at_;
    std::set<std::pair<std::int64_t, std::uint64_t>> order_;
  };

  std::uint64_t KeyOf(char kind, std::string_view text, std::string_view more = {}) const;
  std::int64_t DelayFor(double owed, std::uint32_t free) const;
  // Counts one more as held; false where there is no place for it.
  bool Hold(Attempt& attempt, std::uint64_t address);
  void Settle(Attempt& attempt, bool give_back);

  Limits limits_;
  Clock clock_;
  std::array<unsigned char, crypto_generichash_KEYBYTES> key_;
  Debts accounts_, addresses_, pairs_, devices_;
  std::unordered_map<std::uint64_t, std::uint32_t> held_by_address_;
  std::uint32_t held_ = 0;
};

}  // namespace zoobar
