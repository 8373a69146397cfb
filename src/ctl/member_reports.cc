// The commands that show and export members.
#include "ctl/member_actions.h"
#include "ipc/bytes.h"
#include "ipc/try.h"
#include "operator/member_files.h"
#include "text/calendar.h"
#include "text/utf8.h"

namespace zoobar::member_commands {
namespace {

std::string Ago(std::int64_t then_ms) { return then_ms == 0 ? "-" : Duration(WallMillis() - then_ms) + " ago"; }

std::string StateOf(const MemberSummary& member) {
  if (member.locked_ms() != 0) return "locked";
  if (member.one_time_until_ms() == 0) return "";
  if (member.one_time_until_ms() < WallMillis()) return "one-time password has expired";
  return "one-time password until " + IsoTime(member.one_time_until_ms());
}

void PrintMembers(const MembersForPeople& list, std::ostream& out) {
  std::vector<std::vector<std::string>> rows;
  rows.reserve(static_cast<std::size_t>(list.members_size()));
  for (const MemberSummary& member : list.members()) {
    rows.push_back({Printable(member.name()), IsoTime(member.created_ms()), std::to_string(member.sessions()),
                    Ago(member.last_used_ms()), StateOf(member)});
  }
  PrintTable({"NAME", "SINCE", ">SESSIONS", "LAST SEEN", "STATE"}, rows, out);
}

void PrintSessions(const MemberAnswer& member, std::ostream& out) {
  std::vector<std::vector<std::string>> rows;
  rows.reserve(static_cast<std::size_t>(member.sessions_size()));
  for (const SessionsReply::Session& session : member.sessions()) {
    rows.push_back({ToHex(session.id()), IsoTime(session.created_ms()), Ago(session.last_used_ms()),
                    Printable(session.address()), Printable(session.agent())});
  }
  PrintTable({"SESSION", "SINCE", "LAST USED", "ADDRESS", "BROWSER"}, rows, out);
}

void PrintMember(const MemberExport& shown, std::ostream& out) {
  const MemberSummary& member = shown.account().summary();
  const auto line = [&out](std::string_view title, const std::string& value) {
    if (!value.empty()) out << fmt::format("{:<14}{}\n", title, value);
  };
  line("name", Printable(member.name()));
  line("id", ToHex(member.id()));
  line("since", IsoTime(member.created_ms()));
  line("password set", IsoTime(member.password_set_ms()));
  line("state", StateOf(member));
  line("zoobars", shown.has_bank() ? std::to_string(shown.bank().zoobars()) : "no account in bank yet");
  if (shown.account().has_program_may_pay()) {
    const SpendingLimits& limits = shown.account().program_may_pay();
    line("program pays", fmt::format("{} an hour, {} to one member; since {}", limits.per_hour(),
                                     limits.per_recipient(), IsoTime(shown.account().program_may_pay_since_ms())));
  }
  if (shown.profile_saved_ms() != 0) {
    line("profile", fmt::format("{}, {} bytes, saved {}", shown.profile_is_program() ? "program" : "HTML",
                                shown.profile().size(), IsoTime(shown.profile_saved_ms())));
  }
  line("passkeys", std::to_string(member.passkeys()));
  line("sessions", std::to_string(member.sessions()));
  if (member.sessions() > 0) PrintSessions(shown.account(), out);
}

// Reads the content of a file that the member's program keeps.
Task<Status> ReadFile(SignedActs& acts, std::string member, ProgramFiles::File& file) {
  constexpr std::size_t kPiece = 256 * 1024;
  for (bool more = !file.directory(); more;) {
    OperatorAct act;
    act.mutable_read_profile()->set_member(member);
    act.mutable_read_profile()->set_file(file.path());
    act.mutable_read_profile()->set_offset(file.content().size());
    CO_TRY(const OperatorAnswer answer, acts.Ask(ROLE_PROFILE, std::move(act)));
    file.mutable_content()->append(answer.profile().content());
    more = answer.profile().content().size() == kPiece;
  }
  co_return Status();
}

}  // namespace

Task<Result<int>> List(Conversation& ctl) {
  CO_TRY(SignedActs acts, SignedActs::Of(ctl));
  ListMembers which;
  which.set_prefix(ctl.arguments().Text("--prefix"));
  which.set_only_locked(ctl.arguments().Has("--locked"));
  MembersForPeople list;
  std::function<void(MemberSummary&)> take = [&list](MemberSummary& member) { list.add_members()->Swap(&member); };
  CO_TRY_STATUS(acts.ForEachMember(std::move(which), std::move(take)));
  ctl.Show(list, PrintMembers);
  co_return kCtlOk;
}

Task<Result<MemberExport>> Collect(SignedActs& acts, std::string name, bool with_journal) {
  MemberExport all;
  OperatorAct show;
  show.mutable_show_member()->set_name(std::move(name));
  CO_TRY(OperatorAnswer account, acts.Ask(ROLE_AUTH, std::move(show)));
  all.mutable_account()->Swap(account.mutable_member());
  const std::string id = all.account().summary().id();
  all.set_name(all.account().summary().name());
  all.set_exported_ms(WallMillis());
  OperatorAct bank;
  bank.mutable_list_accounts()->set_only(id);
  CO_TRY(const OperatorAnswer accounts, acts.Ask(ROLE_BANK, std::move(bank)));
  if (accounts.accounts().accounts_size() == 1) *all.mutable_bank() = accounts.accounts().accounts(0);
  OperatorAct profile;
  profile.mutable_read_profile()->set_member(id);
  CO_TRY(OperatorAnswer read, acts.Ask(ROLE_PROFILE, std::move(profile)));
  all.set_profile(MendUtf8(read.profile().text()));
  all.set_profile_is_program(read.profile().program());
  all.set_profile_saved_ms(read.profile().saved_ms());
  all.mutable_program_files()->Swap(read.mutable_profile()->mutable_files());
  if (with_journal) {
    for (ProgramFiles::File& file : *all.mutable_program_files()->mutable_files()) {
      CO_TRY_STATUS(ReadFile(acts, id, file));
    }
  }
  std::uint64_t before = 0;
  for (bool more = with_journal && all.has_bank(); more;) {
    OperatorAct page;
    JournalRequest& request = *page.mutable_read_journal()->mutable_journal();
    request.set_member(id);
    request.set_before(before);
    request.set_limit(100);
    CO_TRY(OperatorAnswer answer, acts.Ask(ROLE_BANK, std::move(page)));
    for (JournalReply::Entry& entry : *answer.mutable_journal()->mutable_entries()) {
      before = entry.number();
      all.add_journal()->Swap(&entry);
    }
    more = answer.journal().more() && answer.journal().entries_size() > 0;
  }
  co_return all;
}

Task<Result<int>> ShowOne(Conversation& ctl) {
  CO_TRY(SignedActs acts, SignedActs::Of(ctl));
  CO_TRY(MemberExport shown, Collect(acts, ctl.arguments().Text("NAME"), false));
  ctl.Show(shown, PrintMember);
  co_return kCtlOk;
}

Task<Result<int>> Export(Conversation& ctl) {
  CO_TRY(SignedActs acts, SignedActs::Of(ctl));
  CO_TRY(const MemberExport all, Collect(acts, ctl.arguments().Text("NAME"), true));
  const std::string path = ctl.arguments().Text("--out");
  if (path.empty()) {
    ctl.out() << Json(all);
    co_return kCtlOk;
  }
  const Status written = WriteNewFile(path, Json(all));
  if (!written.ok()) co_return ctl.Fail(kCtlUsage, written.error().text);
  ctl.Say(Printable(path));
  co_return kCtlOk;
}

Task<Result<int>> Sessions(Conversation& ctl) {
  CO_TRY(SignedActs acts, SignedActs::Of(ctl));
  OperatorAct act;
  act.mutable_show_member()->set_name(ctl.arguments().Text("NAME"));
  CO_TRY(const OperatorAnswer answer, acts.Ask(ROLE_AUTH, std::move(act)));
  ctl.Show(answer.member(), PrintSessions);
  co_return kCtlOk;
}

}  // namespace zoobar::member_commands
