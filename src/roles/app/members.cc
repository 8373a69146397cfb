// The part of app that serves a member's page, the list of all members, and the member's own journal.
#include <algorithm>

#include "ipc/secrets.h"
#include "ipc/try.h"
#include "journal/entry.h"
#include "journal/entry_words.h"
#include "roles/app.h"
#include "roles/app/report.h"
#include "roles/app/rules.h"
#include "text/utf8.h"

namespace zoobar {
namespace {

constexpr std::uint32_t kMembersOnAPage = 25;

// How many pages of the journal are read for one page of transfers, if there are many offers between them.
constexpr int kMostPages = 8;

bool IsTransfer(const JournalReply::Entry& entry) { return journal::MovesBetweenMembers(entry.kind()); }

// Makes a row for the member `reader`. A note is only for the two members of the entry.
LogRow RowOf(const JournalReply::Entry& entry, std::string_view reader) {
  LogRow row{entry.time_ms(), entry.sender(), entry.recipient(), entry.zoobars()};
  journal::EntryWords words = journal::WordsOf(entry.kind(), entry.number(), entry.about(), entry.note());
  row.about = std::move(words.what);
  if (entry.sender() == reader || entry.recipient() == reader) row.note = words.note;
  row.change = entry.change();
  row.balance = entry.balance();
  return row;
}

// Makes the table of these entries. The rows refer to the texts in `entries`, which must outlive the table.
template <typename Entries>
LogTable TableOf(const Entries& entries, std::string_view reader, std::uint64_t before, std::uint64_t older) {
  LogTable table;
  table.newest = before == 0;
  table.older = older;
  for (const JournalReply::Entry& entry : entries) table.rows.push_back(RowOf(entry, reader));
  return table;
}

}  // namespace

App::Answered App::Users(WebRequest& web) {
  const std::string asked = MendUtf8(web.query.Get("user"));
  const std::uint64_t before = ParseNumberOrZero(web.query.Get("before"));
  const bool looks = web.head().method != HttpMethod::kHead;  // a HEAD request runs no program
  CheckRequest request;
  request.set_lookup(asked);
  if (looks && !asked.empty()) request.add_acts()->mutable_visit()->set_owner(asked);
  CO_TRY(CheckReply check, Check(web, std::move(request)));
  if (!check.session()) co_return ToLogin(web);

  UsersPage page;
  page.member = check.name();
  page.asked = asked;
  if (check.found().empty()) co_return Html(pages_.Render(page), page.member);

  // The profile comes first: if it is a program, its run may move zoobars.
  CO_TRY(const ShowReply shown, Look(web, check));
  BalancesRequest ask;
  ask.add_members(check.found());
  Both all(bank_.Call<BalancesReply>(std::move(ask)), Transfers(check.found(), before));
  auto [balances_result, transfers_result] = co_await all;
  CO_TRY(const auto balances, std::move(balances_result));
  CO_TRY(const Transferred transfers, std::move(transfers_result));

  page.name = check.found_name();
  // A member whose account is not open yet has no zoobars.
  if (balances.message.balances_size() == 1) page.zoobars = balances.message.balances(0).zoobars();
  page.profile_html = shown.html();
  page.profile_source = shown.source();
  page.own_program = shown.kind() == GetReply::KIND_PROGRAM && page.name == page.member;
  page.run_notice = NoticeOf(shown);
  page.run_failed = IsItsFault(shown);
  page.run_report = ReportOf(shown);
  const std::string paused = shown.has_state() ? DescribeState(shown.state(), WallMillis()) : std::string();
  if (!paused.empty()) page.run_report.why = paused;
  if (shown.kind() != GetReply::KIND_EMPTY) page.profile = UsersPage::Profile::kHtml;
  if (shown.run() == ShowReply::RUN_NO_WALLS) page.profile = UsersPage::Profile::kProgram;
  page.log = TableOf(transfers.entries, check.name(), before, transfers.older);
  Response response = Html(pages_.Render(page), page.member);
  response.policy = Policy::kPictures;
  // The page is complete except for the profile. The field tells scripts when to ask for the profile again.
  if (shown.retry_after_s() > 0) response.AddField("Retry-After", std::to_string(shown.retry_after_s()));
  co_return response;
}

Task<Result<App::Transferred>> App::Transfers(std::string member, std::uint64_t before) {
  Transferred transfers;
  for (int page = 0; page < kMostPages; ++page) {
    CO_TRY(JournalReply part, Journal(member, before));
    for (int i = 0; i < part.entries_size(); ++i) {
      JournalReply::Entry& entry = *part.mutable_entries(i);
      before = entry.number();
      if (IsTransfer(entry)) transfers.entries.push_back(std::move(entry));
      const bool more = part.more() || i + 1 < part.entries_size();
      transfers.older = more ? before : 0;
      if (transfers.entries.size() == kRowsOfJournal) co_return transfers;
    }
    if (!part.more() || part.entries_size() == 0) break;
  }
  co_return transfers;
}

App::Answered App::Members(WebRequest& web) {
  const std::string search = MendUtf8(web.query.Get("search")), after = MendUtf8(web.query.Get("after"));
  if (web.token.empty()) co_return ToLogin(web);
  MembersRequest list;
  list.set_prefix(search);
  list.set_after(after);
  list.set_limit(kMembersOnAPage);
  CheckRequest who;
  Both asked(Check(web, std::move(who)), auth_.Call<MembersReply>(std::move(list), PackSecrets({View(web.token)})));
  auto [check_result, members_result] = co_await asked;
  CO_TRY(const CheckReply check, std::move(check_result));
  CO_TRY(const auto members, std::move(members_result));
  if (!check.session() || !members.message.session()) co_return ToLogin(web);

  const MembersReply& found = members.message;
  MembersPage page;
  page.member = check.name();
  page.prefix = search;
  page.first = after.empty();
  if (found.members_size()) {
    BalancesRequest ask;
    for (const MembersReply::Member& member : found.members()) ask.add_members(member.id());
    CO_TRY(const auto balances, bank_.Call<BalancesReply>(std::move(ask)));
    const int known = std::min(found.members_size(), balances.message.balances_size());
    for (int i = 0; i < known; ++i) {
      const BalancesReply::Balance& balance = balances.message.balances(i);
      page.rows.push_back({found.members(i).name(), balance.zoobars(), balance.found()});
    }
    if (found.more()) page.next_after = found.members(found.members_size() - 1).name();
  }
  co_return Html(pages_.Render(page), page.member);
}

App::Answered App::OwnJournal(WebRequest& web) {
  const std::uint64_t before = ParseNumberOrZero(web.query.Get("before"));
  CheckRequest request;
  CO_TRY(CheckReply check, Check(web, std::move(request)));
  if (!check.session()) co_return ToLogin(web);
  // The balance comes before the journal, because OwnBalance may open the account, which writes the first entry of the
  // journal.
  CO_TRY(std::int64_t zoobars, OwnBalance(web, check.member()));
  CO_TRY(JournalReply journal, Journal(check.member(), before));
  JournalPage page;
  page.member = check.name();
  page.zoobars = zoobars;
  const int count = journal.entries_size();
  page.log = TableOf(journal.entries(), check.name(), before,
                     journal.more() && count > 0 ? journal.entries(count - 1).number() : 0);
  page.log.own = true;
  co_return Html(pages_.Render(page), page.member);
}

}  // namespace zoobar
