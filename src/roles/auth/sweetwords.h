// What auth asks of honeychecker. It tells honeychecker which sweetword of a new draw is real, and asks at each login
// whether the sweetword is the real one. When the bell rings, or when honeychecker does not answer, it does what the
// configuration says.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "honeychecker.pb.h"
#include "roles/auth/accounts.h"
#include "roles/auth/passwords.h"
#include "site/role.h"
#include "store/credentials.h"

namespace zoobar {

class SweetwordCheck {
 public:
  // Logins that were admitted while honeychecker did not answer, to be checked later. Further ones are refused.
  static constexpr std::size_t kMaxAdmitted = 1024;

  SweetwordCheck(Site& site, Credentials& credentials, const Accounts& accounts, Clock clock,
                 const Config::Auth& config);
  void Configure(const Config::Auth& config);

  enum class Verdict {
    kReal,
    kHoneyword,   // the bell has rung; the account is locked if the configuration says so
    kNotChecked,  // no answer, and the configuration admits nobody without one; or honeychecker has no index
  };
  // What the tag `index` of this account is. An account from the time before honeywords has one tag, which is real.
  Task<Verdict> CheckIndex(const Accounts::Candidate& whose, std::uint32_t index, std::string address);
  // Tells honeychecker the index of a new draw. Call it before the account holds the draw. On disk at honeychecker when
  // it returns.
  Task<Status> SetIndex(std::string member, std::string name, std::string replaces,
                        const AccountPasswords::Chosen& chosen);
  // Call it when honeychecker answers again. Checks the logins that were admitted without it, and ends all sessions of
  // an account that was entered with a honeyword.
  Task<void> CheckAdmitted();

  std::int64_t alarms() const { return alarms_; }
  std::size_t admitted() const { return admitted_.size(); }

 private:
  struct Admitted {
    std::string member, name, words, address;
    std::uint32_t index = 0;
  };
  Task<Result<CheckIndexReply::Verdict>> Ask(const Admitted& whom);
  Task<void> Alarm(std::string member, std::string name, bool expel);
  Verdict Unanswered(Admitted whom, std::string_view why, bool may_admit);

  Site& site_;
  Credentials& credentials_;
  const Accounts& accounts_;
  const Clock clock_;
  Config::Alarm alarm_ = Config::lock;
  Config::WithoutHoneychecker without_ = Config::refuse;
  std::vector<Admitted> admitted_;
  std::int64_t alarms_ = 0;
  bool checking_admitted_ = false;
};

}  // namespace zoobar
