// The part of app that serves the home page, with the member's own profile.
#include <algorithm>

#include "ipc/try.h"
#include "roles/app.h"
#include "roles/app/report.h"
#include "roles/app/rules.h"
#include "site/program_text.h"
#include "site/ticket.h"
#include "text/utf8.h"
#include "web/kept_text.h"

namespace zoobar {
namespace {

std::string WhyNotSaved(const SaveReply& reply, const ProgramText& read) {
  switch (reply.outcome()) {
    case SaveReply::OUTCOME_TOO_LARGE:
      return fmt::format("Not saved: a profile may have at most {} bytes.", reply.limit());
    case SaveReply::OUTCOME_NOT_UTF8:
      return "Not saved: the profile is not valid UTF-8 text.";
    case SaveReply::OUTCOME_TOO_COMPLEX:
      return "Not saved: the HTML is too deeply nested or too complex. Simplify it and save again.";
    case SaveReply::OUTCOME_NEARLY_PROGRAM:
      return fmt::format("Not saved. {} If it is text, begin it with another line.", read.why);
    case SaveReply::OUTCOME_BUSY:
      return fmt::format("Not saved: the site is busy. Try again in {} second{}.", reply.retry_after_s(),
                         reply.retry_after_s() == 1 ? "" : "s");
    default:
      return "Not saved. Please try again.";
  }
}

// Returns the text with LF for each line end. Browsers send CR LF, whatever the text had.
std::string WithLineFeeds(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r' || i + 1 == text.size() || text[i + 1] != '\n') plain += text[i];
  }
  return plain;
}

// Whether the member would lose a text of theirs if the form got another one.
bool IsUnsaved(std::string_view typed, std::string_view saved) {
  const std::string text = WithLineFeeds(typed);
  if (text.empty() || text == WithLineFeeds(saved)) return false;
  const auto examples = ExamplePrograms();
  return std::ranges::none_of(examples, [&text](std::string_view name) { return ExampleProgram(name) == text; });
}

constexpr std::string_view kExampleNotice = "This is an example. It is not saved yet.";

// paused: why previews do not run at the moment; empty: they do. It must outlive the result.
// files: the member's files, as in HintsOf.
TriedProgram Tried(const TryReply& run, const std::string& paused, const std::vector<std::string>* files) {
  const ShowReply& shown = run.shown();
  TriedProgram tried;
  tried.notice = NoticeOf(shown);
  tried.well = shown.run() == ShowReply::RUN_DONE && !shown.cut();
  if (shown.run() == ShowReply::RUN_NO_WALLS) tried.notice = "This site does not run programs.";
  if (shown.run() == ShowReply::RUN_DONE && tried.notice.empty()) tried.notice = "Finished.";
  if (!paused.empty()) tried.notice = paused;
  tried.html = shown.html();
  tried.report = ReportOf(shown, files);
  tried.report.beside_text = true;
  tried.failed_at = FailedAtOf(shown);
  if (run.has_use()) tried.report.use = UseRows(run.use());
  return tried;
}

constexpr std::uint32_t kNoLimit = ~0u;  // auth refuses this number

// Reads a number of zoobars from the form for limits. Unlike in a transfer, the number may be zero.
std::uint32_t LimitIn(std::string_view text) {
  constexpr std::int64_t kMost = 1000;
  if (text == "0") return 0;
  const auto parsed = ParseZoobars(text);
  const std::int64_t* const zoobars = std::get_if<std::int64_t>(&parsed);
  return zoobars && *zoobars <= kMost ? static_cast<std::uint32_t>(*zoobars) : kNoLimit;
}

// Makes a check request that asks auth for the limits that the home page shows. If the page adds acts to the request,
// auth reports the limits as they are after those acts.
CheckRequest AskForHome() {
  CheckRequest request;
  request.set_delegation(true);
  return request;
}

}  // namespace

App::Answered App::Home(WebRequest& web) {
  if (web.posted() && web.form.Has("program_limits")) co_return co_await SetLimits(web);
  if (web.posted() && web.form.Has("profile_try")) co_return co_await TryProgram(web);
  if (web.posted() && (web.form.Has("example") || web.form.Has("example_now"))) co_return co_await PutExample(web);
  if (web.posted() && web.form.Has("profile_update")) co_return co_await SaveProfile(web);
  CheckRequest request = AskForHome();
  CO_TRY(CheckReply check, Check(web, std::move(request)));
  if (!check.session()) co_return ToLogin(web);
  HomePage page;
  // An example only fills the form. The saved profile stays until the member saves.
  const std::string example(ExampleProgram(web.query.Get("example")));
  if (!web.posted() && !example.empty()) page.notice = kExampleNotice;
  auto home = HomeWith(web, check, page, page.notice.empty() ? nullptr : &example);
  co_return co_await home;
}

