// Sends acts about members, signed with the operator key (site/operator_act.h), on one conversation.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/conversation.h"
#include "site/operator_act.h"

namespace zoobar {

// The option that names the operator key.
inline constexpr CommandOption kOperatorKeyOption{.name = "--operator-key",
                                                  .takes = Takes::kFile,
                                                  .value = "FILE",
                                                  .help = "the operator key; default: DIR/operator.key"};

class SignedActs {
 public:
  // Reads the operator key.
  static Result<SignedActs> Of(Conversation& ctl);

  // Has the role carry out the act. Returns an Error, with its exit status, if the role refused it.
  Task<Result<OperatorSigner::Opened>> Send(Role role, OperatorAct act);
  // The same for an act whose answer has no secret.
  Task<Result<OperatorAnswer>> Ask(Role role, OperatorAct act);

  // Calls `each` for each member of auth, in the order of their names.
  Task<Status> ForEachMember(ListMembers which, std::function<void(MemberSummary&)> each);
  // Calls `each` for each account of bank.
  Task<Status> ForEachAccount(std::function<void(AccountsAnswer::Account&)> each);

  Conversation& ctl() const { return *ctl_; }

 private:
  SignedActs(Conversation& ctl, OperatorSigner signer) : ctl_(&ctl), signer_(std::move(signer)) {}
  Conversation* ctl_;
  OperatorSigner signer_;
};

}  // namespace zoobar
