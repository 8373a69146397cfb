// The commands that show and export members.
#include "ctl/member_actions.h"
#include "ipc/try.h"
#include "operator/member_files.h"
#include "operator/member_print.h"
#include "text/utf8.h"

namespace zoobar::member_commands {
namespace {

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
