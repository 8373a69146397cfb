#include "roles/auth/sweetwords.h"

#include <utility>

#include "ipc/bytes.h"
#include "ipc/try.h"

namespace zoobar {

SweetwordCheck::SweetwordCheck(Site& site, Credentials& credentials, const Accounts& accounts, Clock clock,
                               const Config::Auth& config)
    : site_(site), credentials_(credentials), accounts_(accounts), clock_(std::move(clock)) {
  Configure(config);
}

void SweetwordCheck::Configure(const Config::Auth& config) {
  alarm_ = config.alarm();
  without_ = config.without_honeychecker();
}

Task<Status> SweetwordCheck::SetIndex(std::string member, std::string name, std::string replaces,
                                      const AccountPasswords::Chosen& chosen) {
  SetIndexRequest request;
  request.set_member(std::move(member));
  request.set_name(std::move(name));
  request.set_words(chosen.store.words());
  request.set_replaces(std::move(replaces));
  request.set_index(chosen.index);
  auto reply = site_.peer(ROLE_HONEYCHECKER).Call<SetIndexReply>(std::move(request));
  const Result<Incoming<SetIndexReply>> set = co_await reply;
  if (!set.ok()) {
    site_.log().Failure("honeychecker-silent", {{"while", "setting an index"}, {"why", set.error().text}});
    co_return set.error();
  }
  co_return Status();
}

Task<Result<CheckIndexReply::Verdict>> SweetwordCheck::Ask(const Admitted& whom) {
  CheckIndexRequest request;
  request.set_member(whom.member);
  request.set_words(whom.words);
  request.set_index(whom.index);
  request.set_address(whom.address);
  CO_TRY(const Incoming<CheckIndexReply> reply,
         site_.peer(ROLE_HONEYCHECKER).Call<CheckIndexReply>(std::move(request)));
  co_return reply.message.verdict();
}

SweetwordCheck::Verdict SweetwordCheck::Unanswered(Admitted whom, std::string_view why, bool may_admit) {
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

Task<SweetwordCheck::Verdict> SweetwordCheck::CheckIndex(const Accounts::Candidate& whose, std::uint32_t index,
                                                         std::string address) {
  const StoredAccount::Password& password = whose.account.password();
  if (password.words().empty()) co_return Verdict::kReal;
  Admitted whom{whose.member, whose.account.name(), password.words(), std::move(address), index};
  auto answer = Ask(whom);
  const Result<CheckIndexReply::Verdict> verdict = co_await answer;
  if (!verdict.ok()) co_return Unanswered(std::move(whom), verdict.error().text, true);
  switch (*verdict) {
    case CheckIndexReply::VERDICT_REAL:
      co_return Verdict::kReal;
    case CheckIndexReply::VERDICT_HONEYWORD: {
      auto alarm = Alarm(whom.member, whom.name, false);
      co_await alarm;
      co_return Verdict::kHoneyword;
    }
    default:
      // Refuses the login. honeychecker will not know the index later either, so a login that is admitted now would
      // never be checked.
      co_return Unanswered(std::move(whom), "honeychecker has no index for this draw", false);
  }
}

// Reacts to an alarm. honeychecker has already written the alarm to the security log.
Task<void> SweetwordCheck::Alarm(std::string member, std::string name, bool expel) {
  ++alarms_;
  const bool locks = alarm_ == Config::lock;
  if (!locks && !expel) co_return;
  auto act = [this, &member, locks, expel](WriteTransaction& tx) -> Result<bool> {
    if (expel) accounts_.StoreExpelled(tx, member);
    return locks && accounts_.StoreLocked(tx, member, clock_());
  };
  auto commit = credentials_.environment().Write(std::move(act));
  const Result<bool> locked = co_await commit;
  if (!locked.ok()) {
    site_.log().Failure("account-not-locked", {{"name", name}, {"why", locked.error().text}});
  } else if (*locked) {
    site_.log().Security("account-locked", {{"member", ToHex(member)},
                                            {"name", name},
                                            {"unlock", "zoobar ctl member unlock, when the member has been told"}});
  }
}

Task<void> SweetwordCheck::CheckAdmitted() {
  if (checking_admitted_) co_return;
  checking_admitted_ = true;
  while (!admitted_.empty()) {
    const Admitted whom = admitted_.front();
    auto answer = Ask(whom);
    const Result<CheckIndexReply::Verdict> verdict = co_await answer;
    if (!verdict.ok()) break;  // honeychecker is silent again; the rest is checked later
    admitted_.erase(admitted_.begin());
    if (*verdict != CheckIndexReply::VERDICT_HONEYWORD) continue;
    auto alarm = Alarm(whom.member, whom.name, true);
    co_await alarm;
  }
  checking_admitted_ = false;
}

}  // namespace zoobar
