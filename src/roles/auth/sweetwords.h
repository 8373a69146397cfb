// Calls honeychecker for auth. SweetwordCheck tells honeychecker which sweetword of a new draw is real, and asks at
// each login whether the typed sweetword is the real one. When honeychecker raises an alarm, or does not answer,
// SweetwordCheck does what the configuration says.
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
  // At most this many logins are admitted while honeychecker does not answer. They are checked later. Further logins
  // are refused.
  static constexpr std::size_t kMaxAdmitted = 1024;

  SweetwordCheck(Site& site, Credentials& credentials, const Accounts& accounts, Clock clock,
                 const Config::Auth& config);
  void Configure(const Config::Auth& config);

  enum class Verdict {
    kReal,
    kHoneyword,   // honeychecker raised an alarm; the account is locked if the configuration says so
    kNotChecked,  // no answer, and the configuration admits nobody without one; or honeychecker knows no index
  };
  // Finds out whether the tag number `index` of this account is the real password's. An account that was made before
  // there were honeywords has one tag, which is real.
  Task<Verdict> CheckIndex(const Accounts::Candidate& whose, std::uint32_t index, std::string address);
  // Tells honeychecker the index of the real password in a new draw. Call this before the draw is stored in the
  // account. When this returns, honeychecker has the index on disk.
  Task<Status> SetIndex(std::string member, std::string name, std::string replaces,
                        const AccountPasswords::Chosen& chosen);
  // To be called when honeychecker answers again. Checks the logins that were admitted without it, and ends all
  // sessions of an account that was entered with a honeyword.
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
