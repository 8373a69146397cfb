// app: the home page, with the member's own profile.
#include "ipc/utf8.h"
#include "roles/app.h"
#include "roles/ticket.h"

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
    default:
      return "Not saved. Please try again.";
  }
}

}  // namespace

App::Answered App::Home(Visit& visit) {
  if (visit.posted() && visit.form.Has("profile_update")) co_return co_await SaveProfile(visit);
  CheckRequest request;
  Result<CheckReply> check = co_await Check(visit, std::move(request));
  if (!check.ok()) co_return check.error();
  if (!check->session()) co_return ToLogin(visit);
  Member member{check->member(), check->name()};
  co_return co_await HomeWith(visit, std::move(member), "");
}

Task<Result<Response>> App::HomeWith(Visit& visit, Member member, std::string_view notice) {
  Both both(OwnBalance(visit, member.id), Profile(member.id, true));
  auto [zoobars, profile] = co_await both;
  if (!zoobars.ok()) co_return zoobars.error();
  if (!profile.ok()) co_return profile.error();
  HomePage page;
  page.member = member.name;
  page.notice = notice;
  page.zoobars = *zoobars;
  page.profile_source = profile->source();
  page.program = profile->kind() == GetReply::KIND_PROGRAM;
  page.profile_limit = profile_limit_;
  co_return Html(pages_.Render(page), member.name);
}

App::Answered App::SaveProfile(Visit& visit) {
  const std::string text(visit.form.Get("profile_update"));
  const bool is_text = IsUtf8(text);
  CheckRequest request;
  if (is_text) request.add_acts()->mutable_save_profile()->set_text_hash(TextHash(text));
  Result<CheckReply> check = co_await Check(visit, std::move(request));
  if (!check.ok()) co_return check.error();
  if (!check->session()) co_return ToLogin(visit);
  Member member{check->member(), check->name()};

  SaveReply saved;
  saved.set_outcome(SaveReply::OUTCOME_NOT_UTF8);
  if (is_text) {
    if (check->granted_size() != 1) co_return Error::Of("auth granted {} acts of 1", check->granted_size());
    SaveRequest save;
    *save.mutable_ticket() = std::move(*check->mutable_granted(0)->mutable_ticket());
    save.set_text(text);
    auto reply = co_await profile_.Call<SaveReply>(std::move(save));
    if (!reply.ok()) co_return reply.error();
    saved = reply->message;
  }
  if (saved.outcome() == SaveReply::OUTCOME_SAVED)
    co_return co_await HomeWith(visit, std::move(member), "Profile saved.");

  // What was typed stays in the form.
  Result<std::int64_t> zoobars = co_await OwnBalance(visit, member.id);
  if (!zoobars.ok()) co_return zoobars.error();
  const std::string warning = WhyNotSaved(saved), typed = MendUtf8(text);
  HomePage page;
  page.member = member.name;
  page.warning = warning;
  page.zoobars = *zoobars;
  page.profile_source = typed;
  page.profile_limit = profile_limit_;
  co_return Html(pages_.Render(page), member.name);
}

}  // namespace zoobar
