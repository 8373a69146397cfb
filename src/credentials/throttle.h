// Slows down people who guess passwords online, and nobody else.
//
// A failed login adds one unit of debt in three places: to the account, to the address from which the login came, and
// to the pair of both (what this address owes for this account). Debt goes down evenly, by one unit in a fixed number
// of seconds (a leaky bucket).
//
// When an account owes more than Limits::account_failures units, two things slow further attempts at it:
//   - Each address waits because of its own failures at the account. It waits for 250 ms at first, and twice as long
//     after each further failure. An address that lately failed there fewer than kUnslowed times does not wait, since
//     it may be the member's.
//   - The attempts of all addresses together are judged (their passwords are checked) at a limited rate, one in each
//     `pace_ms`. This limits guessing from many addresses. credentials/guess_lanes.h decides the order.
// No attempt is refused because of what the account owes. Otherwise any stranger could lock out any member. An address
// that goes on failing, at one account or at many, first has to wait and later is refused.
//
// A device that has logged in to the account before has a budget of its own for this account, and is not slowed by
// attempts of strangers ("Slow Down Online Guessing Attacks with Device Cookies", OWASP). So a member gets in from
// their own browser while the whole world guesses, and a stolen device cookie allows a few guesses only.
//
// An attempt is charged (its debt is added) before the password is checked. If the password is right, the charge is
// given back. So a thousand guesses that are sent at the same time all count. Names are never looked up, so an account
// that does not exist slows down like one that exists.
//
// The throttle cannot distinguish a member on a new device from somebody who guesses from a new address.
// docs/credentials.md has the figures of what an attacker with many addresses can do to such a member.
//
// All debts are in memory only. Their number is limited, and they are lost when the process ends. The tables store
// keyed hashes instead of names and addresses. The key is random and new in each process. So nobody can choose a name
// or an address that has the same hash as another. A full table forgets the entry with the smallest debt. To make it
// forget an account that owes n, an attacker must make 65,536 others owe more.
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

// To be used on one thread only.
class LoginThrottle {
 public:
  struct Limits {
    std::uint32_t account_failures = 10;   // before attempts at an account wait; also the budget of a known device
    std::uint32_t account_seconds = 30;    // until one of these is forgotten; 0: at once, so accounts slow nothing
    std::uint32_t address_failures = 100;  // before attempts from an address wait; past twice as many: refused
    std::uint32_t address_seconds = 1;     // until one of these is forgotten
    std::uint32_t max_delay_ms = 4000;
    std::uint32_t held = 256;  // attempts that may wait for their delay at once, in all

    static Limits From(const Config::Throttle& config);
  };
  // Returns milliseconds. A monotonic clock is best. If the clock is set back, debts last longer by that amount.
  using Clock = std::function<std::int64_t()>;

  static constexpr std::size_t kEntries = 65536;        // the most entries of each table; 9 MB when full
  static constexpr std::uint32_t kHeldPerAddress = 16;  // attempts of one address that may wait at once
  static constexpr std::int64_t kFirstDelayMs = 250;
  // This many failures of one address at one account cause no delay, so that members can try the passwords that they
  // remember.
  static constexpr std::uint32_t kUnslowed = 3;
  // At an account that owes much, this many attempts are judged in each max_delay_ms, from all addresses together.
  static constexpr std::uint32_t kJudgedPerDelay = 8;

  // Who makes the attempt. Different texts count as different accounts, addresses or devices, so bring each text into
  // its standard form first.
  struct Who {
    // In the form in which names are compared; need not be a member's name. Empty: the attempt names nobody, as a login
    // with a passkey does, so only its address is charged.
    std::string_view name;
    std::string_view address;  // an IPv4 address, or an IPv6 network of 64 bits
    std::string_view device;   // key of a device that has logged in to this account before; empty: none
  };

  enum class Outcome {
    kRight,      // the charge is given back
    kWrong,      // the charge stays
    kNotJudged,  // the password was not checked (busy, or the client is gone); the charge is given back
  };

  // An attempt that was charged. Pass it to End once. If it is destroyed before that, it counts as kNotJudged. An
  // Attempt is empty if the login was refused or if it was moved from. An empty Attempt has no charge and need not be
  // passed to End. An Attempt must not outlive its throttle.
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
    bool refused = false;            // the password must not be checked (HTTP status 429)
    std::int64_t delay_ms = 0;       // must pass before the password is checked
    std::int64_t retry_after_s = 0;  // if refused: when to try again, at least 1
    std::int64_t pace_ms = 0;        // above 0: the attempt needs a turn at the account, and a turn lasts this long
    bool guessed = false;            // the attempt's address has lately failed here kUnslowed times or more
    std::uint64_t account = 0;       // the account's number for GuessLanes, which gives the turns
    Attempt attempt;                 // empty if refused
  };

  LoginThrottle(Limits limits, Clock clock);
  LoginThrottle(const LoginThrottle&) = delete;
  LoginThrottle& operator=(const LoginThrottle&) = delete;

  // The new limits apply from now on. Every debt keeps its number of units.
  void Configure(Limits limits);

  // Charges the attempt, unless it is refused. An attempt with a delay counts as held until Released or End is called.
  //   - A known device within its budget gets no delay, and only its budget is charged. When the budget is used up, the
  //     device is treated like any other.
  //   - Any other attempt gets the longer of two delays: the one for all failures of its address, and the one for the
  //     failures of its address at this account. After the delay it needs a turn, if the account owes more than
  //     account_failures. It is refused if its address owes twice address_failures already. It is also refused if it
  //     needs a delay while kHeldPerAddress attempts of its address, or Limits::held attempts in all, are held.
  Admission Begin(const Who& who);

  // To be called when the delay has passed and the password is about to be checked. The attempt is no longer held then.
  void Released(Attempt& attempt);

  void End(Attempt attempt, Outcome outcome);

  // Figures for counters and tests.
  struct Sizes {
    std::size_t accounts = 0, addresses = 0, pairs = 0, devices = 0, held = 0;
  };
  Sizes sizes() const;

 private:
  // How much each key owes. Since debt goes down evenly, a debt is stored as the moment when it will be zero. The later
  // this moment, the larger the debt.
  class Debts {
   public:
    void Configure(std::int64_t unit_ms, double ceiling, std::int64_t now);
    double Of(std::uint64_t key, std::int64_t now) const;
    // Adds one unit to the debt, or less if the debt would exceed the ceiling. Returns how much it added.
    double Charge(std::uint64_t key, std::int64_t now);
    void GiveBack(std::uint64_t key, double charge, std::int64_t now);
    std::int64_t unit_ms() const { return unit_ms_; }
    std::size_t size() const { return gone_at_.size(); }

   private:
    void Put(std::uint64_t key, std::int64_t gone_at, std::int64_t now);
    void Forget(std::uint64_t key);

    std::int64_t unit_ms_ = 0;
    double ceiling_ = 0;  // the largest debt, so that the effects of a long attack end soon after it
    std::unordered_map<std::uint64_t, std::int64_t> gone_at_;
    std::set<std::pair<std::int64_t, std::uint64_t>> order_;
  };

  std::uint64_t KeyOf(char kind, std::string_view text, std::string_view more = {}) const;
  // Returns nullopt if the device is not known or its budget is used up.
  std::optional<Admission> BeginOnKnownDevice(const Who& who, std::int64_t now);
  static Admission Refusal(double wait_ms);
  std::int64_t DelayFor(double owed, std::uint32_t free) const;
  // Counts the attempt as held. Returns false if no more attempts may be held.
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
