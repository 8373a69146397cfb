// The part of app that serves the page of open offers (docs/offers.md).
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "ipc/try.h"
#include "journal/entry.h"
#include "limits/offers.h"
#include "roles/app.h"
#include "roles/app/rules.h"
#include "roles/app/sending.h"
#include "text/utf8.h"
#include "web/rules.h"

namespace zoobar {
namespace {

constexpr std::string_view kUsualDays = "7";

using OfferOutcome = OffersPage::Outcome;

std::string WhyNoNote(std::string_view note) {
  if (note.size() > journal::kMostNote) {
    return fmt::format("the note has {} bytes, and may have at most {}. Shorten it.", note.size(), journal::kMostNote);
  }
  if (!IsUtf8(note)) return "the note is not valid UTF-8 text.";
  const auto is_control = [](char byte) { return static_cast<unsigned char>(byte) < ' ' || byte == 0x7f; };
  if (std::any_of(note.begin(), note.end(), is_control))
    return "the note must be one line, without control characters.";
  return "";
}

// What the form holds, and the act that it asks for.
struct TypedOffer {
  std::string recipient, amount, days, note;
  std::string wrong;  // why this is no offer; empty: `act` is set
  Act::Offer act;
};

TypedOffer ReadOffer(const FormFields& form) {
  TypedOffer typed;
  typed.recipient = MendUtf8(form.Get("recipient"));
  typed.amount = MendUtf8(form.Get("zoobars"));
  typed.days = form.Has("days") ? MendUtf8(form.Get("days")) : std::string(kUsualDays);
  typed.note = MendUtf8(form.Get("note"));
  const auto parsed = ParseZoobars(typed.amount);
  const std::int64_t* const zoobars = std::get_if<std::int64_t>(&parsed);
  const std::uint64_t days = ParseNumberOrZero(typed.days);
  if (!zoobars) {
    typed.wrong = std::get<std::string_view>(parsed);
  } else if (days < 1 || days > kMostOfferDays) {
    typed.wrong = fmt::format("an offer can be open for 1 to {} days. Enter such a number.", kMostOfferDays);
  } else {
    typed.wrong = WhyNoNote(form.Get("note"));
  }
  if (!typed.wrong.empty()) return typed;
  typed.act.set_recipient(typed.recipient);
  typed.act.set_zoobars(*zoobars);
  typed.act.set_days(static_cast<std::uint32_t>(days));
  typed.act.set_note(typed.note);
  return typed;
}

OfferRequest OfferOf(const CheckReply::Granted& granted, const Act::Offer& act) {
  OfferRequest offer;
  *offer.mutable_ticket() = granted.ticket();
  offer.set_recipient(granted.recipient());
  offer.set_zoobars(act.zoobars());
  offer.set_days(act.days());
  offer.set_note(act.note());
  return offer;
}

OfferEnd EndIn(std::string_view act) {
  if (act == "accept") return OFFER_END_ACCEPT;
  if (act == "decline") return OFFER_END_DECLINE;
  return act == "withdraw" ? OFFER_END_WITHDRAW : OFFER_END_UNSPECIFIED;
}

OfferOutcome OutcomeOfEnd(OfferEnd end) {
  if (end == OFFER_END_ACCEPT) return OfferOutcome::kAccepted;
  return end == OFFER_END_DECLINE ? OfferOutcome::kDeclined : OfferOutcome::kWithdrawn;
}

std::string WhyNotEnded(const SettleReply& reply, std::uint64_t offer) {
  switch (reply.outcome()) {
    case SettleReply::OUTCOME_NOT_OPEN:
      return fmt::format("offer {} is not open any more, or it is not yours. Your journal says how it ended.", offer);
    case SettleReply::OUTCOME_EXPIRED:
      return fmt::format("offer {} has expired. Its sender gets the zoobars back.", offer);
    case SettleReply::OUTCOME_OVERFLOW:
      return "you cannot hold that many zoobars.";
    case SettleReply::OUTCOME_NO_ROOM:
      return "the bank's disk is full. The operator has been informed; try again later.";
    default:
      return "the bank refused it; try again.";
  }
}

// The page refers to the texts in `open`.
std::vector<OffersPage::Offer> OffersIn(const OffersReply& open) {
  std::vector<OffersPage::Offer> offers;
  for (const OffersReply::Offer& from : open.offers()) {
    offers.push_back(
        {from.number(), from.made(), from.other(), from.zoobars(), from.note(), from.time_ms(), from.expires_ms()});
  }
  return offers;
}

}  // namespace

App::Answered App::Offers(WebRequest& web) {
  if (web.posted() && web.form.Get("act") == "offer") co_return co_await MakeOffer(web);
  if (web.posted()) co_return co_await SettleOffer(web, EndIn(web.form.Get("act")));
  CheckRequest request;
  CO_TRY(const CheckReply check, Check(web, std::move(request)));
  if (!check.session()) co_return ToLogin(web);
  const std::string recipient = MendUtf8(web.query.Get("recipient")), submission = FreshSubmission();
  OffersPage page;
  page.recipient = recipient;
  page.submission = submission;
  auto showing = OffersWith(web, check, page);
  co_return co_await showing;
}

Task<Result<Response>> App::OffersWith(WebRequest& web, const CheckReply& check, OffersPage page) {
  page.member = check.name();
  page.most_days = kMostOfferDays;
  page.most_note = journal::kMostNote;
  OffersReply open;
  if (page.outcome != OfferOutcome::kUnknown) {  // else bank does not answer
    OffersRequest ask;
    ask.set_member(check.member());
    Both all(OwnBalance(web, check.member()), bank_.Call<OffersReply>(std::move(ask)));
    auto [zoobars, offers] = co_await all;
    // After a form, the page says what became of it, even if the rest is not known.
    if (!web.posted() && !zoobars.ok()) co_return zoobars.error();
    if (!web.posted() && !offers.ok()) co_return offers.error();
    if (zoobars.ok()) page.zoobars = *zoobars;
    if (offers.ok()) {
      open = std::move(offers->message);
      page.offers = OffersIn(open);
    }
  }
  co_return Html(pages_.Render(page), page.member);
}

App::Answered App::MakeOffer(WebRequest& web) {
  const std::string submission(IsSubmission(web.form.Get("submission")) ? web.form.Get("submission") : "");
  TypedOffer typed = ReadOffer(web.form);
  typed.act.set_submission(submission);
  CheckRequest request;
  if (typed.wrong.empty()) *request.add_acts()->mutable_offer() = typed.act;
  CO_TRY(const CheckReply check, Check(web, std::move(request)));
  if (!check.session()) co_return ToLogin(web);
  if (typed.wrong.empty()) {
    if (check.granted_size() != 1) co_return Error::Of("auth granted {} acts of 1", check.granted_size());
    typed.wrong = WhyNoRecipient(typed.recipient, check.granted(0));
  }
  OffersPage page;
  page.other = typed.recipient;
  page.outcome = OfferOutcome::kNotOffered;
  std::optional<TransferReply> reply;
  if (typed.wrong.empty()) {
    auto offering = Pay(web, OfferOf(check.granted(0), typed.act));
    reply = co_await offering;
    if (!reply) {
      page.outcome = OfferOutcome::kUnknown;
    } else if (reply->outcome() == TransferReply::OUTCOME_SENT) {
      page.outcome = OfferOutcome::kOffered;
    } else {
      typed.wrong = WhyNotSent(*reply);
    }
  }
  page.reason = typed.wrong;
  if (page.outcome == OfferOutcome::kOffered) {
    page.moved = typed.act.zoobars();
    page.repeated = reply->repeated_act();
  } else {
    page.recipient = typed.recipient;
    page.amount = typed.amount;
    page.days = typed.days;
    page.note = typed.note;
  }
  // As in Send: if the outcome is not known, the form keeps its number.
  const bool same_act = page.outcome == OfferOutcome::kUnknown && !submission.empty();
  const std::string next_submission = same_act ? submission : FreshSubmission();
  page.submission = next_submission;
  CO_TRY(Response response, OffersWith(web, check, page));
  if (reply) SetWhyNotSent(response, *reply);
  co_return response;
}

App::Answered App::SettleOffer(WebRequest& web, OfferEnd end) {
  const std::uint64_t offer = ParseNumberOrZero(web.form.Get("offer"));
  const bool chosen = end != OFFER_END_UNSPECIFIED && offer != 0;
  CheckRequest request;
  if (chosen) {
    Act::Settle& act = *request.add_acts()->mutable_settle();
    act.set_offer(offer);
    act.set_end(end);
  }
  CO_TRY(const CheckReply check, Check(web, std::move(request)));
  if (!check.session()) co_return ToLogin(web);
  std::string why = "no offer was chosen.", other;
  OffersPage page;
  page.outcome = OfferOutcome::kNotEnded;
  std::optional<SettleReply> reply;
  if (chosen) {
    if (check.granted_size() != 1) co_return Error::Of("auth granted {} acts of 1", check.granted_size());
    SettleRequest settle;
    *settle.mutable_ticket() = check.granted(0).ticket();
    settle.set_offer(offer);
    settle.set_end(end);
    auto settling = AskTwice<SettleReply>(std::move(settle));
    reply = co_await settling;
    why = reply ? WhyNotEnded(*reply, offer) : std::string();
    if (!reply) page.outcome = OfferOutcome::kUnknown;
  }
  if (reply && reply->outcome() == SettleReply::OUTCOME_ENDED) {
    page.outcome = OutcomeOfEnd(end);
    page.moved = reply->moved();
    auto naming = NameIn(check.member(), reply->entry(), end != OFFER_END_WITHDRAW);
    other = co_await naming;
  }
  page.other = other;
  page.reason = why;
  const std::string submission = FreshSubmission();
  page.submission = submission;
  CO_TRY(Response response, OffersWith(web, check, page));
  if (reply && reply->outcome() == SettleReply::OUTCOME_NO_ROOM) SetNoRoom(response);
  co_return response;
}

Task<std::string> App::NameIn(std::string member, std::uint64_t entry, bool sender) {
  JournalRequest ask;
  ask.set_member(std::move(member));
  ask.set_before(entry + 1);
  ask.set_limit(1);
  auto asking = bank_.Call<JournalReply>(std::move(ask));
  const auto reply = co_await asking;
  if (!reply.ok() || reply->message.entries_size() != 1 || reply->message.entries(0).number() != entry) {
    co_return std::string();
  }
  const JournalReply::Entry& found = reply->message.entries(0);
  co_return sender ? found.sender() : found.recipient();
}

}  // namespace zoobar
