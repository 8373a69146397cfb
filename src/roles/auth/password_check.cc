// auth: checking whether a password is the member's.
#include "credentials/names.h"
#include "http/address.h"
#include "ipc/bytes.h"
#include "ipc/try.h"
#include "roles/auth.h"

namespace zoobar {

Task<Auth::PasswordCheck> Auth::WaitAtThrottle(LoginThrottle::Admission& admission, Asker asker) {
  const auto slow_down = [](std::int64_t seconds) {
    return PasswordCheck{LoginReply::OUTCOME_SLOW_DOWN, static_cast<std::uint32_t>(seconds)};
  };
  if (admission.refused) co_return slow_down(admission.retry_after_s);
  if (admission.delay_ms > 0) {
    auto delay = Sleep(site_.loop(), Milliseconds(admission.delay_ms));
    co_await delay;
    throttle_.Released(admission.attempt);
  }
  if (asker.gone && asker.gone()) co_return PasswordCheck{LoginReply::OUTCOME_BUSY, 1};
  if (admission.pace_ms > 0) {
    FairQueue::Ask ask;
    ask.principal = asker.principal;
    ask.deadline = asker.deadline;
    ask.gone = asker.gone;
    auto turn =
        lanes_.Pass(admission.account, std::move(ask), Milliseconds(admission.pace_ms), admission.guessed, asker.at);
    const GuessLanes::Passed passed = co_await turn;
    if (passed.outcome == FairQueue::Outcome::kClosed) co_return PasswordCheck{LoginReply::OUTCOME_BUSY, 1};
    if (passed.outcome != FairQueue::Outcome::kTurn) co_return slow_down(passed.retry_after_s);
  }
  co_return PasswordCheck{LoginReply::OUTCOME_OK, 0};
}

Task<Result<Auth::PasswordCheck>> Auth::CheckPassword(const Accounts::Candidate& whose, std::string_view typed,
                                                      std::string device, std::string name, std::string address,
                                                      Asker asker) {
  const bool known = !device.empty();
  // For the throttle, all forms of a name are one account, and all addresses of an IPv6 customer are one address.
  const std::string account = NormalisedName(name).value_or(std::move(name));
  const std::string from = IpAddress::Parse(address).value_or(IpAddress()).CapKey().Text();
  LoginThrottle::Admission admission = throttle_.Begin({account, from, device});
  asker.principal = AddressPrincipal(address);
  auto throttle = WaitAtThrottle(admission, asker);
  const PasswordCheck waited = co_await throttle;
  // Returns without End, so the throttle gives the charge of this attempt back.
  if (waited.outcome != LoginReply::OUTCOME_OK) co_return waited;
  if (known) asker.principal = MemberPrincipal(whose.member);
  CO_TRY(const AccountPasswords::Verified verified,
         passwords_.Verify(typed, whose.account.password(),
                           known ? HashingPool::Kind::kKnownDevice : HashingPool::Kind::kLogin, asker));
  PasswordCheck check{verified.outcome, verified.retry_after_s};
  // If nobody has this name, the password was checked against another account. Then it is wrong even if it fits.
  if (check.outcome == LoginReply::OUTCOME_OK && whose.member.empty()) check.outcome = LoginReply::OUTCOME_WRONG;
  if (check.outcome == LoginReply::OUTCOME_OK) {
    auto real = sweetwords_.CheckIndex(whose, verified.index, std::move(address));
    const SweetwordCheck::Verdict verdict = co_await real;
    if (verdict == SweetwordCheck::Verdict::kNotChecked) check.outcome = LoginReply::OUTCOME_NOT_CHECKED;
    if (verdict == SweetwordCheck::Verdict::kHoneyword) check.outcome = LoginReply::OUTCOME_WRONG;
  }
  if (check.outcome == LoginReply::OUTCOME_OK && whose.account.locked_ms() != 0) {
    check.outcome = LoginReply::OUTCOME_LOCKED;
  }
  auto learnt = LoginThrottle::Outcome::kNotJudged;
  if (check.right()) learnt = LoginThrottle::Outcome::kRight;
  if (check.outcome == LoginReply::OUTCOME_WRONG) learnt = LoginThrottle::Outcome::kWrong;
  throttle_.End(std::move(admission.attempt), learnt);
  co_return check;
}

}  // namespace zoobar
