#include "roles/auth/sweetwords.h"

#include <utility>

#include "ipc/bytes.h"
#include "ipc/try.h"

namespace zoobar {

SweetwordJudge::SweetwordJudge(Site& site, Credentials& credentials, const Accounts& accounts, Clock clock,
                               const Config::Auth& config)
    : site_(site), credentials_(credentials), accounts_(accounts), clock_(std::move(clock)) {
  Configure(config);
}

void SweetwordJudge::Configure(const Config::Auth& config) {
  alarm_ = config.alarm();
  without_ = config.without_honeychecker();
}

Task<Status> SweetwordJudge::Set(std::string member, std::string name, std::string replaces,
                                 const AccountPasswords::Chosen& chosen) {
  SetIndexRequest request;
  request.set_member(std::move(member));
  request.set_name(std::move(name));
  request.set_words(chosen.store.words());
  request.set_replaces(std::move(replaces));
  request.set_index(chosen.index);
  auto setting = site_.peer(ROLE_HONEYCHECKER).Call<SetIndexReply>(std::move(request));
  const Result<Incoming<SetIndexReply>> set = co_await setting;
  if (!set.ok()) {
    site_.log().Failure("honeychecker-silent", {{"while", "setting an index"}, {"why", set.error().text}});
    co_return set.error();
  }
  co_return Status();
}

Task<Result<CheckIndexReply::Verdict>> SweetwordJudge::Ask(const Admitted& whom) {
  CheckIndexRequest request;
  request.set_member(whom.member);
  request.set_words(whom.words);
  request.set_index(whom.index);
  request.set_address(whom.address);
  CO_TRY(const Incoming<CheckIndexReply> reply,
         site_.peer(ROLE_HONEYCHECKER).Call<CheckIndexReply>(std::move(request)));
  co_return reply.message.verdict();
}

SweetwordJudge::Verdict SweetwordJudge::Unanswered(Admitted whom, std::string_view why, bool may_admit) {
  const bool admits = may_admit && without_ == Config::admit && admitted_.size() < kMaxAdmitted;
  site_.log().Security("login-not-judged", {{"member", ToHex(whom.member)},
                                            {"name", whom.name},
                                            {"address", whom.address},
                                            {"why", std::string(why)},
                                            {"login", admits ? "admitted" : "refused"}});
  if (!admits) return Verdict::kNotChecked;
  admitted_.push_back(std::move(whom));
  return Verdict::kReal;
}

Task<SweetwordJudge::Verdict> SweetwordJudge::Judge(const Accounts::Candidate& whose, std::uint32_t index,
                                                    std::string address) {
  const StoredAccount::Password& password = whose.account.password();
  if (password.words().empty()) co_return Verdict::kReal;
  Admitted whom{whose.member, whose.account.name(), password.words(), std::move(address), index};
  auto asking = Ask(whom);
  const Result<CheckIndexReply::Verdict> verdict = co_await asking;
  if (!verdict.ok()) co_return Unanswered(std::move(whom), verdict.error().text, true);
  switch (*verdict) {
    case CheckIndexReply::VERDICT_REAL:
      co_return Verdict::kReal;
    case CheckIndexReply::VERDICT_HONEYWORD: {
      auto alarming = Alarm(whom.member, whom.name, false);
      co_await alarming;
      co_return Verdict::kHoneyword;
    }
    default:
      // It will not know later either: whoever were admitted now would never be judged.
      co_return Unanswered(std::move(whom), "honeychecker has no index for this draw", false);
  }
}

// The bell itself is honeychecker's line in the security log.
Task<void> SweetwordJudge::Alarm(std::string member, std::string name, bool expel) {
  ++alarms_;
  const bool locks = alarm_ == Config::lock;
  if (!locks && !expel) co_return;
  auto act = [this, &member, locks, expel](WriteTransaction& tx) -> Result<bool> {
    if (expel) accounts_.StoreExpelled(tx, member);
    return locks && accounts_.StoreLocked(tx, member, clock_());
  };
  const Result<bool> locked = co_await credentials_.environment().Write(std::move(act));
  if (!locked.ok()) {
    site_.log().Failure("account-not-locked", {{"name", name}, {"why", locked.error().text}});
  } else if (*locked) {
    site_.log().Security("account-locked", {{"member", ToHex(member)},
                                            {"name", name},
                                            {"unlock", "zoobar ctl member unlock, when the member has been told"}});
  }
}

Task<void> SweetwordJudge::JudgeAdmitted() {
  if (judging_) co_return;
  judging_ = true;
  while (!admitted_.empty()) {
    const Admitted whom = admitted_.front();
    auto asking = Ask(whom);
    const Result<CheckIndexReply::Verdict> verdict = co_await asking;
    if (!verdict.ok()) break;  // gone again: the next time it is back
    admitted_.erase(admitted_.begin());
    if (*verdict != CheckIndexReply::VERDICT_HONEYWORD) continue;
    auto alarming = Alarm(whom.member, whom.name, true);
    co_await alarming;
  }
  judging_ = false;
}

}  // namespace zoobar
