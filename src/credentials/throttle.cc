#include "credentials/throttle.h"

#include <algorithm>
#include <cmath>

namespace zoobar {
namespace {

// Each charge adds at most one entry to a table. It removes up to this many entries that owe nothing any more.
constexpr int kForgottenPerCharge = 2;

}  // namespace

LoginThrottle::Limits LoginThrottle::Limits::From(const Config::Throttle& config) {
  return {.account_failures = config.account_failures(),
          .account_seconds = config.account_seconds(),
          .address_failures = config.address_failures(),
          .address_seconds = config.address_seconds(),
          .max_delay_ms = config.max_delay_ms(),
          .held = config.held()};
}

void LoginThrottle::Debts::Configure(std::int64_t unit_ms, double ceiling, std::int64_t now) {
  const std::int64_t before = unit_ms_;
  unit_ms_ = unit_ms;
  ceiling_ = ceiling;
  if (before == unit_ms || before == 0) return;
  order_.clear();
  for (auto& [key, gone_at] : gone_at_) {
    const double owed = static_cast<double>(gone_at - now) / static_cast<double>(before);
    gone_at = now + static_cast<std::int64_t>(owed * static_cast<double>(unit_ms_));
  }
  std::erase_if(gone_at_, [now](const auto& entry) { return entry.second <= now; });
  for (const auto& [key, gone_at] : gone_at_) order_.emplace(gone_at, key);
}

double LoginThrottle::Debts::Of(std::uint64_t key, std::int64_t now) const {
  const auto found = gone_at_.find(key);
  if (found == gone_at_.end() || found->second <= now) return 0;
  return std::min(ceiling_, static_cast<double>(found->second - now) / static_cast<double>(unit_ms_));
}

double LoginThrottle::Debts::Charge(std::uint64_t key, std::int64_t now) {
  if (unit_ms_ == 0) return 0;
  const double owed = Of(key, now);
  const double charge = std::clamp(ceiling_ - owed, 0.0, 1.0);
  const double left_ms = std::ceil((owed + charge) * static_cast<double>(unit_ms_));
  Put(key, now + static_cast<std::int64_t>(left_ms), now);
  return charge;
}

void LoginThrottle::Debts::GiveBack(std::uint64_t key, double charge, std::int64_t now) {
  const auto found = gone_at_.find(key);
  if (found == gone_at_.end() || charge <= 0) return;
  Put(key, found->second - static_cast<std::int64_t>(std::ceil(charge * static_cast<double>(unit_ms_))), now);
}

void LoginThrottle::Debts::Put(std::uint64_t key, std::int64_t gone_at, std::int64_t now) {
  Forget(key);
  for (int i = 0; i < kForgottenPerCharge && !order_.empty() && order_.begin()->first <= now; ++i) {
    Forget(order_.begin()->second);
  }
  if (gone_at <= now) return;
  if (gone_at_.size() >= kEntries) Forget(order_.begin()->second);
  gone_at_.emplace(key, gone_at);
  order_.emplace(gone_at, key);
}

void LoginThrottle::Debts::Forget(std::uint64_t key) {
  const auto found = gone_at_.find(key);
  if (found == gone_at_.end()) return;
  order_.erase({found->second, key});
  gone_at_.erase(found);
}

LoginThrottle::Attempt::Attempt(Attempt&& other) noexcept { *this = std::move(other); }

LoginThrottle::Attempt& LoginThrottle::Attempt::operator=(Attempt&& other) noexcept {
  if (this == &other) return *this;
  if (throttle_) throttle_->Settle(*this, true);
  throttle_ = std::exchange(other.throttle_, nullptr);
  account_ = other.account_;
  address_ = other.address_;
  pair_ = other.pair_;
  device_ = other.device_;
  account_charge_ = other.account_charge_;
  address_charge_ = other.address_charge_;
  pair_charge_ = other.pair_charge_;
  device_charge_ = other.device_charge_;
  held_ = std::exchange(other.held_, false);
  return *this;
}

LoginThrottle::Attempt::~Attempt() {
  if (throttle_) throttle_->Settle(*this, true);
}

LoginThrottle::LoginThrottle(Limits limits, Clock clock) : clock_(std::move(clock)) {
  randombytes_buf(key_.data(), key_.size());
  Configure(limits);
}

void LoginThrottle::Configure(Limits limits) {
  limits_ = limits;
  const std::int64_t now = clock_();
  // The ceiling of debts is high enough for the delay to grow to its maximum, even if few failures are free.
  int doublings = 1;
  for (std::int64_t delay = kFirstDelayMs; delay < limits.max_delay_ms; delay *= 2) ++doublings;
  const auto ceiling = [doublings](std::uint32_t failures) {
    return std::max(2.0 * failures, 1.0 * failures + doublings);
  };
  accounts_.Configure(std::int64_t{1000} * limits.account_seconds, ceiling(limits.account_failures), now);
  addresses_.Configure(std::int64_t{1000} * limits.address_seconds, ceiling(limits.address_failures), now);
  pairs_.Configure(std::int64_t{1000} * limits.account_seconds, kUnslowed + doublings, now);
  devices_.Configure(std::int64_t{1000} * limits.account_seconds, limits.account_failures, now);
}

LoginThrottle::Admission LoginThrottle::Begin(const Who& who) {
  const std::int64_t now = clock_();
  if (std::optional<Admission> known = BeginOnKnownDevice(who, now)) return std::move(*known);

  const std::uint64_t account = KeyOf('n', who.name), address = KeyOf('a', who.address);
  const std::uint64_t pair = KeyOf('p', who.address, who.name);
  // These debts include the present attempt. So the first attempt beyond the free failures is the first that must wait.
  const double by_account = accounts_.Of(account, now) + 1, by_address = addresses_.Of(address, now) + 1;
  const double most = 2.0 * limits_.address_failures;
  if (addresses_.unit_ms() > 0 && by_address > most) {
    return Refusal((by_address - most) * static_cast<double>(addresses_.unit_ms()));
  }
  Admission admission;
  const bool names_account = !who.name.empty();
  if (names_account && accounts_.unit_ms() > 0 && by_account > limits_.account_failures) {
    const double by_pair = pairs_.Of(pair, now) + 1;
    const double over = std::min(by_account - limits_.account_failures, by_pair - kUnslowed);
    admission.guessed = by_pair > kUnslowed;
    admission.delay_ms = DelayFor(over, 0);
    admission.pace_ms =
        std::min(DelayFor(by_account, limits_.account_failures), std::int64_t{limits_.max_delay_ms} / kJudgedPerDelay);
    admission.account = account;
  }
  if (addresses_.unit_ms() > 0) {
    admission.delay_ms = std::max(admission.delay_ms, DelayFor(by_address, limits_.address_failures));
  }
  Attempt& attempt = admission.attempt;
  if (admission.delay_ms > 0 && !Hold(attempt, address)) return Refusal(static_cast<double>(admission.delay_ms));
  attempt.throttle_ = this;
  attempt.account_ = account;
  attempt.address_ = address;
  attempt.pair_ = pair;
  attempt.address_charge_ = addresses_.Charge(address, now);
  if (!names_account) return admission;
  attempt.account_charge_ = accounts_.Charge(account, now);
  attempt.pair_charge_ = pairs_.Charge(pair, now);
  return admission;
}

std::optional<LoginThrottle::Admission> LoginThrottle::BeginOnKnownDevice(const Who& who, std::int64_t now) {
  if (who.device.empty()) return std::nullopt;
  const std::uint64_t device = KeyOf('d', who.device, who.name);
  if (devices_.Of(device, now) + 1 > limits_.account_failures) return std::nullopt;
  Admission admission;
  admission.attempt.throttle_ = this;
  admission.attempt.device_ = device;
  admission.attempt.device_charge_ = devices_.Charge(device, now);
  return admission;
}

LoginThrottle::Admission LoginThrottle::Refusal(double wait_ms) {
  Admission admission;
  admission.refused = true;
  admission.retry_after_s = std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(wait_ms / 1000)));
  return admission;
}

