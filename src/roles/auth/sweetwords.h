// auth's side of honeychecker: tells it which of a new draw is real, asks it about each login, and does what the
// configuration says when the bell rings or nobody answers.
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

class SweetwordJudge {
 public:
  // Logins admitted unjudged that are remembered for later; past it they are refused.
  static constexpr std::size_t kMaxAdmitted = 1024;

  SweetwordJudge(Site& site, Credentials& credentials, const Accounts& accounts, Clock clock,
                 const Config::Auth& config);
  void Configure(const Config::Auth& config);

  enum class Verdict {
    kReal,
    kHoneyword,   // the bell has rung; the account is locked if the configuration says so
    kNotChecked,  // no answer, and the configuration admits nobody without one; or no index was ever set
  };
  // What the tag `index` of this account is. An account from before honeywords has one, which is real.
  Task<Verdict> Judge(const Accounts::Candidate& whose, std::uint32_t index, std::string address);
  // Before the account holds the new draw: on disk at honeychecker when it returns.
  Task<Status> Set(std::string member, std::string name, std::string replaces, const AccountPasswords::Chosen& chosen);
  // honeychecker answers again: judges whom it was not there to judge. Honeywords' sessions end.
  Task<void> JudgeAdmitted();

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
  bool judging_ = false;  // JudgeAdmitted runs
};

}  // namespace zoobar
