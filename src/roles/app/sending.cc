// The part of app that asks bank to move zoobars.
#include "roles/app/sending.h"

#include <fmt/format.h>

#include <utility>

#include "ipc/try.h"
#include "roles/app.h"
#include "web/rules.h"

namespace zoobar {
namespace {

std::string After(std::uint32_t seconds) {
  if (seconds < 120) return fmt::format("{} {}", seconds, seconds == 1 ? "second" : "seconds");
  return fmt::format("{} minutes", (seconds + 59) / 60);
}

}  // namespace

std::string_view WhyNoRecipient(std::string_view typed, const CheckReply::Granted& granted) {
  if (typed.empty()) return "the recipient is missing. Enter a member's name.";
  const bool unknown = granted.outcome() == CheckReply::Granted::OUTCOME_UNKNOWN_RECIPIENT;
  return unknown ? "there is no member with this name. Check the spelling." : "";
}

std::string WhyNotSent(const TransferReply& reply) {
  switch (reply.outcome()) {
    case TransferReply::OUTCOME_OVERDRAFT:
      return "you do not have that many zoobars (overdraft).";
    case TransferReply::OUTCOME_NOT_POSITIVE:
      return "the amount must be 1 or more.";
    case TransferReply::OUTCOME_OVERFLOW:
      return "the recipient cannot hold that many zoobars.";
    case TransferReply::OUTCOME_UNKNOWN_RECIPIENT:
      return "the recipient has no account at the bank yet.";
    case TransferReply::OUTCOME_SELF:
      return "you cannot send zoobars to yourself.";
    case TransferReply::OUTCOME_ACT_REUSED:
      return "this form was already used for another transfer. No zoobars were sent; send the form again.";
    case TransferReply::OUTCOME_TOO_MANY:
      return fmt::format(
          "you made too many transfers in a short time. A member may make {} at once, and then {} an hour, "
          "including offers and payments by programs. No zoobars were sent; try again in {}.",
          reply.burst(), reply.per_hour(), After(reply.retry_after_s()));
    case TransferReply::OUTCOME_NO_ROOM:
      return "the bank's disk is full. No zoobars were sent. The operator has been informed; try again later.";
    case TransferReply::OUTCOME_TOO_MANY_MADE:
      return fmt::format(
          "you have made {} offers that are still open, and can make no more. Withdraw one, or wait until one ends.",
          reply.most());
    case TransferReply::OUTCOME_TOO_MANY_BETWEEN:
      if (reply.retry_after_s() > 0) {
        return fmt::format(
            "you made this member too many offers in a short time. A member may make another one {} offers at once, "
            "and "
            "then {} an hour. Try again in {}.",
            reply.burst(), reply.per_hour(), After(reply.retry_after_s()));
      }
      return fmt::format(
          "this member has as many open offers from you as you may make, at most {}. Withdraw one, or wait until one "
          "ends.",
          reply.most());
    case TransferReply::OUTCOME_TOO_MANY_GOT:
      return fmt::format("the recipient has {} open offers, and can get no more until one of them ends.", reply.most());
    default:
      return "the bank refused the transfer. No zoobars were sent; try again.";
  }
}

void SetNoRoom(Response& page) {
  page.status = 503;
  page.AddField("Retry-After", std::to_string(kNoRoomSeconds));
}

void SetWhyNotSent(Response& page, const TransferReply& reply) {
  if (reply.outcome() == TransferReply::OUTCOME_NO_ROOM) return SetNoRoom(page);
  if (reply.retry_after_s() == 0) return;
  page.status = 429;
  page.AddField("Retry-After", std::to_string(reply.retry_after_s()));
}

template <typename Reply, typename Request>
Task<std::optional<Reply>> App::AskTwice(Request request) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    Request copy = request;
    auto asking = bank_.Call<Reply>(std::move(copy));
    auto reply = co_await asking;
    if (reply.ok()) co_return std::move(reply->message);
    site_.log().Warning("transfer-unanswered", {{"why", reply.error().text}});
  }
  co_return std::nullopt;
}

template <typename Request>
Task<std::optional<TransferReply>> App::Pay(WebRequest& web, Request request) {
  Request first = request;
  auto asking = AskTwice<TransferReply>(std::move(first));
  std::optional<TransferReply> reply = co_await asking;
  if (!reply || reply->outcome() != TransferReply::OUTCOME_NO_ACCOUNT) co_return reply;
  CheckRequest check;
  check.add_acts()->mutable_open_account();
  auto checking = Check(web, std::move(check));
  Result<CheckReply> granted = co_await checking;
  if (!granted.ok() || granted->granted_size() != 1) co_return reply;
  Ticket ticket = std::move(*granted->mutable_granted(0)->mutable_ticket());
  auto opening = OpenAccount(std::move(ticket));
  const Result<std::int64_t> account = co_await opening;
  if (!account.ok() && account.error().no_room()) reply->set_outcome(TransferReply::OUTCOME_NO_ROOM);
  if (!account.ok()) co_return reply;
  auto again = AskTwice<TransferReply>(std::move(request));
  co_return co_await again;
}

template Task<std::optional<SettleReply>> App::AskTwice(SettleRequest request);
template Task<std::optional<TransferReply>> App::Pay(WebRequest& web, TransferRequest request);
template Task<std::optional<TransferReply>> App::Pay(WebRequest& web, OfferRequest request);

}  // namespace zoobar
