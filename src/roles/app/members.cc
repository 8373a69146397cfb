// The part of app that serves a member's page, the list of all members, and the member's own journal.
#include <algorithm>

#include "ipc/secrets.h"
#include "ipc/try.h"
#include "ipc/utf8.h"
#include "roles/app.h"
#include "roles/app/report.h"
#include "roles/app/rules.h"

namespace zoobar {
namespace {

constexpr std::uint32_t kMembersOnAPage = 25;

// Makes the table of transfers. The rows refer to the texts in `journal`, which must outlive the table.
LogTable TableOf(const JournalReply& journal, bool newest, bool with_opening) {
  LogTable table;
  table.newest = newest;
  for (const JournalReply::Entry& entry : journal.entries()) {
    if (entry.sender().empty() && !with_opening) continue;  // not a transfer: the bank opened the account
    table.rows.push_back({entry.time_ms(), entry.sender(), entry.recipient(), entry.zoobars()});
  }
  if (journal.more() && journal.entries_size()) table.older = journal.entries(journal.entries_size() - 1).number();
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
  Both all(bank_.Call<BalancesReply>(std::move(ask)), Journal(check.found(), before));
  auto [balances_result, journal_result] = co_await all;
  CO_TRY(const auto balances, std::move(balances_result));
  CO_TRY(const JournalReply journal, std::move(journal_result));

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
  page.log = TableOf(journal, before == 0, false);
  Response response = Html(pages_.Render(page), page.member);
  response.policy = Policy::kPictures;
  // The page is complete except for the profile. The field tells scripts when to ask for the profile again.
  if (shown.retry_after_s() > 0) response.AddField("Retry-After", std::to_string(shown.retry_after_s()));
  co_return response;
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
  page.log = TableOf(journal, before == 0, true);
  co_return Html(pages_.Render(page), page.member);
}

}  // namespace zoobar