Task<Result<Response>> App::HomeWith(WebRequest& web, const CheckReply& check, HomePage page,
                                     const std::string* typed) {
  Both both(OwnBalance(web, check.member()), Profile(check.member(), true));
  auto [zoobars_result, profile_result] = co_await both;
  CO_TRY(const std::int64_t zoobars, std::move(zoobars_result));
  CO_TRY(const GetReply profile, std::move(profile_result));
  page.member = check.name();
  page.zoobars = zoobars;
  page.profile_source = typed ? *typed : profile.source();
  page.program_text = IsProgram(page.profile_source);
  page.unsaved = typed && IsUnsaved(*typed, profile.source());
  page.program = profile.kind() == GetReply::KIND_PROGRAM;
  page.profile_limit = profile_limit_;
  page.delegates = page.program && check.delegates();
  page.per_hour = check.limits().per_hour();
  page.per_recipient = check.limits().per_recipient();
  Response response = Html(pages_.Render(page), page.member);
  // A preview shows what a program printed, with its pictures.
  if (Pages::HaveEditor()) {
    response.policy = page.tried ? Policy::kEditorPictures : Policy::kEditor;
  } else if (page.tried) {
    response.policy = Policy::kPictures;
  }
  co_return response;
}

// Puts an example into the form. If the form has a text that is not saved, the page asks first.
App::Answered App::PutExample(WebRequest& web) {
  CheckRequest request = AskForHome();
  CO_TRY(CheckReply check, Check(web, std::move(request)));
  if (!check.session()) co_return ToLogin(web);
  const bool now = web.form.Has("example_now");
  const std::string name = MendUtf8(web.form.Get(now ? "example_now" : "example"));
  const std::string typed = MendUtf8(web.form.Get(kTextField)), example(ExampleProgram(name));
  CO_TRY(const GetReply saved, Profile(check.member(), true));
  HomePage page;
  const bool asks = !example.empty() && !now && IsUnsaved(typed, saved.source());
  if (example.empty()) page.warning = "There is no such example.";
  if (asks) page.replace = name;
  if (!example.empty() && !asks) page.notice = kExampleNotice;
  auto home = HomeWith(web, check, page, page.notice.empty() ? &typed : &example);
  co_return co_await home;
}

App::Answered App::SaveProfile(WebRequest& web) {
  const std::string text(web.form.Get("profile_update"));
  const bool is_text = IsUtf8(text);
  const ProgramText read = ReadProgramText(text);
  const bool clear = is_text && read.kind != ProgramText::Kind::kNearly;
  CheckRequest request = AskForHome();
  // auth ends a program's permission to pay when it is asked for a save of plain text. So it is asked only for texts
  // that can be saved.
  if (clear) {
    Act::SaveProfile& act = *request.add_acts()->mutable_save_profile();
    act.set_text_hash(TextHash(text));
    act.set_program(read.kind == ProgramText::Kind::kProgram);
  }
  CO_TRY(CheckReply check, Check(web, std::move(request)));
  if (!check.session()) co_return ToLogin(web);

  SaveReply saved;
  saved.set_outcome(is_text ? SaveReply::OUTCOME_NEARLY_PROGRAM : SaveReply::OUTCOME_NOT_UTF8);
  if (clear) {
    if (check.granted_size() != 1) co_return Error::Of("auth granted {} acts of 1", check.granted_size());
    SaveRequest save;
    *save.mutable_ticket() = std::move(*check.mutable_granted(0)->mutable_ticket());
    save.set_text(text);
    CO_TRY(SaveReply reply, Save(web, check.member(), std::move(save)));
    saved = std::move(reply);
  }
  HomePage page;
  if (saved.outcome() == SaveReply::OUTCOME_SAVED) {
    web.acted = true;
    const std::string removed = DescribeRemoved(saved.removed());
    const std::string notice = "Profile saved." + (removed.empty() ? removed : " " + removed);
    page.notice = notice;
    auto home = HomeWith(web, check, page, nullptr);
    co_return co_await home;
  }
  // The profile was not saved, so the form keeps the text that the member typed.
  const std::string warning = WhyNotSaved(saved, read), typed = MendUtf8(text);
  page.warning = warning;
  CO_TRY(Response home, HomeWith(web, check, page, &typed));
  if (saved.outcome() == SaveReply::OUTCOME_BUSY) {
    home.status = 503;
    home.AddField("Retry-After", std::to_string(saved.retry_after_s()));
  }
  co_return home;
}

Task<Result<SaveReply>> App::Save(WebRequest& web, std::string member, SaveRequest request) {
  auto admitting = AdmitLasting(web, texts_, MemberPrincipal(member));
  const FairQueue::Turn turn = co_await admitting;
  if (!turn.granted()) {
    SaveReply busy;
    busy.set_outcome(SaveReply::OUTCOME_BUSY);
    busy.set_retry_after_s(static_cast<std::uint32_t>(turn.retry_after_s()));
    co_return busy;
  }
  CO_TRY(auto reply, profile_.Call<SaveReply>(std::move(request)));
  co_return std::move(reply.message);
}

