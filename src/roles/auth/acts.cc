#include "roles/auth/acts.h"

#include "credentials/names.h"
#include "ipc/try.h"
#include "roles/auth/delegations.h"
#include "site/ticket.h"

namespace zoobar {

using Granted = CheckReply::Granted;

Ticket ActTickets::Write(const Actor& actor, Role audience, std::string_view method, std::string digest, std::string id,
                         std::int64_t now_ms) const {
  TicketBody body;
  body.set_member(actor.member);
  body.set_name(actor.name);
  body.set_audience(audience);
  body.set_method(std::string(method));
  body.set_digest(std::move(digest));
  body.set_id(std::move(id));
  body.set_expires_ms(now_ms + kTicketLifetimeMs);
  return MakeTicket(site_.TicketKeyFor(audience), body);
}

Ticket ActTickets::OpenAccount(const Actor& actor, std::int64_t now_ms) const {
  return Write(actor, ROLE_BANK, kOpenAccountMethod, OpenAccountDigest(), ActId(actor.member, {}), now_ms);
}

Ticket ActTickets::EraseProfile(const Actor& actor, std::int64_t now_ms) const {
  return Write(actor, ROLE_PROFILE, kEraseProfileMethod, EraseProfileDigest(), ActId(actor.member, {}), now_ms);
}

Ticket ActTickets::CloseAccount(const Actor& actor, std::int64_t now_ms) const {
  return Write(actor, ROLE_BANK, kCloseAccountMethod, CloseAccountDigest(), ActId(actor.member, {}), now_ms);
}

std::optional<Actor> ActTickets::Named(const ReadTransaction& tx, std::string_view typed) const {
  std::optional<std::string> name = NormalisedName(typed);
  std::optional<std::string> member = name ? credentials_.FindMember(tx, *name) : std::nullopt;
  if (!member) return std::nullopt;
  return Actor{std::move(*member), std::move(*name)};
}

Result<CheckReply> ActTickets::Answer(const ReadTransaction& tx, const Actor& actor, const CheckRequest& request,
                                      const DelegateAnswers& delegated, std::int64_t now_ms) const {
  CheckReply reply;
  reply.set_session(true);
  reply.set_member(actor.member);
  reply.set_name(actor.name);
  auto answer = delegated.begin();
  for (const Act& act : request.acts()) {
    if (act.has_delegate() && answer != delegated.end()) {
      reply.add_granted()->set_outcome(*answer++);
      continue;
    }
    TRY(Granted granted, Grant(tx, actor, act, now_ms));
    *reply.add_granted() = std::move(granted);
  }
  if (const std::optional<Actor> found = Named(tx, request.lookup())) {
    reply.set_found(found->member);
    reply.set_found_name(found->name);
  }
  if (!request.delegation()) return reply;
  const std::optional<StoredAccount> account = credentials_.Account(tx, actor.member);
  const std::optional<SpendingLimits> limits = account ? DelegatedBy(*account) : std::nullopt;
  reply.set_delegates(limits.has_value());
  if (limits) *reply.mutable_limits() = *limits;
  return reply;
}

Granted ActTickets::GrantTransfer(const ReadTransaction& tx, const Actor& actor, const Act::Transfer& asked,
                                  std::int64_t now_ms) const {
  const auto digest = [&](std::string_view recipient) { return TransferDigest(recipient, asked.zoobars()); };
  return GrantSending(tx, actor, {kTransferMethod, asked.recipient(), asked.submission(), digest}, now_ms);
}

Granted ActTickets::GrantOffer(const ReadTransaction& tx, const Actor& actor, const Act::Offer& asked,
                               std::int64_t now_ms) const {
  const auto digest = [&](std::string_view recipient) {
    return OfferDigest(recipient, asked.zoobars(), asked.days(), asked.note());
  };
  return GrantSending(tx, actor, {kOfferMethod, asked.recipient(), asked.submission(), digest}, now_ms);
}

Granted ActTickets::GrantSending(const ReadTransaction& tx, const Actor& actor, const Sending& asked,
                                 std::int64_t now_ms) const {
  Granted granted;
  if (asked.submission.size() > kMaxSubmission) {
    granted.set_outcome(Granted::OUTCOME_SUBMISSION_INVALID);
    return granted;
  }
  const std::optional<Actor> recipient = Named(tx, asked.recipient);
  if (!recipient) {
    granted.set_outcome(Granted::OUTCOME_UNKNOWN_RECIPIENT);
    return granted;
  }
  granted.set_outcome(Granted::OUTCOME_OK);
  granted.set_recipient(recipient->member);
  *granted.mutable_ticket() = Write(actor, ROLE_BANK, asked.method, asked.digest(recipient->member),
                                    ActId(actor.member, asked.submission), now_ms);
  return granted;
}

// Writes two tickets. With the first, profile lets the visitor see the owner's profile. With the second, bank lets the
// owner's program pay.
Granted ActTickets::GrantVisit(const ReadTransaction& tx, const Actor& visitor, const Act::Visit& asked,
                               std::int64_t now_ms) const {
  Granted granted;
  const std::optional<Actor> owner = Named(tx, asked.owner());
  const std::optional<StoredAccount> account = owner ? credentials_.Account(tx, owner->member) : std::nullopt;
  if (!account) {
    granted.set_outcome(Granted::OUTCOME_UNKNOWN_OWNER);
    return granted;
  }
  granted.set_outcome(Granted::OUTCOME_OK);
  granted.set_owner(owner->member);
  granted.set_owner_name(owner->name);
  *granted.mutable_ticket() =
      Write(visitor, ROLE_PROFILE, kVisitMethod, VisitDigest(owner->member), ActId(visitor.member, {}), now_ms);
  const std::optional<SpendingLimits> limits = DelegatedBy(*account);
  if (!limits || limits->per_hour() == 0 || limits->per_recipient() == 0) return granted;
  *granted.mutable_limits() = *limits;
  *granted.mutable_spending() =
      Write(*owner, ROLE_BANK, kSpendMethod, SpendDigest(visitor.member, *limits), ActId(owner->member, {}), now_ms);
  return granted;
}

Result<Granted> ActTickets::Grant(const ReadTransaction& tx, const Actor& actor, const Act& act,
                                  std::int64_t now_ms) const {
  Granted granted;
  granted.set_outcome(Granted::OUTCOME_OK);
  const auto to_profile = [&](std::string_view method, std::string digest) {
    *granted.mutable_ticket() = Write(actor, ROLE_PROFILE, method, std::move(digest), ActId(actor.member, {}), now_ms);
    return granted;
  };
  switch (act.what_case()) {
    case Act::kOpenAccount:
      *granted.mutable_ticket() = OpenAccount(actor, now_ms);
      return granted;
    case Act::kTransfer:
      return GrantTransfer(tx, actor, act.transfer(), now_ms);
    case Act::kSaveProfile:
      if (act.save_profile().text_hash().size() != kDigestSize) return Error{"save_profile: text_hash is not 32 bytes"};
      return to_profile(kSaveProfileMethod, SaveProfileDigest(act.save_profile().text_hash()));
    case Act::kTryProgram:
      if (act.try_program().text_hash().size() != kDigestSize) return Error{"try_program: text_hash is not 32 bytes"};
      return to_profile(kTryProgramMethod, TryProgramDigest(act.try_program().text_hash()));
    case Act::kVisit:
      return GrantVisit(tx, actor, act.visit(), now_ms);
    case Act::kOwnProgram:
      return to_profile(kOwnProgramMethod, OwnProgramDigest());
    case Act::kOffer:
      return GrantOffer(tx, actor, act.offer(), now_ms);
    case Act::kSettle:
      *granted.mutable_ticket() =
          Write(actor, ROLE_BANK, kSettleMethod, SettleDigest(act.settle().offer(), act.settle().end()),
                ActId(actor.member, {}), now_ms);
      return granted;
    case Act::kDelegate:  // has no ticket; Answer handles it
    case Act::WHAT_NOT_SET:
      break;
  }
  return Error{"an act of no known kind"};
}

}  // namespace zoobar
