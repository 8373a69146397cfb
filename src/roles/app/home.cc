// app: the home page, with the member's own profile.
#include "ipc/try.h"
#include "ipc/utf8.h"
#include "roles/app.h"
#include "roles/app/rules.h"
#include "site/program_text.h"
#include "site/ticket.h"

namespace zoobar {
namespace {

std::string WhyNotSaved(const SaveReply& reply) {
  switch (reply.outcome()) {
    case SaveReply::OUTCOME_TOO_LARGE:
      return fmt::format("Not saved: a profile has at most {} bytes.", reply.limit());
    case SaveReply::OUTCOME_NOT_UTF8:
      return "Not saved: this is not text (UTF-8).";
    case SaveReply::OUTCOME_TOO_COMPLEX:
      return "Not saved: the HTML is too deeply nested or too tangled to be cleaned.";
    case SaveReply::OUTCOME_BUSY:
      return fmt::format("Not saved: the site is busy. Try again in {} second{}.", reply.retry_after_s(),
                         reply.retry_after_s() == 1 ? "" : "s");
    default:
      return "Not saved. Please try again.";
  }
}

// What a run used.
std::vector<std::string> FactsOf(const TryReply& run) {
  if (run.wall_us() == 0) return {};
  return {fmt::format("Time: {:.1f} ms, {:.1f} ms of it on a processor", static_cast<double>(run.wall_us()) / 1e3,
                      static_cast<double>(run.cpu_us()) / 1e3),
          fmt::format("Memory: {:.1f} MiB at most, Python's own included",
                      static_cast<double>(run.memory_bytes()) / (1 << 20))};
}

TriedProgram Tried(const TryReply& run) {
  const ShowReply& shown = run.shown();
  TriedProgram tried;
  tried.notice = NoticeOf(shown);
  tried.well = shown.run() == ShowReply::RUN_DONE && !shown.cut();
  if (shown.run() == ShowReply::RUN_NO_WALLS) tried.notice = "Programs are not run on this machine.";
  if (shown.run() == ShowReply::RUN_DONE && tried.notice.empty()) tried.notice = "It ran to its end.";
  tried.html = shown.html();
  tried.errors = shown.errors();
  tried.hints = HintsOf(shown);
  tried.facts = FactsOf(run);
  return tried;
}

constexpr std::uint32_t kNoLimit = ~0u;  // auth refuses it

// A number of zoobars from the limits form, where zero is one.
std::uint32_t LimitIn(std::string_view text) {
  constexpr std::int64_t kMost = 1000;
  if (text == "0") return 0;
  const auto parsed = ParseZoobars(text);
  const std::int64_t* const zoobars = std::get_if<std::int64_t>(&parsed);
  return zoobars && *zoobars <= kMost ? static_cast<std::uint32_t>(*zoobars) : kNoLimit;
}

// What the home page shows of auth's is asked for in the check that opens it: as it stands after the acts asked for.
CheckRequest AskForHome() {
  CheckRequest request;
  request.set_delegation(true);
  return request;
}

}  // namespace

App::Answered App::Home(Visit& visit) {
  if (visit.posted() && visit.form.Has("program_limits")) co_return co_await SetLimits(visit);
  if (visit.posted() && visit.form.Has("profile_try")) co_return co_await TryProgram(visit);
  if (visit.posted() && visit.form.Has("profile_update")) co_return co_await SaveProfile(visit);
  CheckRequest request = AskForHome();
  CO_TRY(CheckReply check, Check(visit, std::move(request)));
  if (!check.session()) co_return ToLogin(visit);
  HomePage page;
  // To start from; what is saved stays until it is saved over.
  const std::string example(ExampleProgram(visit.query.Get("example")));
  if (!visit.posted() && !example.empty()) page.notice = "An example to start from. Nothing is saved yet.";
  co_return co_await HomeWith(visit, check, page, page.notice.empty() ? nullptr : &example);
}

Task<Result<Response>> App::HomeWith(Visit& visit, const CheckReply& check, HomePage page, const std::string* typed) {
  Both both(OwnBalance(visit, check.member()), Profile(check.member(), true));
  auto [zoobars, profile] = co_await both;
  if (!zoobars.ok()) co_return zoobars.error();
  if (!profile.ok()) co_return profile.error();
  page.member = check.name();
  page.zoobars = *zoobars;
  page.profile_source = typed ? *typed : profile->source();
  page.program = profile->kind() == GetReply::KIND_PROGRAM;
  page.profile_limit = profile_limit_;
  page.examples = ExamplePrograms();
  page.delegates = page.program && check.delegates();
  page.per_hour = check.limits().per_hour();
  page.per_recipient = check.limits().per_recipient();
  co_return Html(pages_.Render(page), page.member);
}

App::Answered App::SaveProfile(Visit& visit) {
  const std::string text(visit.form.Get("profile_update"));
  const bool is_text = IsUtf8(text);
  CheckRequest request = AskForHome();
  if (is_text) {
    Act::SaveProfile& act = *request.add_acts()->mutable_save_profile();
    act.set_text_hash(TextHash(text));
    act.set_program(IsProgram(text));
  }
  CO_TRY(CheckReply check, Check(visit, std::move(request)));
  if (!check.session()) co_return ToLogin(visit);

  SaveReply saved;
  saved.set_outcome(SaveReply::OUTCOME_NOT_UTF8);
  if (is_text) {
    if (check.granted_size() != 1) co_return Error::Of("auth granted {} acts of 1", check.granted_size());
    SaveRequest save;
    *save.mutable_ticket() = std::move(*check.mutable_granted(0)->mutable_ticket());
    save.set_text(text);
    CO_TRY(SaveReply reply, Save(visit, check.member(), std::move(save)));
    saved = std::move(reply);
  }
  HomePage page;
  if (saved.outcome() == SaveReply::OUTCOME_SAVED) {
    visit.acted = true;
    page.notice = "Profile saved.";
    co_return co_await HomeWith(visit, check, page, nullptr);
  }
  // What was typed stays in the form.
  const std::string warning = WhyNotSaved(saved), typed = MendUtf8(text);
  page.warning = warning;
  auto rendering = HomeWith(visit, check, page, &typed);
  Result<Response> home = co_await rendering;
  if (home.ok() && saved.outcome() == SaveReply::OUTCOME_BUSY) {
    home->status = 503;
    home->AddField("Retry-After", std::to_string(saved.retry_after_s()));
  }
  co_return home;
}

Task<Result<SaveReply>> App::Save(Visit& visit, std::string member, SaveRequest request) {
  auto admitting = AdmitLasting(visit, texts_, MemberPrincipal(member));
  const FairQueue::Turn turn = co_await admitting;
  if (!turn.granted()) {
    SaveReply busy;
    busy.set_outcome(SaveReply::OUTCOME_BUSY);
    busy.set_retry_after_s(static_cast<std::uint32_t>(turn.retry_after_s()));
    co_return busy;
  }
  auto reply = co_await profile_.Call<SaveReply>(std::move(request));
  if (!reply.ok()) co_return reply.error();
  co_return std::move(reply->message);
}

Task<Result<TryReply>> App::Try(Visit& visit, std::string member, TryRequest request) {
  auto admitting = AdmitLasting(visit, texts_, MemberPrincipal(member));
  const FairQueue::Turn turn = co_await admitting;
  if (!turn.granted()) {
    TryReply busy;
    busy.mutable_shown()->set_kind(GetReply::KIND_PROGRAM);
    busy.mutable_shown()->set_run(ShowReply::RUN_BUSY);
    busy.mutable_shown()->set_retry_after_s(static_cast<std::uint32_t>(turn.retry_after_s()));
    co_return busy;
  }
  auto reply = co_await profile_.Call<TryReply>(std::move(request));
  if (!reply.ok()) co_return reply.error();
  co_return std::move(reply->message);
}

// Runs what was typed, saved or not, as its owner would see it.
App::Answered App::TryProgram(Visit& visit) {
  const std::string text(visit.form.Get("profile_update"));
  const bool fits = IsUtf8(text) && text.size() <= profile_limit_;
  CheckRequest request = AskForHome();
  if (fits) request.add_acts()->mutable_try_program()->set_text_hash(TextHash(text));
  CO_TRY(CheckReply check, Check(visit, std::move(request)));
  if (!check.session()) co_return ToLogin(visit);
  const std::string typed = MendUtf8(text);
  HomePage page;
  std::string warning;
  if (!fits) warning = fmt::format("Not run: a profile is text (UTF-8) of at most {} bytes.", profile_limit_);
  if (fits && !IsProgram(text)) warning = "Not run: a program's first line is #!python.";
  if (!warning.empty()) {
    page.warning = warning;
    co_return co_await HomeWith(visit, check, page, &typed);
  }
  if (check.granted_size() != 1) co_return Error::Of("auth granted {} acts of 1", check.granted_size());
  TryRequest attempt;
  *attempt.mutable_ticket() = std::move(*check.mutable_granted(0)->mutable_ticket());
  attempt.set_text(text);
  CO_TRY(const TryReply reply, Try(visit, check.member(), std::move(attempt)));
  const TriedProgram tried = Tried(reply);
  page.tried = &tried;
  co_return co_await HomeWith(visit, check, page, &typed);
}

App::Answered App::SetLimits(Visit& visit) {
  CheckRequest request = AskForHome();
  SpendingLimits& limits = *request.add_acts()->mutable_delegate()->mutable_limits();
  limits.set_per_hour(LimitIn(visit.form.Get("program_per_hour")));
  limits.set_per_recipient(LimitIn(visit.form.Get("program_per_recipient")));
  CO_TRY(CheckReply check, Check(visit, std::move(request)));
  if (!check.session()) co_return ToLogin(visit);
  if (check.granted_size() != 1) co_return Error::Of("auth granted {} acts of 1", check.granted_size());
  HomePage page;
  switch (check.granted(0).outcome()) {
    case CheckReply::Granted::OUTCOME_OK:
      visit.acted = true;
      page.notice = "Limits set.";
      break;
    case CheckReply::Granted::OUTCOME_NO_DELEGATION:
      page.warning = "Limits not set: your program may not pay at the moment. Save it again to let it.";
      break;
    default:
      page.warning = "Limits not set: they are whole numbers from 0 to 1000, the second no greater than the first.";
  }
  co_return co_await HomeWith(visit, check, page, nullptr);
}

}  // namespace zoobar
