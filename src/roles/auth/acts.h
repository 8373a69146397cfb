// auth's tickets: for each act a member asks for, a word to the one role that carries it out (roles/ticket.h).
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

// Who acts: known from the session, never from the request.
struct Actor {
  std::string member;  // id
  std::string name;
};

class ActTickets {
 public:
  static constexpr std::size_t kMaxSubmission = 128;

  // The site's keys for bank and profile are there whenever an act for them is asked for; without one it dies.
  ActTickets(Site& site, const Credentials& credentials) : site_(site), credentials_(credentials) {}

  // Opens the member's bank account where it is missing.
  Ticket OpenAccount(const Actor& actor, std::int64_t now_ms) const;

  // Everything a check answers, as the store says now: a ticket for each act, or why there is none. Names are looked up
  // in `tx`; whether a transfer may be (the amount, to oneself) is bank's to judge. `delegated`: what became of each
  // Act.Delegate, in order, which is all its answer. An Error: an act that app never sends.
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
  // The member a name leads to, in any form; with the name as stored.
  std::optional<Actor> Named(const ReadTransaction& tx, std::string_view typed) const;

  Site& site_;
  const Credentials& credentials_;
};

}  // namespace zoobar
