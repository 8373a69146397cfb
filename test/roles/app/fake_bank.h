// A stand-in for bank, with balances in a plain map.
#pragma once

#include <map>
#include <optional>
#include <string>
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
  std::optional<TransferReply> transfer_refused;  // if set, the reply to every transfer
  bool no_room = false;                           // there is no room to open an account
  int lose_transfer_replies = 0;                  // so many transfers are carried out, but not answered

 protected:
  void HandleBank(Service& service) {
    service.Handle(&FakeBank::OpenAccount, this);
    service.Handle(&FakeBank::Balances, this);
    service.Handle(&FakeBank::Transfer, this);
    service.Handle(&FakeBank::Journal, this);
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
    if (lose_transfer_replies > 0) {
      --lose_transfer_replies;
      co_return unavailable_;
    }
    co_return Outgoing<TransferReply>(reply);
  }
  TransferReply Move(const TransferRequest& request) {
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
      to->second += request.zoobars();
      reply.set_zoobars(from->second);
      acts[act] = reply;
    }
    return reply;
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
};

}  // namespace zoobar
