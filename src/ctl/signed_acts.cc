#include "ctl/signed_acts.h"

#include "admin.pb.h"
#include "ipc/try.h"
#include "master/notify.h"
#include "master/secret_file.h"
#include "operator/ctl_print.h"

namespace zoobar {
namespace {

constexpr std::uint32_t kMembersAtOnce = 100, kAccountsAtOnce = 500;

}  // namespace

Result<SignedActs> SignedActs::Of(Conversation& ctl) {
  std::string path = ctl.arguments().Text("--operator-key");
  if (path.empty()) path = SecretPath(ctl.arguments().Text("--state-dir"), "operator.key");
  const Result<Bytes> text = ReadSecretFile(path);
  if (!text.ok()) return ctl.Fail(kCtlRefused, text.error().text);
  Result<OperatorSigner> signer = OperatorSigner::Of(View(*text));
  if (!signer.ok()) return ctl.Fail(kCtlRefused, path + ": " + signer.error().text);
  return SignedActs(ctl, std::move(*signer));
}

Task<Result<OperatorSigner::Opened>> SignedActs::Send(Role role, OperatorAct act) {
  act.set_audience(role);
  OperateRequest request;
  *request.mutable_act() = signer_.Sign(std::move(act), WallMillis());
  CO_TRY(const SealedAnswer sealed, ctl_->Ask<SealedAnswer>(std::move(request)));
  Result<OperatorSigner::Opened> opened = signer_.Open(sealed);
  if (!opened.ok())
    co_return ctl_->Fail(kCtlRefused, fmt::format("refused by {}: {}", RoleName(role), opened.error().text));
  if (!opened->answer.refused().empty()) co_return ctl_->Fail(kCtlBad, opened->answer.refused());
  co_return opened;
}

Task<Result<OperatorAnswer>> SignedActs::Ask(Role role, OperatorAct act) {
  CO_TRY(OperatorSigner::Opened opened, Send(role, std::move(act)));
  co_return std::move(opened.answer);
}

Task<Status> SignedActs::ForEachMember(ListMembers which, std::function<void(MemberSummary&)> each) {
  which.set_limit(kMembersAtOnce);
  for (bool more = true; more;) {
    OperatorAct act;
    *act.mutable_list_members() = which;
    CO_TRY(OperatorAnswer answer, Ask(ROLE_AUTH, std::move(act)));
    for (MemberSummary& member : *answer.mutable_members()->mutable_members()) each(member);
    more = !answer.members().next().empty();
    which.set_after(answer.members().next());
  }
  co_return Status();
}

Task<Status> SignedActs::ForEachAccount(std::function<void(AccountsAnswer::Account&)> each) {
  std::string after;
  for (bool more = true; more;) {
    OperatorAct act;
    act.mutable_list_accounts()->set_after(after);
    act.mutable_list_accounts()->set_limit(kAccountsAtOnce);
    CO_TRY(OperatorAnswer answer, Ask(ROLE_BANK, std::move(act)));
    AccountsAnswer& accounts = *answer.mutable_accounts();
    more = accounts.more() && accounts.accounts_size() > 0;
    if (more) after = accounts.accounts(accounts.accounts_size() - 1).member();
    for (AccountsAnswer::Account& account : *accounts.mutable_accounts()) each(account);
  }
  co_return Status();
}

}  // namespace zoobar
