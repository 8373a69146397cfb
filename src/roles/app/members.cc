// app: looking at members: one member's page, the list of all, one's own journal.
#include <algorithm>

#include "ipc/secrets.h"
#include "ipc/try.h"
#include "ipc/utf8.h"
#include "roles/app.h"
#include "roles/app/rules.h"

namespace zoobar {
namespace {

constexpr std::uint32_t kMembersOnAPage = 25;

// The rows refer to `journal`.
LogTable TableOf(const JournalReply& journal, bool newest, bool with_opening) {
  LogTable table;
  table.newest = newest;
  for (const JournalReply::Entry& entry : journal.entries()) {
    if (entry.sender().empty() && !with_opening) continue;  // the bank's own entry is no transfer
    table.rows.push_back({entry.time_ms(), entry.sender(), entry.recipient(), entry.zoobars()});
  }
  if (journal.more() && journal.entries_size()) table.older = journal.entries(journal.entries_size() - 1).number();
  return table;
}

}  // namespace

App::Answered App::Users(Visit& visit) {
  const std::string asked = MendUtf8(visit.query.Get("user"));
  const std::uint64_t before = ParseNumberOrZero(visit.query.Get("before"));
  const bool looks = visit.head().method != HttpMethod::kHead;  // HEAD runs nothing
  CheckRequest request;
  request.set_lookup(asked);
  if (looks && !asked.empty()) request.add_acts()->mutable_visit()->set_owner(asked);
  CO_TRY(CheckReply check, Check(visit, std::move(request)));
  if (!check.session()) co_return ToLogin(visit);

  UsersPage page;
  page.member = check.name();
  page.asked = asked;
  if (check.found().empty()) co_return Html(pages_.Render(page), page.member);

  // The profile first: a program may move zoobars.
  CO_TRY(ShowReply look, Look(visit, check));
  const ShowReply& shown = look;
  BalancesRequest ask;
  ask.add_members(check.found());
  Both all(bank_.Call<BalancesReply>(std::move(ask)), Journal(check.found(), before));
  auto [balances, journal] = co_await all;
  if (!balances.ok()) co_return balances.error();
  if (!journal.ok()) co_return journal.error();

  page.name = check.found_name();
  // An account the bank has not opened yet holds nothing.
  if (balances->message.balances_size() == 1) page.zoobars = balances->message.balances(0).zoobars();
  page.profile_html = shown.html();
  page.profile_source = shown.source();
  page.own_program = shown.kind() == GetReply::KIND_PROGRAM && page.name == page.member;
  page.run_notice = NoticeOf(shown);
  page.run_failed = IsItsFault(shown);
  page.run_errors = shown.errors();
  page.run_hints = HintsOf(shown);
  if (shown.kind() != GetReply::KIND_EMPTY) page.profile = UsersPage::Profile::kHtml;
  if (shown.run() == ShowReply::RUN_NO_WALLS) page.profile = UsersPage::Profile::kProgram;
  page.log = TableOf(*journal, before == 0, false);
  Response response = Html(pages_.Render(page), page.member);
  // The rest of the page is there: scripts may know all the same when the profile will be.
  if (shown.retry_after_s() > 0) response.AddField("Retry-After", std::to_string(shown.retry_after_s()));
  co_return response;
}

App::Answered App::Members(Visit& visit) {
  const std::string search = MendUtf8(visit.query.Get("search")), after = MendUtf8(visit.query.Get("after"));
  if (visit.token.empty()) co_return ToLogin(visit);
  MembersRequest list;
  list.set_prefix(search);
  list.set_after(after);
  list.set_limit(kMembersOnAPage);
  CheckRequest who;
  Both asked(Check(visit, std::move(who)), auth_.Call<MembersReply>(std::move(list), PackSecrets({View(visit.token)})));
  auto [check, members] = co_await asked;
  if (!check.ok()) co_return check.error();
  if (!members.ok()) co_return members.error();
  if (!check->session() || !members->message.session()) co_return ToLogin(visit);

  const MembersReply& found = members->message;
  MembersPage page;
  page.member = check->name();
  page.prefix = search;
  page.first = after.empty();
  if (found.members_size()) {
    BalancesRequest ask;
    for (const MembersReply::Member& member : found.members()) ask.add_members(member.id());
    auto balances = co_await bank_.Call<BalancesReply>(std::move(ask));
    if (!balances.ok()) co_return balances.error();
    const int known = std::min(found.members_size(), balances->message.balances_size());
    for (int i = 0; i < known; ++i) {
      const BalancesReply::Balance& balance = balances->message.balances(i);
      page.rows.push_back({found.members(i).name(), balance.zoobars(), balance.found()});
    }
    if (found.more()) page.next_after = found.members(found.members_size() - 1).name();
  }
  co_return Html(pages_.Render(page), page.member);
}

App::Answered App::OwnJournal(Visit& visit) {
  const std::uint64_t before = ParseNumberOrZero(visit.query.Get("before"));
  CheckRequest request;
  CO_TRY(CheckReply check, Check(visit, std::move(request)));
  if (!check.session()) co_return ToLogin(visit);
  // One after the other: opening the account writes the first entry.
  CO_TRY(std::int64_t zoobars, OwnBalance(visit, check.member()));
  CO_TRY(JournalReply journal, Journal(check.member(), before));
  JournalPage page;
  page.member = check.name();
  page.zoobars = zoobars;
  page.log = TableOf(journal, before == 0, true);
  co_return Html(pages_.Render(page), page.member);
}

}  // namespace zoobar
