// What the operator asks of auth about members: list them, add them, give them one-time passwords, lock and close their
// accounts. Each act was signed by the operator (site/operator_act.h) before it comes here.
//
// A one-time password is random and long, so nobody can guess it from its hash. Therefore its honeywords are only
// random tags, which look like the hashes of such words, and a new one-time password costs one hash.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "operator.pb.h"
#include "roles/auth/accounts.h"
#include "roles/auth/drawings.h"
#include "roles/auth/passwords.h"
#include "roles/auth/sweetwords.h"
#include "site/role.h"
#include "store/credentials.h"

namespace zoobar {

class MemberActs {
 public:
  static constexpr std::uint32_t kMaxPage = 100;
  static constexpr int kMaxPasswords = 20;  // one-time passwords in one act

  MemberActs(Site& site, Credentials& credentials, AccountPasswords& passwords, LiveSessions& sessions,
             const Accounts& accounts, SweetwordCheck& sweetwords, Drawings& drawings, Clock clock);

  struct Answer {
    OperatorAnswer message;
    Bytes secret;  // the one-time passwords, as PasswordsAnswer says
  };
  // Carries out the act. Its audience must be auth. deadline: in MonotonicMicros. A reason that the operator can do
  // something about is in OperatorAnswer.refused. An Error means that the store could not do the work.
  Task<Result<Answer>> CarryOut(OperatorAct act, std::int64_t deadline);

  // Closes the account, and returns how many sessions were ended. `by` is for the log.
  Task<Result<std::size_t>> CloseAccount(std::string member, std::string name, std::string_view by);

 private:
  using Given = PasswordsAnswer::Given;
  struct Found {
    std::string member;
    StoredAccount account;
  };
  Result<Found> Find(std::string_view typed_name);

  Result<Answer> List(const ListMembers& asked);
  Result<Answer> Show(const ShowMember& asked);
  Task<Result<Answer>> Add(AddMembers asked, std::int64_t deadline);
  Task<Result<Answer>> Reset(ResetPasswords asked, std::int64_t deadline);
  Task<Result<Answer>> Lock(LockMember asked);
  Task<Result<Answer>> End(EndSessions asked);
  Task<Result<Answer>> Close(CloseMember asked);

  // Gives a one-time password to the member of `account`, whose id is `member`. `fresh`: makes the account. Adds the
  // password to `answer`.
  struct Recipient {
    std::string member;
    StoredAccount account;
    bool fresh = false;
    std::int64_t until_ms = 0;
  };
  Task<Result<Given::Outcome>> Give(const Recipient& recipient, Answer& answer, std::int64_t deadline);
  Result<Given::Outcome> StoreGiven(WriteTransaction& tx, const Recipient& recipient,
                                    const AccountPasswords::Stored& password);
  Result<MemberSummary> SummaryOf(const std::string& member, const StoredAccount& account);
  void Note(std::string_view event, const std::string& member, const std::string& name);
  static Answer Refused(std::string why);
  static Answer Done(bool changed, std::size_t count, const Found& found);

  Site& site_;
  Credentials& credentials_;
  AccountPasswords& passwords_;
  LiveSessions& sessions_;
  const Accounts& accounts_;
  SweetwordCheck& sweetwords_;
  Drawings& drawings_;
  const Clock clock_;
};

}  // namespace zoobar
