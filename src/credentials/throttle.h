// Slows down people who guess passwords online, and nobody else.
//
// A failed login adds one unit of debt to three: to the account, to the address that it came from, and to the pair of
// both (what this address owes for this account). Debt runs off evenly, one unit in so many seconds (a leaky bucket).
//
// When an account owes more than a number of failures, two things slow further attempts at it:
//   - Each address waits for its own failures there: 250 ms, twice as long with each further failure. An address that
//     lately failed there fewer than kUnslowed times does not wait, since it may be the member's.
//   - The attempts of all addresses together are judged at a bounded rate, one in `pace_ms`. This bounds guessing from
//     many addresses. credentials/guess_lanes.h gives the order.
// No attempt is refused because of what the account owes. Otherwise any stranger could lock out any member. An address
// that goes on failing, at whichever accounts, has to wait and is then refused.
//
// A device that has logged in to the account before has a budget of its own for this account, and is not slowed by what
// strangers do ("Slow Down Online Guessing Attacks with Device Cookies", OWASP). So a member gets in from their own
// browser while the whole world guesses, and a stolen device cookie is good for a few guesses only.
//
// An attempt is charged before it is judged, and gets its charge back when the password is right. So a thousand guesses
// that are sent at the same time all count. Names are never looked up: an account that does not exist slows down like
// one that exists.
//
// The throttle cannot distinguish a member on a new device from somebody who guesses from a new address.
// docs/credentials.md has the figures of what an attacker with many addresses can do to such a member.
//
// Everything is in memory, is bounded, and is forgotten when the process ends. The tables are keyed by hashes under a
// key that is drawn at construction. So no names and no addresses are kept, and nobody can choose an entry to collide
// with. A full table forgets the entry that owes least. To make it forget an account that owes n, an attacker must make
// 65,536 others owe more.
#pragma once

#include <sodium.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "config.pb.h"

namespace zoobar {

// For one thread.
class LoginThrottle {
 public:
  struct Limits {
    std::uint32_t account_failures = 10;   // before attempts at an account are held; also the budget of a known device
    std::uint32_t account_seconds = 30;    // until one failure is forgotten; 0: at once, so nothing is ever held
    std::uint32_t address_failures = 100;  // before attempts from an address are held; past twice as many: refused
    std::uint32_t address_seconds = 1;     // until one failure is forgotten
    std::uint32_t max_delay_ms = 4000;
    std::uint32_t held = 256;  // attempts that are being delayed, of all accounts

    static Limits From(const Config::Throttle& config);
  };
  // Milliseconds; a monotonic clock is best. If the clock is set back, debts last longer by that amount.
  using Clock = std::function<std::int64_t()>;

  static constexpr std::size_t kEntries = 65536;        // in each table at most; 9 MB when full
  static constexpr std::uint32_t kHeldPerAddress = 16;  // attempts of one address that are held at the same time
  static constexpr std::int64_t kFirstDelayMs = 250;
  // So many failures of one address at one account slow nothing: a member may try the passwords that they remember.
  static constexpr std::uint32_t kUnslowed = 3;
  // At an account that owes much, so many attempts are judged in max_delay_ms, of all addresses together.
  static constexpr std::uint32_t kJudgedPerDelay = 8;

  // Whose attempt it is. Different texts are different accounts, addresses or devices: bring them into one form first.
  struct Who {
    std::string_view name;     // in the form in which names are compared; nobody need have it
    std::string_view address;  // an IPv4 address, or an IPv6 network of 64 bits
    std::string_view device;   // of a device that has logged in to this account before; empty: the device is not known
  };

  enum class Outcome {
    kRight,      // the charge is given back
    kWrong,      // the charge stays
    kNotJudged,  // nothing was found out (busy, or the client is gone); the charge is given back
  };

  // An attempt that was charged. Give it to End once. If it is destroyed without that, it counts as not judged. An
  // empty one (of a refused attempt, or moved from) has no charge and need not be ended. Must not outlive its throttle.
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
    bool refused = false;            // must not be judged (status 429)
    std::int64_t delay_ms = 0;       // must pass before it is judged
    std::int64_t retry_after_s = 0;  // if refused: when to try again, at least 1
    std::int64_t pace_ms = 0;        // above 0: the attempt needs a turn at the account; one turn takes this time
    bool guessed = false;            // its address has lately failed at this account kUnslowed times or more
    std::uint64_t account = 0;       // names the account to GuessLanes, which gives the turns
    Attempt attempt;                 // empty if refused
  };

  LoginThrottle(Limits limits, Clock clock);
  LoginThrottle(const LoginThrottle&) = delete;
  LoginThrottle& operator=(const LoginThrottle&) = delete;

  // Holds from now on. Debts stay the same number of units.
  void Configure(Limits limits);

  // Charges the attempt, unless it is refused. Attempts with a delay count as held until Released or End.
  //   - A known device within its budget: no delay, and only its budget is charged. Past its budget it is treated like
  //     any other.
  //   - Any other: the longer of two delays, that of the address and that of the address at this account. Then a turn,
  //     if the account owes more than account_failures. Refused if the address owes twice address_failures already, or
  //     if the attempt had to be held while kHeldPerAddress attempts of its address, or `held` in all, are held.
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
  // How much each key owes. Since debt runs off evenly, it is stored as the moment when it will be gone. The order of
  // these moments is the order of the debts.
  class Debts {
   public:
    void Configure(std::int64_t unit_ms, double ceiling, std::int64_t now);
    double Of(std::uint64_t key, std::int64_t now) const;
    // Adds one unit, or less if the ceiling is nearer. Returns what it added.
    double Charge(std::uint64_t key, std::int64_t now);
    void GiveBack(std::uint64_t key, double charge, std::int64_t now);
    std::int64_t unit_ms() const { return unit_ms_; }
    std::size_t size() const { return gone_at_.size(); }

   private:
    void Put(std::uint64_t key, std::int64_t gone_at, std::int64_t now);
    void Forget(std::uint64_t key);

    std::int64_t unit_ms_ = 0;
    double ceiling_ = 0;  // the most that is owed, so that the effects of a long attack end soon after it
    std::unordered_map<std::uint64_t, std::int64_t> gone_at_;
    std::set<std::pair<std::int64_t, std::uint64_t>> order_;
  };

  std::uint64_t KeyOf(char kind, std::string_view text, std::string_view more = {}) const;
  // Nothing, if the device is not known or its budget is used up.
  std::optional<Admission> BeginOnKnownDevice(const Who& who, std::int64_t now);
  static Admission Refusal(double wait_ms);
  std::int64_t DelayFor(double owed, std::uint32_t free) const;
  // Counts the attempt as held. False if there is no place for it.
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
