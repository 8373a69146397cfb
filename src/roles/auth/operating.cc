#include "roles/auth/operating.h"

#include <algorithm>
#include <utility>

#include "credentials/names.h"
#include "ipc/bytes.h"
#include "ipc/try.h"
#include "roles/auth/delegations.h"
#include "roles/auth/passkeys.h"

namespace zoobar {
namespace {

constexpr std::string_view kOperator = "operator";  // a principal of its own, neither member nor address

Error NoSuchMember() { return Error{"there is no such member"}.As(Cause::kGone); }

// A closed account has a salt and tags as any other, so that it can stand in for a name that nobody has
// (Accounts::Find). No password gives one of its tags.
void Forget(StoredAccount& account) {
  StoredAccount::Password& password = *account.mutable_password();
  for (std::string& tag : *password.mutable_tags()) randombytes_buf(tag.data(), tag.size());
  password.clear_words();
  password.clear_one_time_until_ms();
  account.clear_delegation();
  account.clear_passkey_user();
}

PasswordsAnswer::Given::Outcome GivenFor(Accounts::Name name) {
  switch (name) {
    case Accounts::Name::kFree:
      return PasswordsAnswer::Given::OUTCOME_OK;
    case Accounts::Name::kAlike:
      return PasswordsAnswer::Given::OUTCOME_NAME_ALIKE;
    case Accounts::Name::kReserved:
      return PasswordsAnswer::Given::OUTCOME_NAME_RESERVED;
    default:
      return PasswordsAnswer::Given::OUTCOME_NAME_TAKEN;
  }
}

}  // namespace

MemberActs::MemberActs(Site& site, Credentials& credentials, AccountPasswords& passwords, LiveSessions& sessions,
                       const Accounts& accounts, SweetwordCheck& sweetwords, Drawings& drawings, Clock clock)
    : site_(site),
      credentials_(credentials),
      passwords_(passwords),
      sessions_(sessions),
      accounts_(accounts),
      sweetwords_(sweetwords),
      drawings_(drawings),
      clock_(std::move(clock)) {}

MemberActs::Answer MemberActs::Refused(std::string why) {
  Answer answer;
  answer.message.set_refused(std::move(why));
  return answer;
}

MemberActs::Answer MemberActs::Done(bool changed, std::size_t count, const Found& found) {
  Answer answer;
  DoneAnswer& done = *answer.message.mutable_done();
  done.set_changed(changed);
  done.set_count(static_cast<std::uint32_t>(count));
  done.set_id(found.member);
  done.set_name(found.account.name());
  return answer;
}

void MemberActs::Note(std::string_view event, const std::string& member, const std::string& name) {
  site_.log().Security(event, {{"member", ToHex(member)}, {"name", name}});
}

Task<Result<MemberActs::Answer>> MemberActs::CarryOut(OperatorAct act, std::int64_t deadline) {
  Result<Answer> answer = Error{};
  switch (act.what_case()) {
    case OperatorAct::kListMembers:
      co_return List(act.list_members());
    case OperatorAct::kShowMember:
      answer = Show(act.show_member());
      break;
    case OperatorAct::kAddMembers: {
      auto adding = Add(std::move(*act.mutable_add_members()), deadline);
      co_return co_await adding;
    }
    case OperatorAct::kResetPasswords: {
      auto giving = Reset(std::move(*act.mutable_reset_passwords()), deadline);
      co_return co_await giving;
    }
    case OperatorAct::kLockMember: {
      auto locking = Lock(std::move(*act.mutable_lock_member()));
      answer = co_await locking;
      break;
    }
    case OperatorAct::kEndSessions: {
      auto ending = End(std::move(*act.mutable_end_sessions()));
      answer = co_await ending;
      break;
    }
    case OperatorAct::kCloseMember: {
      auto closing = Close(std::move(*act.mutable_close_member()));
      answer = co_await closing;
      break;
    }
    default:
      co_return Refused("auth does not know this act");
  }
  if (!answer.ok() && answer.error().cause == Cause::kGone) co_return Refused(answer.error().text);
  co_return answer;
}

Result<MemberActs::Found> MemberActs::Find(std::string_view typed_name) {
  const std::optional<std::string> name = NormalisedName(typed_name);
  if (!name) return NoSuchMember();
  auto look = [&](ReadTransaction& tx) -> Result<Found> {
    Found found;
    std::optional<std::string> member = credentials_.FindMember(tx, *name);
    std::optional<StoredAccount> account;
    if (member) account = credentials_.Account(tx, *member);
    if (!account) return NoSuchMember();
    return Found{std::move(*member), std::move(*account)};
  };
  return credentials_.environment().Read(look);
}

Result<MemberSummary> MemberActs::SummaryOf(const std::string& member, const StoredAccount& account) {
  MemberSummary summary;
  summary.set_id(member);
  summary.set_name(account.name());
  summary.set_created_ms(account.created_ms());
  summary.set_locked_ms(account.locked_ms());
  summary.set_one_time_until_ms(account.password().one_time_until_ms());
  summary.set_password_set_ms(account.password().set_ms());
  TRY(const std::vector<Credentials::KeyedSession> sessions, sessions_.Of(member));
  summary.set_sessions(static_cast<std::uint32_t>(sessions.size()));
  auto count = [&](ReadTransaction& tx) -> Result<std::size_t> { return credentials_.CountPasskeysOf(tx, member); };
  TRY(const std::size_t passkeys, credentials_.environment().Read(count));
  summary.set_passkeys(static_cast<std::uint32_t>(passkeys));
  for (const Credentials::KeyedSession& each : sessions) {
    summary.set_last_used_ms(std::max(summary.last_used_ms(), each.session.last_used_ms()));
  }
  return summary;
}

Result<MemberActs::Answer> MemberActs::List(const ListMembers& asked) {
  std::optional<std::string> prefix = std::string(), after = std::string();
  if (!asked.prefix().empty()) prefix = NormalisedName(asked.prefix());
  if (!asked.after().empty()) after = NormalisedName(asked.after());
  if (!prefix || !after) return Refused("no name can have these bytes");
  const std::size_t limit = std::clamp<std::size_t>(asked.limit(), 1, kMaxPage);
  std::vector<Found> accounts;
  auto look = [&](ReadTransaction& tx) -> Result<Credentials::NamesPage> {
    Credentials::NamesPage page = credentials_.Names(tx, *prefix, *after, limit);
    for (const auto& [member, name] : page.members) {
      std::optional<StoredAccount> account = credentials_.Account(tx, member);
      if (account) accounts.push_back({member, std::move(*account)});
    }
    return page;
  };
  TRY(const Credentials::NamesPage page, credentials_.environment().Read(look));
  Answer answer;
  MembersAnswer& members = *answer.message.mutable_members();
  for (const Found& each : accounts) {
    if (asked.only_locked() && each.account.locked_ms() == 0) continue;
    TRY(*members.add_members(), SummaryOf(each.member, each.account));
  }
  if (page.more) members.set_next(page.members.back().second);
  return answer;
}

Result<MemberActs::Answer> MemberActs::Show(const ShowMember& asked) {
  TRY(const Found found, Find(asked.name()));
  Answer answer;
  MemberAnswer& member = *answer.message.mutable_member();
  TRY(*member.mutable_summary(), SummaryOf(found.member, found.account));
  TRY(const std::vector<Credentials::KeyedSession> sessions, sessions_.Of(found.member));
  for (const Credentials::KeyedSession& each : sessions) {
    SessionsReply::Session& line = *member.add_sessions();
    line.set_id(each.key.substr(0, Accounts::kSessionIdBytes));
    line.set_created_ms(each.session.created_ms());
    line.set_last_used_ms(each.session.last_used_ms());
    line.set_address(each.session.address());
    line.set_agent(each.session.agent());
  }
  TRY(*member.mutable_passkeys(), ListOfPasskeys(credentials_, found.member));
  if (const std::optional<SpendingLimits> limits = DelegatedBy(found.account)) {
    *member.mutable_program_may_pay() = *limits;
    member.set_program_may_pay_since_ms(found.account.delegation().made_ms());
  }
  return answer;
}

Task<Result<MemberActs::Answer>> MemberActs::Add(AddMembers asked, std::int64_t deadline) {
  if (asked.members_size() > kMaxPasswords) co_return Refused(fmt::format("at most {} in one act", kMaxPasswords));
  Answer answer;
  for (const AddMembers::Member& each : asked.members()) {
    const std::optional<std::string> name = NormalisedName(each.name());
    const bool id_is_good = each.id().empty() || each.id().size() == Credentials::kMemberIdBytes;
    if (!id_is_good) co_return Refused("a member id has 16 bytes");
    Recipient fresh{each.id().empty() ? Accounts::FreshMemberId() : each.id(), {}, true, asked.passwords_until_ms()};
    Given::Outcome outcome = Given::OUTCOME_NAME_INVALID;
    if (name) {
      fresh.account.set_name(*name);
      fresh.account.set_created_ms(clock_());
      CO_TRY(outcome, Give(fresh, answer, deadline));
    }
    Given& given = *answer.message.mutable_passwords()->add_given();
    given.set_outcome(outcome);
    given.set_asked(each.name());
    if (outcome != Given::OUTCOME_OK) continue;
    given.set_name(*name);
    given.set_id(fresh.member);
    Note("member-added", fresh.member, *name);
  }
  co_return answer;
}

Task<Result<MemberActs::Answer>> MemberActs::Reset(ResetPasswords asked, std::int64_t deadline) {
  if (asked.names_size() > kMaxPasswords) co_return Refused(fmt::format("at most {} in one act", kMaxPasswords));
  Answer answer;
  for (const std::string& name : asked.names()) {
    Result<Found> found = Find(name);
    if (!found.ok() && found.error().cause != Cause::kGone) co_return found.error();
    Given::Outcome outcome = Given::OUTCOME_NO_SUCH_MEMBER;
    if (found.ok()) {
      const Recipient known{found->member, found->account, false, asked.passwords_until_ms()};
      CO_TRY(outcome, Give(known, answer, deadline));
    }
    Given& given = *answer.message.mutable_passwords()->add_given();
    given.set_outcome(outcome);
    given.set_asked(name);
    if (outcome != Given::OUTCOME_OK) continue;
    given.set_name(found->account.name());
    given.set_id(found->member);
    Note("password-reset", found->member, found->account.name());
  }
  co_return answer;
}

Result<MemberActs::Given::Outcome> MemberActs::StoreGiven(WriteTransaction& tx, const Recipient& recipient,
                                                          const AccountPasswords::Stored& password) {
  if (recipient.fresh) {
    StoredAccount account = recipient.account;
    *account.mutable_password() = password;
    return GivenFor(accounts_.AddAccount(tx, recipient.member, account));
  }
  std::optional<StoredAccount> account = credentials_.Account(tx, recipient.member);
  if (!account || account->closed_ms() != 0) return Given::OUTCOME_NO_SUCH_MEMBER;
  *account->mutable_password() = password;
  // Whoever knew the old password is out, and may not have left a delegation or a passkey behind.
  account->clear_delegation();
  credentials_.PutAccount(tx, recipient.member, *account);
  credentials_.RemoveSessionsOf(tx, recipient.member);
  credentials_.RemovePasskeysOf(tx, recipient.member);
  return Given::OUTCOME_OK;
}

Task<Result<MemberActs::Given::Outcome>> MemberActs::Give(const Recipient& recipient, Answer& answer,
                                                          std::int64_t deadline) {
  const Drawings::Right right(drawings_, recipient.member);
  if (!right.granted()) co_return Given::OUTCOME_BUSY;
  if (recipient.fresh) {
    // Looks before it hashes. The transaction looks again.
    CO_TRY(const Accounts::Name name, accounts_.CheckName(recipient.account.name()));
    if (name != Accounts::Name::kFree) co_return GivenFor(name);
  }
  const AccountPasswords::Asker asker{std::string(kOperator), deadline, {}, nullptr};
  CO_TRY(const AccountPasswords::OneTime made, passwords_.ChooseOneTime(clock_(), recipient.until_ms, asker));
  if (made.chosen.outcome != LoginReply::OUTCOME_OK) co_return Given::OUTCOME_BUSY;
  const std::string replaces = recipient.fresh ? std::string() : recipient.account.password().words();
  auto index = sweetwords_.SetIndex(recipient.member, recipient.account.name(), replaces, made.chosen);
  const Status set = co_await index;
  if (!set.ok() && set.error().no_room()) co_return set.error();
  if (!set.ok()) co_return Given::OUTCOME_NO_HONEYCHECKER;
  auto act = [&](WriteTransaction& tx) { return StoreGiven(tx, recipient, made.chosen.store); };
  CO_TRY(const Given::Outcome stored, credentials_.environment().Write(std::move(act)));
  if (stored != Given::OUTCOME_OK) co_return stored;
  answer.secret.insert(answer.secret.end(), made.password.begin(), made.password.end());
  co_return Given::OUTCOME_OK;
}

Task<Result<MemberActs::Answer>> MemberActs::Lock(LockMember asked) {
  CO_TRY(const Found found, Find(asked.name()));
  auto act = [&](WriteTransaction& tx) -> Result<std::pair<bool, std::size_t>> {
    if (!asked.lock()) return std::pair(accounts_.StoreUnlocked(tx, found.member), std::size_t{0});
    const bool locked = accounts_.StoreLocked(tx, found.member, clock_());
    return std::pair(locked, credentials_.RemoveSessionsOf(tx, found.member));
  };
  CO_TRY(const auto stored, credentials_.environment().Write(std::move(act)));
  if (stored.first)
    Note(asked.lock() ? "account-locked-by-operator" : "account-unlocked", found.member, found.account.name());
  co_return Done(stored.first, stored.second, found);
}

Task<Result<MemberActs::Answer>> MemberActs::End(EndSessions asked) {
  if (!asked.session().empty() && asked.session().size() != Accounts::kSessionIdBytes) {
    co_return Refused("a session's id has 16 bytes");
  }
  CO_TRY(const Found found, Find(asked.name()));
  auto act = [&](WriteTransaction& tx) -> Result<std::size_t> {
    if (asked.session().empty()) return credentials_.RemoveSessionsOf(tx, found.member);
    std::size_t removed = 0;
    for (const Credentials::KeyedSession& each : credentials_.SessionsOf(tx, found.member)) {
      if (each.key.starts_with(asked.session()) && credentials_.RemoveSession(tx, each.key)) ++removed;
    }
    return removed;
  };
  CO_TRY(const std::size_t ended, credentials_.environment().Write(std::move(act)));
  if (ended > 0) Note("sessions-ended-by-operator", found.member, found.account.name());
  co_return Done(ended > 0, ended, found);
}

Task<Result<MemberActs::Answer>> MemberActs::Close(CloseMember asked) {
  CO_TRY(const Found found, Find(asked.name()));
  const Drawings::Right right(drawings_, found.member);
  if (!right.granted()) co_return Refused("the member's password is being changed; try again");
  CO_TRY(const std::size_t ended, CloseAccount(found.member, found.account.name(), "operator"));
  co_return Done(true, ended, found);
}

Task<Result<std::size_t>> MemberActs::CloseAccount(std::string member, std::string name, std::string_view by) {
  auto act = [&](WriteTransaction& tx) -> Result<std::size_t> {
    std::optional<StoredAccount> account = credentials_.Account(tx, member);
    if (!account || account->closed_ms() != 0) return std::size_t{0};
    Forget(*account);
    account->set_closed_ms(std::max<std::int64_t>(clock_(), 1));
    credentials_.CloseAccount(tx, member, *account);
    credentials_.RemovePasskeysOf(tx, member);
    return credentials_.RemoveSessionsOf(tx, member);
  };
  CO_TRY(const std::size_t ended, credentials_.environment().Write(std::move(act)));
  site_.log().Security("account-closed", {{"member", ToHex(member)}, {"name", name}, {"by", by}});
  co_return ended;
}

}  // namespace zoobar
