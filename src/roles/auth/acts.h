// auth's tickets: one for each act that a member asks for, to the one role that carries it out (site/ticket.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth.pb.h"
#include "site/role.h"
#include "store/credentials.h"

namespace zoobar {

// Who acts. This is known from the session, never from the request.
struct Actor {
  std::string member;  // id
  std::string name;
};

class ActTickets {
 public:
  static constexpr std::size_t kMaxSubmission = 128;

  // The site must have the keys for bank and profile. Writing a ticket without its key ends the process.
  ActTickets(Site& site, const Credentials& credentials) : site_(site), credentials_(credentials) {}

  // By this ticket bank opens the member's account if it is missing.
  Ticket OpenAccount(const Actor& actor, std::int64_t now_ms) const;

  // The whole answer to a check, from what the store holds now: a ticket for each act, or why there is none. Looks
  // names up in `tx`. Does not check whether a transfer is allowed (its amount, or to oneself): bank does. `delegated`:
  // the outcome of each Act.Delegate, in order; this is its whole answer. An Error: an act that app never sends.
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
  CheckReply::Granted GrantVisit(const ReadTransaction& tx, const Actor& visitor, const Act::Visit& asked,
                                 std::int64_t now_ms) const;
  // The member who has this name, in any of its forms, with the name as it is stored.
  std::optional<Actor> Named(const ReadTransaction& tx, std::string_view typed) const;

  Site& site_;
  const Credentials& credentials_;
};

}  // namespace zoobar
