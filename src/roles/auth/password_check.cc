// auth: is this the member's password?
#include "credentials/names.h"
#include "http/address.h"
#include "ipc/bytes.h"
#include "ipc/try.h"
#include "roles/auth.h"

namespace zoobar {
namespace {

constexpr std::int64_t kDrawingMicros = 5'000'000;

}  // namespace

Task<Auth::Judged> Auth::Slow(LoginThrottle::Admission& admission, Asker asker) {
  const auto slow_down = [](std::int64_t seconds) {
    return Judged{LoginReply::OUTCOME_SLOW_DOWN, static_cast<std::uint32_t>(seconds)};
  };
  if (admission.refused) co_return slow_down(admission.retry_after_s);
  if (admission.delay_ms > 0) {
    auto holding = Sleep(site_.loop(), Milliseconds(admission.delay_ms));
    co_await holding;
    throttle_.Released(admission.attempt);
  }
  if (asker.gone && asker.gone()) co_return Judged{LoginReply::OUTCOME_BUSY, 1};
  if (admission.pace_ms > 0) {
    FairQueue::Ask ask;
    ask.principal = asker.principal;
    ask.deadline = asker.deadline;
    ask.gone = asker.gone;
    auto passing =
        lanes_.Pass(admission.account, std::move(ask), Milliseconds(admission.pace_ms), admission.guessed, asker.at);
    const GuessLanes::Passed passed = co_await passing;
    if (passed.outcome == FairQueue::Outcome::kClosed) co_return Judged{LoginReply::OUTCOME_BUSY, 1};
    if (passed.outcome != FairQueue::Outcome::kTurn) co_return slow_down(passed.retry_after_s);
  }
  co_return Judged{LoginReply::OUTCOME_OK, 0};
}

Task<Result<Auth::Judged>> Auth::Judge(const Accounts::Candidate& whose, std::string_view typed, std::string device,
                                       std::string name, std::string address, Asker asker) {
  using Outcome = LoginThrottle::Outcome;
  const bool known = !device.empty();
  // A name in any of its forms is one account; an IPv6 customer is one address.
  const std::string account = NormalisedName(name).value_or(std::move(name));
  const std::string from = IpAddress::Parse(address).value_or(IpAddress()).CapKey().Text();
  LoginThrottle::Admission admission = throttle_.Begin({account, from, device});
  asker.principal = AddressPrincipal(address);
  auto slowing = Slow(admission, asker);
  const Judged slowed = co_await slowing;
  if (slowed.outcome != LoginReply::OUTCOME_OK) co_return slowed;  // the charge goes back with the attempt
  if (known) asker.principal = MemberPrincipal(whose.member);
  CO_TRY(const AccountPasswords::Verified verified,
         passwords_.Verify(typed, whose.account.password(),
                           known ? HashingPool::Kind::kKnownDevice : HashingPool::Kind::kLogin, asker));
  Judged judged{verified.outcome, verified.retry_after_s};
  // Whatever a name nobody has was checked against is nobody's password.
  if (judged.outcome == LoginReply::OUTCOME_OK && whose.member.empty()) judged.outcome = LoginReply::OUTCOME_WRONG;
  if (judged.outcome == LoginReply::OUTCOME_OK) {
    auto asking = judge_.Judge(whose, verified.index, std::move(address));
    const SweetwordJudge::Verdict verdict = co_await asking;
    if (verdict == SweetwordJudge::Verdict::kNotChecked) judged.outcome = LoginReply::OUTCOME_NOT_CHECKED;
    if (verdict == SweetwordJudge::Verdict::kHoneyword) judged.outcome = LoginReply::OUTCOME_WRONG;
  }
  if (judged.outcome == LoginReply::OUTCOME_OK && whose.account.locked_ms() != 0)
    judged.outcome = LoginReply::OUTCOME_LOCKED;
  const bool right = judged.outcome == LoginReply::OUTCOME_OK || judged.outcome == LoginReply::OUTCOME_LOCKED;
  throttle_.End(std::move(admission.attempt), right                                         ? Outcome::kRight
                                              : judged.outcome == LoginReply::OUTCOME_WRONG ? Outcome::kWrong
                                                                                            : Outcome::kNotJudged);
  co_return judged;
}

Task<std::optional<AccountPasswords::Stored>> Auth::DrawAnew(const Accounts::Candidate& whose, std::string_view typed) {
  const StoredAccount::Password& present = whose.account.password();
  // The login waits for it, so it may not take long: the next login tries again.
  const Asker asker{MemberPrincipal(whose.member), MonotonicMicros() + kDrawingMicros, {}, nullptr};
  auto choosing =
      passwords_.Choose(typed, whose.account.name(), AccountPasswords::Policy::kAsItIs, present.set_ms(), asker);
  Result<AccountPasswords::Chosen> chosen = co_await choosing;
  if (!chosen.ok() || chosen->outcome != LoginReply::OUTCOME_OK) co_return std::nullopt;
  auto setting = judge_.Set(whose.member, whose.account.name(), present.words(), *chosen);
  const Status set = co_await setting;
  if (!set.ok()) co_return std::nullopt;
  site_.log().Info("sweetwords-drawn", {{"member", ToHex(whose.member)}, {"name", whose.account.name()}});
  co_return std::move(chosen->store);
}

}  // namespace zoobar
