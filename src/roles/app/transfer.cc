// The part of app that sends zoobars.
#include <fmt/format.h>

#include <string>

#include "ipc/try.h"
#include "roles/app.h"
#include "roles/app/rules.h"
#include "roles/app/sending.h"
#include "text/utf8.h"
#include "web/rules.h"

namespace zoobar {
namespace {

constexpr std::uint64_t kLongestDelay = 8;  // seconds; the default of drain_seconds is longer

Act::Transfer TransferAct(const std::string& recipient, std::int64_t zoobars, const std::string& submission) {
  Act::Transfer act;
  act.set_recipient(recipient);
  act.set_zoobars(zoobars);
  act.set_submission(submission);
  return act;
}

TransferPage::Outcome OutcomeOf(const std::optional<TransferReply>& reply) {
  if (!reply) return TransferPage::Outcome::kUnknown;
  const bool sent = reply->outcome() == TransferReply::OUTCOME_SENT;
  return sent ? TransferPage::Outcome::kSent : TransferPage::Outcome::kFailed;
}

// Returns why the member need not be asked whether to send this, because it would fail. Empty: it can be sent.
std::string WhyNotAsked(std::string_view recipient, const std::variant<std::int64_t, std::string_view>& parsed,
                        const CheckReply& check, std::int64_t balance) {
  if (const auto* const wrong = std::get_if<std::string_view>(&parsed)) return std::string(*wrong);
  CheckReply::Granted granted;
  if (check.found().empty()) granted.set_outcome(CheckReply::Granted::OUTCOME_UNKNOWN_RECIPIENT);
  const std::string_view unknown = WhyNoRecipient(recipient, granted);
  if (!unknown.empty()) return std::string(unknown);
  TransferReply refused;
  if (check.found() == check.member()) {
    refused.set_outcome(TransferReply::OUTCOME_SELF);
  } else if (std::get<std::int64_t>(parsed) > balance) {
    refused.set_outcome(TransferReply::OUTCOME_OVERDRAFT);
  } else {
    return {};
  }
  return WhyNotSent(refused);
}

}  // namespace

App::Answered App::Transfer(WebRequest& web) {
  if (!web.posted()) co_return co_await TransferForm(web);
  if (course_graders_ && web.form.Has("delay")) co_return co_await SendLater(web, web.form.Get("delay"));
  co_return co_await Send(web);
}

// A grader logs in again while this transfer waits. The session has ended then, and nothing may be sent.
App::Answered App::SendLater(WebRequest& web, std::string_view seconds) {
  const std::uint64_t delay = ParseNumberOrZero(seconds);
  if (delay > kLongestDelay) {
    co_return Message(400, "Not sent",
                      fmt::format("The field delay must be 0 to {} seconds. No zoobars were sent.", kLongestDelay));
  }
  CheckRequest request;
  CO_TRY(const CheckReply check, Check(web, std::move(request)));
  if (!check.session()) co_return ToLogin(web);
  web.turn.End();  // other pages do not wait for this one
  auto pause = Sleep(site_.loop(), Milliseconds(delay * 1000));
  co_await pause;
  auto admitting = AdmitAgain(web);
  std::optional<Response> refused = co_await admitting;
  if (refused) co_return std::move(*refused);
  auto sending = Send(web);
  co_return co_await sending;
}

// Shows the form. If the member has filled it in, asks whether the zoobars shall be sent. The number of the form goes
// with it, so that zoobars are sent once, even if the member goes back and confirms again.
App::Answered App::TransferForm(WebRequest& web) {
  const std::string recipient = MendUtf8(web.query.Get("recipient")), amount = MendUtf8(web.query.Get("zoobars"));
  const bool asks = web.query.Has("review");
  CheckRequest request;
  if (asks) request.set_lookup(recipient);
  CO_TRY(CheckReply check, Check(web, std::move(request)));
  if (!check.session()) co_return ToLogin(web);
  CO_TRY(std::int64_t zoobars, OwnBalance(web, check.member()));
  const std::string_view sent_with = web.query.Get("submission");
  const std::string submission = IsSubmission(sent_with) ? std::string(sent_with) : FreshSubmission();
  TransferPage page;
  page.member = check.name();
  page.zoobars = zoobars;
  page.recipient = recipient;
  page.amount = amount;
  page.submission = submission;
  std::string reason;
  if (asks) {
    const auto parsed = ParseZoobars(amount);
    reason = WhyNotAsked(recipient, parsed, check, zoobars);
    page.to = reason.empty() ? std::string_view(check.found_name()) : std::string_view(recipient);
    page.reason = reason;
    if (reason.empty()) {
      const std::int64_t asked = std::get<std::int64_t>(parsed);
      page.confirm = TransferPage::Asked{asked, zoobars - asked};
    } else {
      page.outcome = TransferPage::Outcome::kFailed;
    }
  }
  co_return Html(pages_.Render(page), page.member);
}

App::Answered App::Send(WebRequest& web) {
  const std::string recipient = MendUtf8(web.form.Get("recipient")), amount = MendUtf8(web.form.Get("zoobars"));
  const std::string submission(IsSubmission(web.form.Get("submission")) ? web.form.Get("submission") : "");
  const auto parsed = ParseZoobars(amount);
  const std::int64_t* const zoobars = std::get_if<std::int64_t>(&parsed);

  CheckRequest request;
  if (zoobars) *request.add_acts()->mutable_transfer() = TransferAct(recipient, *zoobars, submission);
  CO_TRY(const CheckReply check, Check(web, std::move(request)));
  if (!check.session()) co_return ToLogin(web);
  if (zoobars && check.granted_size() != 1) co_return Error::Of("auth granted {} acts of 1", check.granted_size());
  std::string reason(zoobars ? WhyNoRecipient(recipient, check.granted(0)) : std::get<std::string_view>(parsed));
  TransferPage page;
  page.member = check.name();
  page.to = recipient;
  page.outcome = TransferPage::Outcome::kFailed;
  std::optional<TransferReply> reply;
  if (reason.empty()) {
    TransferRequest transfer;
    *transfer.mutable_ticket() = check.granted(0).ticket();
    transfer.set_recipient(check.granted(0).recipient());
    transfer.set_zoobars(*zoobars);
    auto payment = Pay(web, std::move(transfer));
    reply = co_await payment;
    page.outcome = OutcomeOf(reply);
    if (page.outcome == TransferPage::Outcome::kFailed) reason = WhyNotSent(*reply);
  }
  if (page.outcome == TransferPage::Outcome::kSent) {
    page.sent = *zoobars;
    page.repeated = reply->repeated_act();
    page.zoobars = reply->zoobars();
  } else {
    page.recipient = recipient;
    page.amount = amount;
  }
  // What bank says of an act that it carried out before is the balance of that time.
  if (page.outcome == TransferPage::Outcome::kFailed || page.repeated) {
    auto balance = OwnBalance(web, check.member());
    const Result<std::int64_t> zoobars_left = co_await balance;
    if (zoobars_left.ok()) page.zoobars = *zoobars_left;
  }
  page.reason = reason;
  // If the outcome is not known, the form keeps its number. When the member sends it again, it is still the same act.
  const bool same_act = page.outcome == TransferPage::Outcome::kUnknown && !submission.empty();
  const std::string next = same_act ? submission : FreshSubmission();
  page.submission = next;
  Response response = Html(pages_.Render(page), page.member);
  if (reply) SetWhyNotSent(response, *reply);
  co_return response;
}

}  // namespace zoobar
