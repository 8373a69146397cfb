// The part of app that serves the log of a member's own program, and the manual for authors of programs.
#include "ipc/try.h"
#include "limits/names.h"
#include "limits/programs.h"
#include "roles/app.h"
#include "roles/app/report.h"
#include "site/ticket.h"

namespace zoobar {
App::Answered App::Program(WebRequest& web) {
  CheckRequest request;
  request.add_acts()->mutable_own_program();
  CO_TRY(CheckReply check, Check(web, std::move(request)));
  if (!check.session()) co_return ToLogin(web);
  if (check.granted_size() != 1) co_return Error::Of("auth granted {} acts of 1", check.granted_size());
  OwnRequest ask;
  *ask.mutable_ticket() = std::move(*check.mutable_granted(0)->mutable_ticket());
  ask.set_remove_files(web.posted() && web.form.Has("remove_files"));
  const bool removed = ask.remove_files();
  CO_TRY(const auto reply, profile_.Call<OwnReply>(std::move(ask)));
  const OwnReply& own = reply.message;
  if (own.ticket_refused()) co_return Error{"profile refused the ticket"};

  const std::int64_t now = WallMillis();
  const std::string state = DescribeState(own.state(), now), previews = DescribePreviews(own.previews(), now);
  ProgramPage page;
  page.member = check.name();
  if (removed) page.notice = "Files removed.";
  page.state = state;
  page.stopped = IsStopped(own.state());
  page.previews = previews;
  if (own.has_last_run()) page.last_run = UseRows(own.last_run());
  page.files_bytes = own.files_bytes();
  for (const auto& file : own.files()) page.files.push_back({file.path(), file.directory()});
  for (const ProgramDenial& denial : own.denials())
    page.denials.push_back({denial.time_ms(), denial.visitor(), denial.call(), denial.count()});
  for (const std::string& dropped : own.dropped()) page.dropped.push_back(dropped);
  page.failed_ms = own.failed_ms();
  page.failed_visitor = own.failed_visitor();
  page.failure = own.failure();
  co_return Html(pages_.Render(page), page.member);
}

App::Answered App::Manual(WebRequest& web) {
  CheckRequest request;
  CO_TRY(CheckReply check, Check(web, std::move(request)));
  const std::string member = check.name();
  ManualPage page = manual_;
  page.member = member;
  page.examples = ExamplePrograms();
  co_return Html(pages_.Render(page), member);
}

// Makes the manual page. It takes the limits from the same source as the code that enforces them, so that the manual
// always states the limits that apply.
ManualPage App::ManualOf(const Config::Profile& limits) {
  ManualPage page;
  page.timeout_ms = limits.timeout_ms();
  page.memory_bytes = limits.memory_bytes();
  page.output_bytes = limits.output_bytes();
  page.source_bytes = limits.max_source_bytes();
  page.files_bytes = limits.files_bytes();
  page.files_inodes = limits.files_inodes();
  page.denials = ProgramLimits::kDenials;
  page.api_calls = limits.api_calls_per_run();
  page.patience = ProgramLimits::kCallsRefused;
  page.request_bytes = ProgramLimits::kRequestBytes;
  page.reply_bytes = ProgramLimits::kReplyBytes;
  page.name_bytes = kMaxNameBytes;
  page.transfers = ProgramLimits::kTransfersGiven;
  page.list_limit = static_cast<std::uint32_t>(ProgramLimits::kListLimit);
  page.ticket_seconds = static_cast<std::uint32_t>(kTicketLifetimeMs / 1000);
  page.names = ProgramLimits::kNames;
  page.text_bytes = ProgramLimits::kTextBytes;
  page.visitors = ProgramLimits::kVisitorsKept;
  page.posts = ProgramLimits::kPostsKept;
  page.posts_of_author = ProgramLimits::kPostsOfOneAuthor;
  page.shared_files = ProgramLimits::kSharedFiles;
  page.shared_bytes = ProgramLimits::kSharedFileBytes;
  page.path_bytes = ProgramLimits::kPathBytes;
  for (const std::string& module : limits.packages()) page.packages += (page.packages.empty() ? "" : ", ") + module;
  return page;
}

}  // namespace zoobar
