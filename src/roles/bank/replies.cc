#include "roles/bank/replies.h"

namespace zoobar {
namespace {

TransferReply::Outcome OutcomeOf(Ledger::Judgement::Outcome outcome) {
  switch (outcome) {
    case Ledger::Judgement::Outcome::kSent:
      return TransferReply::OUTCOME_SENT;
    case Ledger::Judgement::Outcome::kNotPositive:
      return TransferReply::OUTCOME_NOT_POSITIVE;
    case Ledger::Judgement::Outcome::kSelf:
      return TransferReply::OUTCOME_SELF;
    case Ledger::Judgement::Outcome::kNoAccount:
      return TransferReply::OUTCOME_NO_ACCOUNT;
    case Ledger::Judgement::Outcome::kUnknownRecipient:
      return TransferReply::OUTCOME_UNKNOWN_RECIPIENT;
    case Ledger::Judgement::Outcome::kOverdraft:
      return TransferReply::OUTCOME_OVERDRAFT;
    case Ledger::Judgement::Outcome::kOverflow:
      return TransferReply::OUTCOME_OVERFLOW;
    case Ledger::Judgement::Outcome::kActReused:
      return TransferReply::OUTCOME_ACT_REUSED;
    case Ledger::Judgement::Outcome::kOverHour:
      return TransferReply::OUTCOME_OVER_HOUR;
    case Ledger::Judgement::Outcome::kOverRecipient:
      return TransferReply::OUTCOME_OVER_RECIPIENT;
    case Ledger::Judgement::Outcome::kTooMany:
      return TransferReply::OUTCOME_TOO_MANY;
    case Ledger::Judgement::Outcome::kTooManyMade:
      return TransferReply::OUTCOME_TOO_MANY_MADE;
    case Ledger::Judgement::Outcome::kTooManyBetween:
      return TransferReply::OUTCOME_TOO_MANY_BETWEEN;
    case Ledger::Judgement::Outcome::kTooManyGot:
      return TransferReply::OUTCOME_TOO_MANY_GOT;
  }
  return TransferReply::OUTCOME_UNSPECIFIED;
}

}  // namespace

TransferReply ReplyOf(const Ledger::Judgement& judged) {
  TransferReply reply;
  reply.set_outcome(OutcomeOf(judged.outcome));
  reply.set_zoobars(judged.zoobars);
  reply.set_entry(judged.entry);
  reply.set_repeated_act(judged.repeated_act);
  return reply;
}

VerifyReply ReplyOf(const Result<Ledger::Audit>& audit) {
  VerifyReply reply;
  if (!audit.ok()) {
    // The store itself is damaged. The verification reports this as a fault, not as an Error.
    reply.add_faults(audit.error().text);
    return reply;
  }
  reply.set_sound(audit->sound());
  reply.set_accounts(audit->accounts);
  reply.set_entries(audit->entries);
  reply.set_issued(audit->issued);
  reply.set_held(audit->held);
  reply.set_offered(audit->offered);
  reply.set_root(audit->root.text());
  for (const std::string& fault : audit->faults) reply.add_faults(fault);
  return reply;
}

}  // namespace zoobar
