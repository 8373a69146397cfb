// The commands that change members' accounts.
#include <array>
#include <unordered_set>
#include <utility>
#include <vector>

#include "ctl/giving.h"
#include "ctl/member_actions.h"
#include "ipc/bytes.h"
#include "ipc/try.h"
#include "operator/csv.h"
#include "operator/member_files.h"
#include "text/utf8.h"

namespace zoobar::member_commands {
namespace {

// Returns the bytes of the digits, or nothing if the text is not a session's id.
std::string SessionId(std::string_view digits) {
  std::string id(16, '\0');
  std::size_t size = 0;
  const bool good = digits.size() == 2 * id.size() &&
                    sodium_hex2bin(reinterpret_cast<unsigned char*>(id.data()), id.size(), std::string(digits).c_str(),
                                   digits.size(), nullptr, &size, nullptr) == 0;
  return good && size == id.size() ? id : std::string();
}

// Sends an act about the member NAME, and prints `done` or `not_done`. The texts may contain {} for the number of
// sessions.
Task<Result<int>> Change(Conversation& ctl, OperatorAct act, std::string done, std::string not_done) {
  CO_TRY(SignedActs acts, SignedActs::Of(ctl));
  CO_TRY(const OperatorAnswer answer, acts.Ask(ROLE_AUTH, std::move(act)));
  const std::string& text = answer.done().changed() ? done : not_done;
  ctl.Show(answer.done(), [&text](const DoneAnswer& reply, std::ostream& out) {
    out << Printable(reply.name()) << ": " << fmt::format(fmt::runtime(text), reply.count()) << '\n';
  });
  co_return kCtlOk;
}

// Returns what the closed account holds. This may be more than before, because closing an account returns its offers.
Task<Result<std::int64_t>> LeftIn(SignedActs& acts, std::string member) {
  OperatorAct act;
  act.mutable_list_accounts()->set_only(std::move(member));
  CO_TRY(const OperatorAnswer answer, acts.Ask(ROLE_BANK, std::move(act)));
  co_return answer.accounts().accounts_size() == 1 ? answer.accounts().accounts(0).zoobars() : 0;
}

}  // namespace

Task<Result<int>> Add(Conversation& ctl) {
  std::vector<std::string> names = ctl.arguments().All("NAME");
  if (const std::string csv = ctl.arguments().Text("--csv"); !csv.empty()) {
    const Result<std::string> text = ReadListFile(csv);
    if (!text.ok()) co_return ctl.Fail(kCtlUsage, text.error().text);
    const Result<std::vector<std::string>> listed = FirstColumn(*text);
    if (!listed.ok()) co_return ctl.Fail(kCtlUsage, csv + ": " + listed.error().text);
    names.insert(names.end(), listed->begin(), listed->end());
  }
  if (names.empty()) co_return ctl.Fail(kCtlUsage, "give a NAME, or a list with --csv=FILE");
  std::vector<AddMembers::Member> members(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) members[i].set_name(names[i]);
  CO_TRY(SignedActs acts, SignedActs::Of(ctl));
  CO_TRY(Giving giving, Giving::Begin(std::move(acts)));
  CO_TRY_STATUS(giving.Add(std::move(members)));
  co_return giving.Finish();
}

Task<Result<int>> ResetPassword(Conversation& ctl) {
  CO_TRY(SignedActs acts, SignedActs::Of(ctl));
  CO_TRY(Giving giving, Giving::Begin(std::move(acts)));
  CO_TRY_STATUS(giving.Reset(ctl.arguments().All("NAME")));
  co_return giving.Finish();
}

// Bank knows the id and the name of everybody who has an account there. Whom auth does not know gets an account in auth
// with the same id, and so has the same balance, journal and profile as before.
Task<Result<int>> DrawAnew(Conversation& ctl) {
  CO_TRY(SignedActs acts, SignedActs::Of(ctl));
  std::unordered_set<std::string> known;
  std::vector<std::string> names;
  std::function<void(MemberSummary&)> note = [&](MemberSummary& member) {
    known.insert(member.id());
    names.push_back(member.name());
  };
  CO_TRY_STATUS(acts.ForEachMember(ListMembers(), std::move(note)));
  std::vector<AddMembers::Member> missing;
  std::function<void(AccountsAnswer::Account&)> compare = [&](AccountsAnswer::Account& account) {
    if (account.closed_ms() != 0 || known.contains(account.member())) return;
    AddMembers::Member& member = missing.emplace_back();
    member.set_id(account.member());
    member.set_name(account.name());
  };
  CO_TRY_STATUS(acts.ForEachAccount(std::move(compare)));
  CO_TRY(Giving giving, Giving::Begin(std::move(acts)));
  CO_TRY_STATUS(giving.Add(std::move(missing)));
  if (!ctl.arguments().Has("--only-missing")) CO_TRY_STATUS(giving.Reset(std::move(names)));
  co_return giving.Finish();
}

Task<Result<int>> Lock(Conversation& ctl) {
  OperatorAct act;
  act.mutable_lock_member()->set_name(ctl.arguments().Text("NAME"));
  act.mutable_lock_member()->set_lock(true);
  return Change(ctl, std::move(act), "locked, {} sessions ended", "was locked already");
}

Task<Result<int>> Unlock(Conversation& ctl) {
  OperatorAct act;
  act.mutable_lock_member()->set_name(ctl.arguments().Text("NAME"));
  return Change(ctl, std::move(act), "unlocked", "was not locked");
}

Task<Result<int>> Logout(Conversation& ctl) {
  OperatorAct act;
  act.mutable_end_sessions()->set_name(ctl.arguments().Text("NAME"));
  const std::string session = ctl.arguments().Text("--session");
  act.mutable_end_sessions()->set_session(SessionId(session));
  if (!session.empty() && act.end_sessions().session().empty()) {
    co_return ctl.Fail(kCtlUsage, "--session takes an id from `zoobar ctl member sessions`: 32 hexadecimal digits");
  }
  auto ending = Change(ctl, std::move(act), "sessions ended: {}", "there was no such session");
  co_return co_await ending;
}

// Locks the account first, so that the member can do nothing while the rest is done. Each step may be repeated, so after
// a break the same command finishes the work.
Task<Result<int>> Delete(Conversation& ctl) {
  CO_TRY(SignedActs acts, SignedActs::Of(ctl));
  CO_TRY(const MemberExport member, Collect(acts, ctl.arguments().Text("NAME"), false));
  const std::string id = member.account().summary().id();
  std::array<std::pair<Role, OperatorAct>, 4> steps = {
      {{ROLE_AUTH, {}}, {ROLE_PROFILE, {}}, {ROLE_BANK, {}}, {ROLE_AUTH, {}}}};
  steps[0].second.mutable_lock_member()->set_name(member.name());
  steps[0].second.mutable_lock_member()->set_lock(true);
  steps[1].second.mutable_erase_profile()->set_member(id);
  steps[2].second.mutable_close_account()->set_member(id);
  steps[3].second.mutable_close_member()->set_name(member.name());
  for (const auto& [role, act] : steps) {
    CO_TRY([[maybe_unused]] const OperatorAnswer done, acts.Ask(role, act));
  }
  if (ctl.json()) {
    ctl.out() << "{}\n";
    co_return kCtlOk;
  }
  CO_TRY(const std::int64_t left, LeftIn(acts, id));
  ctl.out() << Printable(member.name()) << ": closed. The profile was erased; " << left
            << " zoobars stay in the closed account, and its entries in the journal.\n";
  co_return kCtlOk;
}

}  // namespace zoobar::member_commands
