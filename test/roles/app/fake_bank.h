// A stand-in for bank, with balances in a plain map.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "bank.pb.h"
#include "ipc/channel.h"
#include "roles/app/peer_calls.h"

namespace zoobar {

class FakeBank : public virtual PeerCalls {
 public:
  // For tests to set and read.
  std::map<std::string, std::int64_t> balances;  // by member id
  std::vector<JournalReply::Entry> journal;
  std::map<std::string, TransferReply> acts;  // by ticket id
  std::vector<TransferRequest> transfers;
  std::vector<OfferRequest> offers_asked;
  std::vector<SettleRequest> settlements;
  std::map<std::uint64_t, JournalReply::Entry> open_offers;  // by number
  std::map<std::uint64_t, std::int64_t> expiries;            // of the open offers
  std::optional<SettleReply> settle_refused;                 // if set, the reply to every settlement
  std::optional<TransferReply> transfer_refused;             // if set, the reply to every transfer and offer
  bool no_room = false;                                      // there is no room to open an account
  int lose_transfer_replies = 0;  // so many transfers, offers and ends of offers are carried out, but not answered

 protected:
  void HandleBank(Service& service) {
    service.Handle(&FakeBank::OpenAccount, this);
    service.Handle(&FakeBank::Balances, this);
    service.Handle(&FakeBank::Transfer, this);
    service.Handle(&FakeBank::Journal, this);
    service.Handle(&FakeBank::Offer, this);
    service.Handle(&FakeBank::Settle, this);
    service.Handle(&FakeBank::Offers, this);
  }

