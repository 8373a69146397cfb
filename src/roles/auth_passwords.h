// The password side of auth: rules, parameters, the threads that hash, and the work done for names nobody has.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "auth.pb.h"
#include "credentials/hashing_pool.h"
#include "credentials/passwords.h"
#include "ipc/task.h"
#include "stored_credentials.pb.h"

namespace zoobar {

class AccountPasswords {
 public:
  using Stored = StoredAccount::Password;

  // OUTCOME_OK, WRONG, PASSWORD_TOO_SHORT, _TOO_LONG, _INVALID, SAME_PASSWORD or BUSY.
  struct Answer {
    LoginReply::Outcome outcome = LoginReply::OUTCOME_UNSPECIFIED;
    std::optional<Stored> store;  // with OK: what the account should hold from now on, if that changes
  };

  AccountPasswords(Loop& loop, const Config::Auth& config, unsigned threads);
  void Configure(const Config::Auth& config);

  // Each runs as one job of the pool. What the views and references lead to outlives the Task. An Error: no memory, or
  // a stored hash that cannot be read.
  Task<Result<Answer>> Choose(std::string_view typed, std::int64_t now_ms);
  Task<Result<Answer>> Verify(std::string_view typed, const Stored& stored);
  Task<Result<Answer>> Change(std::string_view present, std::string_view chosen, const Stored& stored,
                              std::int64_t now_ms);

  // An account for names nobody has, under the parameters of now and with a tag that no password gives: serialised, so
  // that it is read like any other.
  const std::string& decoy() const { return decoy_; }

  const PasswordRules& rules() const { return terms_.rules; }
  std::size_t waiting() const { return pool_.waiting(); }
  bool idle() const { return pool_.idle(); }

 private:
  // Copied into each job: Configure may change them on the loop's thread meanwhile.
  struct Terms {
    PasswordRules rules;
    Argon2Parameters parameters;
  };
  using Act = std::function<Result<Answer>(Hasher&, const Terms&)>;

  static Result<Stored> HashNew(Hasher& hasher, const Terms& terms, std::string_view prepared, std::int64_t now_ms);
  Task<Result<Answer>> Run(Act act);
  void MakeDecoy();

  Terms terms_;
  std::string decoy_;
  HashingPool pool_;
};

}  // namespace zoobar
