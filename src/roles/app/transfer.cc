// app: sending zoobars.
#include <fmt/format.h>

#include <string>

#include "ipc/try.h"
#include "ipc/utf8.h"
#include "roles/app.h"
#include "roles/app/rules.h"

namespace zoobar {
namespace {

std::string After(std::uint32_t seconds) {
  if (seconds < 120) return fmt::format("{} {}", seconds, seconds == 1 ? "second" : "seconds");
  return fmt::format("{} minutes", (seconds + 59) / 60);
}

std::string WhyNotSent(const TransferReply& reply) {
  switch (reply.outcome()) {
    case TransferReply::OUTCOME_OVERDRAFT:
      return "you do not have that many zoobars (overdraft).";
    case TransferReply::OUTCOME_NOT_POSITIVE:
      return "send 1 zoobar or more.";
    case TransferReply::OUTCOME_OVERFLOW:
      return "the recipient cannot hold that many zoobars.";
    case TransferReply::OUTCOME_UNKNOWN_RECIPIENT:
      return "the recipient has no account at the bank yet.";
    case TransferReply::OUTCOME_SELF:
      return "you cannot send zoobars to yourself.";
    case TransferReply::OUTCOME_ACT_REUSED:
      return "this form had sent another transfer before. Nothing moved; send it again.";
    case TransferReply::OUTCOME_TOO_MANY:
      return fmt::format(
          "you have made too many transfers in a short time. One member may make {} at once, and then {} an hour, "
          "payments by the member's programs included. Nothing moved; try again in {}.",
          reply.burst(), reply.per_hour(), After(reply.retry_after_s()));
    case TransferReply::OUTCOME_NO_ROOM:
      return "the bank has no room on its disk. Nothing moved, and the operator has been told. Try again later.";
    default:
      return "the bank refused it. Nothing moved; please try again.";
  }
}

// The status of the page, and when to come again, where that helps.
void SetWhyNotSent(Response& page, const TransferReply& reply) {
  if (reply.outcome() == TransferReply::OUTCOME_TOO_MANY) {
    page.status = 429;
    page.AddField("Retry-After", std::to_string(reply.retry_after_s()));
  } else if (reply.outcome() == TransferReply::OUTCOME_NO_ROOM) {
    page.status = 503;
    page.AddField("Retry-After", std::to_string(kNoRoomSeconds));
  }
}

}  // namespace

App::Answered App::Transfer(Visit& visit) {
  if (visit.posted()) co_return co_await Send(visit);
  co_return co_await TransferForm(visit);
}

App::Answered App::TransferForm(Visit& visit) {
  CheckRequest request;
  CO_TRY(CheckReply check, Check(visit, std::move(request)));
  if (!check.session()) co_return ToLogin(visit);
  CO_TRY(std::int64_t zoobars, OwnBalance(visit, check.member()));
  const std::string recipient = MendUtf8(visit.query.Get("recipient")), submission = FreshSubmission();
  TransferPage page;
  page.member = check.name();
  page.zoobars = zoobars;
  page.recipient = recipient;
  page.submission = submission;
  co_return Html(pages_.Render(page), page.member);
}

App::Answered App::Send(Visit& visit) {
  const std::string recipient = MendUtf8(visit.form.Get("recipient")), amount = MendUtf8(visit.form.Get("zoobars"));
  const std::string sent_as(IsSubmission(visit.form.Get("submission")) ? visit.form.Get("submission") : "");
  const auto parsed = ParseZoobars(amount);
  const std::int64_t* const zoobars = std::get_if<std::int64_t>(&parsed);

  CheckRequest request;
  if (zoobars) {
    Act::Transfer& act = *request.add_acts()->mutable_transfer();
    act.set_recipient(recipient);
    act.set_zoobars(*zoobars);
    act.set_submission(sent_as);
  }
  CO_TRY(CheckReply check, Check(visit, std::move(request)));
  if (!check.session()) co_return ToLogin(visit);
  if (zoobars && check.granted_size() != 1) co_return Error::Of("auth granted {} acts of 1", check.granted_size());

  std::string reason, next_submission = FreshSubmission();
  TransferReply refused;
  TransferPage page;
  page.member = check.name();
  page.to = recipient;
  page.outcome = TransferPage::Outcome::kFailed;
  if (!zoobars) {
    reason = std::get<std::string_view>(parsed);
  } else if (recipient.empty()) {
    reason = "say who shall have them.";
  } else if (check.granted(0).outcome() == CheckReply::Granted::OUTCOME_UNKNOWN_RECIPIENT) {
    reason = "there is no member of that name.";
  } else {
    TransferRequest transfer;
    *transfer.mutable_ticket() = check.granted(0).ticket();
    transfer.set_recipient(check.granted(0).recipient());
    transfer.set_zoobars(*zoobars);
    std::optional<TransferReply> reply = co_await Pay(visit, std::move(transfer));
    if (!reply) {
      page.outcome = TransferPage::Outcome::kUnknown;
      if (!sent_as.empty()) next_submission = sent_as;  // sent again, it is still the same act
    } else if (reply->outcome() == TransferReply::OUTCOME_SENT) {
      page.outcome = TransferPage::Outcome::kSent;
      page.sent = *zoobars;
      page.repeated = reply->repeated_act();
      page.zoobars = reply->zoobars();
    } else {
      refused = std::move(*reply);
      reason = WhyNotSent(refused);
    }
  }
  if (page.outcome == TransferPage::Outcome::kFailed) {
    Result<std::int64_t> held = co_await OwnBalance(visit, check.member());
    if (held.ok()) page.zoobars = *held;
  }
  if (page.outcome != TransferPage::Outcome::kSent) {
    page.recipient = recipient;
    page.amount = amount;
  }
  page.reason = reason;
  page.submission = next_submission;
  Response response = Html(pages_.Render(page), page.member);
  SetWhyNotSent(response, refused);
  co_return response;
}

// The bank's answer, or nothing when it cannot be had. One repeat with the same ticket, which pays at most once.
Task<std::optional<TransferReply>> App::Pay(Visit& visit, TransferRequest request) {
  bool opened = false;
  for (int attempt = 0; attempt < 2;) {
    TransferRequest copy = request;
    auto reply = co_await bank_.Call<TransferReply>(std::move(copy));
    if (!reply.ok()) {
      ++attempt;
      site_.log().Warning("transfer-unanswered", {{"why", reply.error().text}});
      continue;
    }
    if (reply->message.outcome() != TransferReply::OUTCOME_NO_ACCOUNT || opened) co_return std::move(reply->message);
    opened = true;
    CheckRequest check;
    check.add_acts()->mutable_open_account();
    Result<CheckReply> granted = co_await Check(visit, std::move(check));
    if (!granted.ok() || granted->granted_size() != 1) co_return std::move(reply->message);
    Ticket ticket = std::move(*granted->mutable_granted(0)->mutable_ticket());
    Result<std::int64_t> open = co_await OpenAccount(std::move(ticket));
    if (!open.ok() && open.error().no_room()) reply->message.set_outcome(TransferReply::OUTCOME_NO_ROOM);
    if (!open.ok()) co_return std::move(reply->message);
  }
  co_return std::nullopt;
}

}  // namespace zoobar