bool LoginThrottle::Hold(Attempt& attempt, std::uint64_t address) {
  const auto held = held_by_address_.find(address);
  const bool crowded = held != held_by_address_.end() && held->second >= kHeldPerAddress;
  if (crowded || held_ >= limits_.held) return false;
  ++held_by_address_[address];
  ++held_;
  attempt.held_ = true;
  return true;
}

void LoginThrottle::Released(Attempt& attempt) {
  if (!std::exchange(attempt.held_, false)) return;
  --held_;
  const auto held = held_by_address_.find(attempt.address_);
  if (--held->second == 0) held_by_address_.erase(held);
}

void LoginThrottle::End(Attempt attempt, Outcome outcome) {
  if (attempt.throttle_) Settle(attempt, outcome != Outcome::kWrong);
}

LoginThrottle::Sizes LoginThrottle::sizes() const {
  return {accounts_.size(), addresses_.size(), pairs_.size(), devices_.size(), held_};
}

std::uint64_t LoginThrottle::KeyOf(char kind, std::string_view text, std::string_view more) const {
  const std::uint64_t length = text.size();
  crypto_generichash_state state;
  crypto_generichash_init(&state, key_.data(), key_.size(), crypto_generichash_BYTES);
  const auto add = [&state](const void* data, std::size_t size) {
    crypto_generichash_update(&state, static_cast<const unsigned char*>(data), size);
  };
  add(&kind, sizeof kind);
  add(&length, sizeof length);
  add(text.data(), text.size());
  add(more.data(), more.size());
  std::array<unsigned char, crypto_generichash_BYTES> hash;
  crypto_generichash_final(&state, hash.data(), hash.size());
  std::uint64_t key = 0;
  std::copy_n(hash.data(), sizeof key, reinterpret_cast<unsigned char*>(&key));
  return key;
}

// Returns the delay for a debt of `owed` units, if the first `free` units cause no delay.
std::int64_t LoginThrottle::DelayFor(double owed, std::uint32_t free) const {
  const double over = owed - free;
  if (over <= 0) return 0;
  const std::int64_t most = limits_.max_delay_ms;
  std::int64_t delay = kFirstDelayMs;
  for (double doubled = 1; doubled < over && delay < most; ++doubled) delay *= 2;
  return std::min(delay, most);
}

void LoginThrottle::Settle(Attempt& attempt, bool give_back) {
  Released(attempt);
  attempt.throttle_ = nullptr;
  if (!give_back) return;
  const std::int64_t now = clock_();
  accounts_.GiveBack(attempt.account_, attempt.account_charge_, now);
  addresses_.GiveBack(attempt.address_, attempt.address_charge_, now);
  pairs_.GiveBack(attempt.pair_, attempt.pair_charge_, now);
  devices_.GiveBack(attempt.device_, attempt.device_charge_, now);
}

}  // namespace zoobar
