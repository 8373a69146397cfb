#include "roles/auth_acts.h"

#include "credentials/names.h"
#include "roles/ticket.h"

namespace zoobar {

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

Result<CheckReply::Granted> ActTickets::GrantTransfer(const ReadTransaction& tx, const Actor& actor,
                                                      const Act::Transfer& asked, std::int64_t now_ms) const {
  CheckReply::Granted granted;
  if (asked.submission().size() > kMaxSubmission) {
    granted.set_outcome(CheckReply::Granted::OUTCOME_SUBMISSION_INVALID);
    return granted;
  }
  const std::optional<std::string> name = NormalisedName(asked.recipient());
  const std::optional<std::string> recipient = name ? credentials_.FindMember(tx, *name) : std::nullopt;
  if (!recipient) {
    granted.set_outcome(CheckReply::Granted::OUTCOME_UNKNOWN_RECIPIENT);
    return granted;
  }
  granted.set_outcome(CheckReply::Granted::OUTCOME_OK);
  granted.set_recipient(*recipient);
  *granted.mutable_ticket() = Write(actor, ROLE_BANK, kTransferMethod, TransferDigest(*recipient, asked.zoobars()),
                                    ActId(actor.member, asked.submission()), now_ms);
  return granted;
}

Result<CheckReply::Granted> ActTickets::Grant(const ReadTransaction& tx, const Actor& actor, const Act& act,
                                              std::int64_t now_ms) const {
  CheckReply::Granted granted;
  granted.set_outcome(CheckReply::Granted::OUTCOME_OK);
  switch (act.what_case()) {
    case Act::kOpenAccount:
      *granted.mutable_ticket() = OpenAccount(actor, now_ms);
      return granted;
    case Act::kTransfer:
      return GrantTransfer(tx, actor, act.transfer(), now_ms);
    case Act::kSaveProfile:
      if (act.save_profile().text_hash().size() != kDigestSize) return Error{"save_profile: text_hash is not 32 bytes"};
      *granted.mutable_ticket() =
          Write(actor, ROLE_PROFILE, kSaveProfileMethod, SaveProfileDigest(act.save_profile().text_hash()),
                ActId(actor.member, {}), now_ms);
      return granted;
    case Act::WHAT_NOT_SET:
      break;
  }
  return Error{"an act that says nothing"};
}

}  // namespace zoobar
