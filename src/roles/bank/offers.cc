// bank: offers, which their recipients must accept (docs/offers.md).
#include <utility>

#include "ipc/try.h"
#include "limits/offers.h"
#include "roles/bank.h"

namespace zoobar {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;

std::uint32_t MostOf(TransferReply::Outcome outcome) {
  switch (outcome) {
    case TransferReply::OUTCOME_TOO_MANY_MADE:
      return Ledger::kMostMade;
    case TransferReply::OUTCOME_TOO_MANY_BETWEEN:
      return Ledger::kMostBetween;
    case TransferReply::OUTCOME_TOO_MANY_GOT:
      return Ledger::kMostGot;
    default:
      return 0;
  }
}

}  // namespace

Task<Result<Outgoing<TransferReply>>> Bank::Offer(Incoming<OfferRequest> call) {
  InFlight::Call here(in_flight_);
  OfferRequest& asked = call.message;
  if (asked.days() < 1 || asked.days() > kMostOfferDays) co_return Error::Of("an offer for {} days", asked.days());
  if (asked.note().size() > journal::kMostNote) co_return Error::Of("a note of {} bytes", asked.note().size());
  const std::string digest = OfferDigest(asked.recipient(), asked.zoobars(), asked.days(), asked.note());
  Result<TicketBody> ticket = Check(call.from, asked.ticket(), kOfferMethod, digest);
  TransferReply refused;
  if (!ticket.ok()) {
    refused.set_outcome(TransferReply::OUTCOME_TICKET_REFUSED);
    co_return refused;
  }
  if (asked.recipient().size() != kMemberIdSize) {
    refused.set_outcome(TransferReply::OUTCOME_UNKNOWN_RECIPIENT);
    co_return refused;
  }
  const std::int64_t now_ms = clock_();
  const std::string pair = ticket->member() + asked.recipient();
  const bool taken = offers_to_one_.Take(pair, clock_.Steady());
  Ledger::AsOffer offer{.note = std::move(*asked.mutable_note()), .expires_ms = now_ms + kDayMs * asked.days()};
  Ledger::Transfer transfer{.sender = std::move(*ticket->mutable_member()),
                            .recipient = std::move(*asked.mutable_recipient()),
                            .act = std::move(*ticket->mutable_id()),
                            .zoobars = asked.zoobars(),
                            .time_ms = now_ms,
                            .offer = std::move(offer),
                            .past_rate = !taken,
                            .deadline = call.deadline};
  auto moving = Move(std::move(transfer));
  Result<TransferReply> made = co_await moving;
  const bool offered = made.ok() && made->outcome() == TransferReply::OUTCOME_SENT && !made->repeated_act();
  if (offered) ++offered_;
  if (taken && !offered) offers_to_one_.GiveBack(pair, clock_.Steady());
  if (!made.ok()) co_return made.error();
  if (!taken && made->outcome() == TransferReply::OUTCOME_TOO_MANY) {
    made->set_outcome(TransferReply::OUTCOME_TOO_MANY_BETWEEN);
    made->set_retry_after_s(offers_to_one_.RetryAfterSeconds(pair, clock_.Steady()));
    made->set_burst(offers_to_one_.limits().burst);
    made->set_per_hour(offers_to_one_.limits().per_hour);
  }
  made->set_most(MostOf(made->outcome()));
  co_return std::move(*made);
}

Task<Result<Outgoing<SettleReply>>> Bank::Settle(Incoming<SettleRequest> call) {
  InFlight::Call here(in_flight_);
  const SettleRequest& asked = call.message;
  SettleReply reply;
  if (asked.end() == OFFER_END_UNSPECIFIED || !OfferEnd_IsValid(asked.end())) co_return Error{"no end of an offer"};
  Result<TicketBody> ticket = Check(call.from, asked.ticket(), kSettleMethod, SettleDigest(asked.offer(), asked.end()));
  if (!ticket.ok()) {
    reply.set_outcome(SettleReply::OUTCOME_TICKET_REFUSED);
    co_return reply;
  }
  Ledger::Settlement settlement{.member = std::move(*ticket->mutable_member()),
                                .act = std::move(*ticket->mutable_id()),
                                .offer = asked.offer(),
                                .end = asked.end(),
                                .time_ms = clock_(),
                                .deadline = call.deadline};
  auto settling = ledger_->Settle(std::move(settlement));
  const Result<Ledger::Settled> settled = co_await settling;
  if (!settled.ok()) {
    if (!settled.error().no_room()) co_return settled.error();
    reply.set_outcome(SettleReply::OUTCOME_NO_ROOM);
    co_return reply;
  }
  reply.set_outcome(settled->outcome);
  reply.set_zoobars(settled->zoobars);
  reply.set_entry(settled->entry);
  reply.set_repeated_act(settled->repeated_act);
  reply.set_moved(settled->stored.zoobars());
  if (settled->outcome == SettleReply::OUTCOME_ENDED && !settled->repeated_act) {
    ++settled_;
    money_log_.Add(MoneyLog::LineOf(Ledger::Numbered{settled->entry, settled->stored}));
  }
  co_return reply;
}

Task<Result<Outgoing<OffersReply>>> Bank::Offers(Incoming<OffersRequest> call) {
  if (call.message.member().size() != kMemberIdSize) co_return Error{"the member is not a member id"};
  CO_TRY(const std::vector<Ledger::Numbered> open, ledger_->Offers(call.message.member()));
  OffersReply reply;
  for (const Ledger::Numbered& each : open) {
    OffersReply::Offer& offer = *reply.add_offers();
    const bool made = each.entry.sender() == call.message.member();
    offer.set_number(each.number);
    offer.set_time_ms(each.entry.time_ms());
    offer.set_expires_ms(each.entry.expires_ms());
    offer.set_made(made);
    offer.set_other(made ? each.entry.recipient_name() : each.entry.sender_name());
    offer.set_zoobars(each.entry.zoobars());
    offer.set_note(each.entry.note());
  }
  co_return reply;
}

// If the store has no room, the offers stay open, and the next round tries again. They cannot be accepted meanwhile.
Task<void> Bank::ReturnExpired() {
  if (expiring_ || in_flight_.draining()) co_return;
  InFlight::Call here(in_flight_);
  expiring_ = true;
  for (bool more = true; more && !in_flight_.draining();) {
    auto returning = ledger_->ReturnExpired(clock_());
    const Result<std::vector<Ledger::Numbered>> returned = co_await returning;
    if (!returned.ok()) site_.log().Warning("offers-not-returned", {{"why", returned.error().text}});
    more = returned.ok() && returned->size() == Ledger::kMostAtOnce;
    if (!returned.ok()) continue;
    for (const Ledger::Numbered& each : *returned) money_log_.Add(MoneyLog::LineOf(each));
    settled_ += static_cast<std::int64_t>(returned->size());
  }
  expiring_ = false;
}

}  // namespace zoobar
