// Writes auth's tickets (site/ticket.h). A ticket allows one act that a member asks for. It is valid only at the role
// that carries out the act.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth.pb.h"
#include "site/role.h"
#include "store/credentials.h"

namespace zoobar {

// The member who acts. auth knows the member from the session, never from what the request says.
struct Actor {
  std::string member;  // id
  std::string name;
};

class ActTickets {
 public:
  static constexpr std::size_t kMaxSubmission = 128;

  // The site must have the keys for bank and profile. Writing a ticket without its key ends the process.
  ActTickets(Site& site, const Credentials& credentials) : site_(site), credentials_(credentials) {}

  // now_ms: RoleClock::Steady().
  // Makes the ticket with which bank opens an account for the member, if the member has none there.
  Ticket OpenAccount(const Actor& actor, std::int64_t now_ms) const;
  // The two tickets with which login does its part when a member closes their account.
  Ticket EraseProfile(const Actor& actor, std::int64_t now_ms) const;
  Ticket CloseAccount(const Actor& actor, std::int64_t now_ms) const;

  // Makes the whole answer to a check from what the store holds now. For each act, the answer has a ticket or the
  // reason why there is none. Looks names up in `tx`. Does not check whether a transfer is allowed (its amount, or a
  // transfer to oneself), because bank checks that. `delegated` has the outcomes of the acts of type Act.Delegate, in
  // order. They get no ticket, only this outcome. Returns an Error for an act that app never sends.
  using DelegateAnswers = std::vector<CheckReply::Granted::Outcome>;
  Result<CheckReply> Answer(const ReadTransaction& tx, const Actor& actor, const CheckRequest& request,
                            const DelegateAnswers& delegated, std::int64_t now_ms) const;

 private:
  Ticket Write(const Actor& actor, Role audience, std::string_view method, std::string digest, std::string id,
               std::int64_t now_ms) const;
  Result<CheckReply::Granted> Grant(const ReadTransaction& tx, const Actor& actor, const Act& act,
                                    std::int64_t now_ms) const;
  CheckReply::Granted GrantTransfer(const ReadTransaction& tx, const Actor& actor, const Act::Transfer& asked,
                                    std::int64_t now_ms) const;
  CheckReply::Granted GrantOffer(const ReadTransaction& tx, const Actor& actor, const Act::Offer& asked,
                                 std::int64_t now_ms) const;
  // What a transfer and an offer have in common.
  struct Sending {
    std::string_view method, recipient, submission;
    std::function<std::string(std::string_view)> digest;  // of the recipient's member id
  };
  CheckReply::Granted GrantSending(const ReadTransaction& tx, const Actor& actor, const Sending& asked,
                                   std::int64_t now_ms) const;
  CheckReply::Granted GrantVisit(const ReadTransaction& tx, const Actor& visitor, const Act::Visit& asked,
                                 std::int64_t now_ms) const;
  // Finds the member who has this name, typed in any of its forms. Returns the name as it is stored.
  std::optional<Actor> Named(const ReadTransaction& tx, std::string_view typed) const;

  Site& site_;
  const Credentials& credentials_;
};

}  // namespace zoobar