Task<Result<TryReply>> App::Try(WebRequest& web, std::string member, TryRequest request) {
  auto admitting = AdmitLasting(web, texts_, MemberPrincipal(member));
  const FairQueue::Turn turn = co_await admitting;
  if (!turn.granted()) {
    TryReply busy;
    busy.mutable_shown()->set_kind(GetReply::KIND_PROGRAM);
    busy.mutable_shown()->set_run(ShowReply::RUN_BUSY);
    busy.mutable_shown()->set_retry_after_s(static_cast<std::uint32_t>(turn.retry_after_s()));
    co_return busy;
  }
  CO_TRY(auto reply, profile_.Call<TryReply>(std::move(request)));
  co_return std::move(reply.message);
}

Task<std::optional<std::vector<std::string>>> App::OwnFiles(Ticket ticket) {
  OwnRequest ask;
  *ask.mutable_ticket() = std::move(ticket);
  auto asking = profile_.Call<OwnReply>(std::move(ask));
  const Result<Incoming<OwnReply>> own = co_await asking;
  if (!own.ok() || own->message.ticket_refused()) co_return std::nullopt;
  std::vector<std::string> files;
  for (const auto& file : own->message.files()) files.push_back(file.path() + (file.directory() ? "/" : ""));
  co_return files;
}

// Runs the program in the form, as if its owner visited their own page.
App::Answered App::TryProgram(WebRequest& web) {
  const std::string text(web.form.Get("profile_update"));
  const bool fits = IsUtf8(text) && text.size() <= profile_limit_;
  CheckRequest request = AskForHome();
  if (fits) {
    request.add_acts()->mutable_try_program()->set_text_hash(TextHash(text));
    request.add_acts()->mutable_own_program();  // to name the program's files, if it asks for one that does not exist
  }
  CO_TRY(CheckReply check, Check(web, std::move(request)));
  if (!check.session()) co_return ToLogin(web);
  const std::string typed = MendUtf8(text);
  HomePage page;
  std::string warning;
  if (!fits) warning = fmt::format("Not run: a profile must be UTF-8 text of at most {} bytes.", profile_limit_);
  const ProgramText read = ReadProgramText(text);
  if (fits && read.kind == ProgramText::Kind::kText) warning = "Not run: the first line of a program must be #!python.";
  if (fits && read.kind == ProgramText::Kind::kNearly) warning = "Not run. " + read.why;
  if (!warning.empty()) {
    page.warning = warning;
    auto home = HomeWith(web, check, page, &typed);
    co_return co_await home;
  }
  if (check.granted_size() != 2) co_return Error::Of("auth granted {} acts of 2", check.granted_size());
  TryRequest attempt;
  *attempt.mutable_ticket() = std::move(*check.mutable_granted(0)->mutable_ticket());
  attempt.set_text(text);
  CO_TRY(const TryReply reply, Try(web, check.member(), std::move(attempt)));
  std::string paused;
  if (reply.shown().run() == ShowReply::RUN_PAUSED) {
    const ProgramState& state = reply.shown().state();
    paused = state.paused() ? DescribeState(state, WallMillis()) : DescribePreviews(state, WallMillis());
  }
  std::optional<std::vector<std::string>> files;
  if (MissesFile(reply.shown().errors())) {
    auto listing = OwnFiles(std::move(*check.mutable_granted(1)->mutable_ticket()));
    files = co_await listing;
  }
  const TriedProgram tried = Tried(reply, paused, files ? &*files : nullptr);
  page.tried = &tried;
  auto home = HomeWith(web, check, page, &typed);
  co_return co_await home;
}

App::Answered App::SetLimits(WebRequest& web) {
  CheckRequest request = AskForHome();
  SpendingLimits& limits = *request.add_acts()->mutable_delegate()->mutable_limits();
  limits.set_per_hour(LimitIn(web.form.Get("program_per_hour")));
  limits.set_per_recipient(LimitIn(web.form.Get("program_per_recipient")));
  CO_TRY(CheckReply check, Check(web, std::move(request)));
  if (!check.session()) co_return ToLogin(web);
  if (check.granted_size() != 1) co_return Error::Of("auth granted {} acts of 1", check.granted_size());
  HomePage page;
  switch (check.granted(0).outcome()) {
    case CheckReply::Granted::OUTCOME_OK:
      web.acted = true;
      page.notice = "Limits set.";
      break;
    case CheckReply::Granted::OUTCOME_NO_DELEGATION:
      page.warning = "Limits not set: your program may not pay at the moment. Save the program again to let it pay.";
      break;
    default:
      page.warning =
          "Limits not set: enter whole numbers from 0 to 1000. The maximum per member cannot exceed the maximum per "
          "hour.";
  }
  auto home = HomeWith(web, check, page, nullptr);
  co_return co_await home;
}

}  // namespace zoobar
