// auth: work that no member asks for.
#include "ipc/bytes.h"
#include "roles/auth.h"

namespace zoobar {
namespace {

// Hashing tags once more begins when start-up is over. It pauses between accounts, so that logins are not delayed.
constexpr Milliseconds kBeforeRehashing{1000}, kBetweenRehashes{1};
constexpr int kLookedAt = 500;  // how many accounts one turn of the loop looks at

}  // namespace

void Auth::RehashSoon() {
  rehash_.Start(kBeforeRehashing, [this] { Spawn(RehashNext()); });
}

Task<void> Auth::RehashNext() {
  if (in_flight_.draining() || rehashing_) co_return;
  const InFlight::Call counted(in_flight_);
  rehashing_ = true;
  if (!prepared_) {
    auto lists = passwords_.Prepare();
    co_await lists;
    prepared_ = true;
  }
  Accounts::Candidate outdated;
  const std::string from = rehashed_to_;
  const Result<bool> more = FindOutdated(outdated);
  bool busy = false;
  if (!outdated.member.empty()) {
    auto accepted = Rehash(outdated);
    busy = !co_await accepted;
    if (busy) rehashed_to_ = from;  // the next call looks at this account again
  }
  rehashing_ = false;
  if (!more.ok()) site_.log().Failure("accounts-not-rehashed", {{"why", more.error().text}});
  if (more.ok() && *more) {
    rehash_.Start(busy ? kBeforeRehashing : kBetweenRehashes, [this] { Spawn(RehashNext()); });
  } else if (rehashed_ > 0) {
    site_.log().Info("accounts-rehashed", {{"accounts", std::to_string(rehashed_)}});
  }
}

Result<bool> Auth::FindOutdated(Accounts::Candidate& outdated) {
  auto look = [&](ReadTransaction& tx) -> Result<bool> {
    for (int i = 0; i < kLookedAt && outdated.member.empty(); ++i) {
      std::optional<std::pair<std::string, StoredAccount>> next = credentials_->NextAccount(tx, rehashed_to_);
      if (!next) return false;
      rehashed_to_ = next->first;
      if (passwords_.Outdated(next->second.password())) outdated = {std::move(next->first), std::move(next->second)};
    }
    return true;
  };
  return credentials_->environment().Read(look);
}

Task<bool> Auth::Rehash(const Accounts::Candidate& outdated) {
  auto hashes = passwords_.Rehash(outdated.account.password());
  const Result<std::optional<AccountPasswords::Stored>> again = co_await hashes;
  if (!again.ok()) {
    site_.log().Warning("account-not-rehashed", {{"member", ToHex(outdated.member)}, {"why", again.error().text}});
    co_return true;
  }
  if (!*again) co_return false;
  auto act = [&](WriteTransaction& tx) -> Result<bool> { return accounts_.StoreRehashed(tx, outdated, **again); };
  auto commit = credentials_->environment().Write(std::move(act));
  const Result<bool> stored = co_await commit;
  if (stored.ok() && *stored) ++rehashed_;
  co_return true;
}

void Auth::NoteCourseGraders(const Config::Auth& config) {
  course_graders_ = config.course_graders();
  if (!course_graders_) return;
  site_.log().Security("course-graders",
                       {{"accepted", "any new password that is not empty, and the field delay of a transfer"},
                        {"because", "auth { course_graders: true }"},
                        {"for", "the graders of the course, not for a site with strangers"}});
}

void Auth::PeerWired(Role role, std::uint32_t, std::int32_t, Fd) {
  if (role == ROLE_HONEYCHECKER) Spawn(CheckAdmitted());
}

Task<void> Auth::CheckAdmitted() {
  if (in_flight_.draining()) co_return;
  const InFlight::Call counted(in_flight_);
  auto checks = sweetwords_.CheckAdmitted();
  co_await checks;
}

Task<void> Auth::Maintain() {
  if (maintaining_ || in_flight_.draining()) co_return;
  const InFlight::Call counted(in_flight_);
  maintaining_ = true;
  const Status stored = co_await sessions_.Maintain();
  lanes_.Forget();
  auto unclaimed = EndUnclaimed();
  co_await unclaimed;
  maintaining_ = false;
  if (!stored.ok()) site_.log().Failure("sessions-not-stored", {{"why", stored.error().text}});
}

// Ends the sessions of logins whose browser never asked for the result.
Task<void> Auth::EndUnclaimed() {
  const std::vector<std::string> keys = claims_.Sweep();
  if (keys.empty()) co_return;
  auto act = [this, &keys](WriteTransaction& tx) -> Result<bool> {
    for (const std::string& key : keys) credentials_->RemoveSession(tx, key);
    return true;
  };
  auto commit = credentials_->environment().Write(std::move(act));
  const Result<bool> ended = co_await commit;
  if (!ended.ok()) site_.log().Failure("unclaimed-sessions-not-ended", {{"why", ended.error().text}});
}

Task<void> Auth::FinishDrain(std::function<void()> done) {
  const Status stored = co_await sessions_.Maintain();
  if (!stored.ok()) site_.log().Failure("sessions-not-stored", {{"why", stored.error().text}});
  done();
}

}  // namespace zoobar