 private:
  Task<Result<Outgoing<OpenAccountReply>>> OpenAccount(Incoming<OpenAccountRequest> call) {
    if (Error* error = Called("Bank.OpenAccount")) co_return *error;
    OpenAccountReply reply;
    if (no_room) {
      reply.set_outcome(OpenAccountReply::OUTCOME_NO_ROOM);
      co_return Outgoing<OpenAccountReply>(reply);
    }
    const auto [place, fresh] = balances.emplace(call.message.ticket().body(), 10);
    reply.set_outcome(fresh ? OpenAccountReply::OUTCOME_OPENED : OpenAccountReply::OUTCOME_EXISTS);
    reply.set_zoobars(place->second);
    co_return Outgoing<OpenAccountReply>(reply);
  }
  Task<Result<Outgoing<BalancesReply>>> Balances(Incoming<BalancesRequest> call) {
    if (Error* error = Called("Bank.Balances")) co_return *error;
    BalancesReply reply;
    for (const std::string& member : call.message.members()) {
      BalancesReply::Balance& balance = *reply.add_balances();
      const auto found = balances.find(member);
      balance.set_found(found != balances.end());
      if (found != balances.end()) balance.set_zoobars(found->second);
    }
    co_return Outgoing<BalancesReply>(reply);
  }
  Task<Result<Outgoing<TransferReply>>> Transfer(Incoming<TransferRequest> call) {
    if (Error* error = Called("Bank.Transfer")) co_return *error;
    transfers.push_back(call.message);
    if (transfer_refused) co_return Outgoing<TransferReply>(*transfer_refused);
    TransferReply reply = Move(call.message);
    if (Lost()) co_return unavailable_;
    co_return Outgoing<TransferReply>(reply);
  }
  bool Lost() { return lose_transfer_replies > 0 && lose_transfer_replies-- > 0; }
  // The name of a member with this id, or with this ticket.
  static std::string NameBehind(const std::string& text) { return text.substr(3, text.find(' ') - 3); }
  // A TransferRequest or an OfferRequest. An offer gives the recipient nothing yet.
  template <typename Request>
  TransferReply Move(const Request& request) {
    constexpr bool kOffers = std::is_same_v<Request, OfferRequest>;
    const std::string& act = request.ticket().body();
    if (const auto done = acts.find(act); done != acts.end()) {
      TransferReply again = done->second;
      again.set_repeated_act(true);
      return again;
    }
    TransferReply reply;
    const auto from = balances.find(act.substr(0, act.find(' ')));
    const auto to = balances.find(request.recipient());
    reply.set_outcome(TransferReply::OUTCOME_SENT);
    if (from == balances.end()) {
      reply.set_outcome(TransferReply::OUTCOME_NO_ACCOUNT);
    } else if (to == balances.end()) {
      reply.set_outcome(TransferReply::OUTCOME_UNKNOWN_RECIPIENT);
    } else if (to == from) {
      reply.set_outcome(TransferReply::OUTCOME_SELF);
    } else if (from->second < request.zoobars()) {
      reply.set_outcome(TransferReply::OUTCOME_OVERDRAFT);
    } else {
      from->second -= request.zoobars();
      if (!kOffers) to->second += request.zoobars();
      reply.set_zoobars(from->second);
      acts[act] = reply;
    }
    return reply;
  }
  Task<Result<Outgoing<TransferReply>>> Offer(Incoming<OfferRequest> call) {
    if (Error* error = Called("Bank.Offer")) co_return *error;
    const OfferRequest& asked = call.message;
    offers_asked.push_back(asked);
    if (transfer_refused) co_return Outgoing<TransferReply>(*transfer_refused);
    TransferReply reply = Move(asked);
    if (reply.outcome() == TransferReply::OUTCOME_SENT && !reply.repeated_act()) {
      JournalReply::Entry entry;
      entry.set_kind(4);
      entry.set_sender(NameBehind(asked.ticket().body()));
      entry.set_recipient(NameBehind(asked.recipient()));
      entry.set_zoobars(asked.zoobars());
      entry.set_note(asked.note());
      const std::uint64_t number = Add(entry);
      open_offers[number] = journal.front();
      expiries[number] = asked.days() * std::int64_t{86'400'000};
    }
    if (Lost()) co_return unavailable_;
    co_return Outgoing<TransferReply>(reply);
  }
  std::uint64_t Add(JournalReply::Entry entry) {
    entry.set_number(journal.empty() ? 1 : journal.front().number() + 1);
    journal.insert(journal.begin(), entry);
    return entry.number();
  }
  Task<Result<Outgoing<SettleReply>>> Settle(Incoming<SettleRequest> call) {
    if (Error* error = Called("Bank.Settle")) co_return *error;
    settlements.push_back(call.message);
    if (settle_refused) co_return Outgoing<SettleReply>(*settle_refused);
    SettleReply reply = End(call.message);
    if (Lost()) co_return unavailable_;
    co_return Outgoing<SettleReply>(reply);
  }
  SettleReply End(const SettleRequest& asked) {
    const std::string& act = asked.ticket().body();
    if (const auto done = ends_.find(act); done != ends_.end()) return done->second;
    SettleReply reply;
    const auto found = open_offers.find(asked.offer());
    const bool withdraws = asked.end() == OFFER_END_WITHDRAW;
    if (found == open_offers.end() ||
        (withdraws ? found->second.sender() : found->second.recipient()) != NameBehind(act)) {
      reply.set_outcome(SettleReply::OUTCOME_NOT_OPEN);
      return reply;
    }
    JournalReply::Entry entry = found->second;
    open_offers.erase(found);
    entry.set_kind(asked.end() == OFFER_END_ACCEPT ? 5 : 6);
    entry.set_about(asked.offer());
    entry.set_note(asked.end() == OFFER_END_ACCEPT ? "" : withdraws ? "withdrawn" : "declined");
    balances["id:" + (asked.end() == OFFER_END_ACCEPT ? entry.recipient() : entry.sender())] += entry.zoobars();
    reply.set_outcome(SettleReply::OUTCOME_ENDED);
    reply.set_moved(entry.zoobars());
    reply.set_entry(Add(entry));
    ends_[act] = reply;
    return reply;
  }
  Task<Result<Outgoing<OffersReply>>> Offers(Incoming<OffersRequest> call) {
    if (Error* error = Called("Bank.Offers")) co_return *error;
    OffersReply reply;
    const std::string name = NameBehind(call.message.member());
    for (const auto& [number, entry] : open_offers) {
      if (entry.sender() != name && entry.recipient() != name) continue;
      OffersReply::Offer& offer = *reply.add_offers();
      offer.set_number(number);
      offer.set_expires_ms(expiries[number]);
      offer.set_made(entry.sender() == name);
      offer.set_other(offer.made() ? entry.recipient() : entry.sender());
      offer.set_zoobars(entry.zoobars());
      offer.set_note(entry.note());
    }
    co_return Outgoing<OffersReply>(reply);
  }
  Task<Result<Outgoing<JournalReply>>> Journal(Incoming<JournalRequest> call) {
    if (Error* error = Called("Bank.Journal")) co_return *error;
    JournalReply reply;
    for (const JournalReply::Entry& entry : journal) {
      if (call.message.before() && entry.number() >= call.message.before()) continue;
      if (static_cast<std::uint32_t>(reply.entries_size()) == call.message.limit()) {
        reply.set_more(true);
        break;
      }
      *reply.add_entries() = entry;
    }
    co_return Outgoing<JournalReply>(reply);
  }

  std::map<std::string, SettleReply> ends_;  // by ticket id
};

}  // namespace zoobar
