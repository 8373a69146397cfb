#include "roles/auth_passwords.h"

#include <sodium.h>

namespace zoobar {
namespace {

using Answer = AccountPasswords::Answer;

LoginReply::Outcome OutcomeOf(PasswordFault fault) {
  switch (fault) {
    case PasswordFault::kNone:
      return LoginReply::OUTCOME_OK;
    case PasswordFault::kTooShort:
      return LoginReply::OUTCOME_PASSWORD_TOO_SHORT;
    case PasswordFault::kTooLong:
      return LoginReply::OUTCOME_PASSWORD_TOO_LONG;
    case PasswordFault::kInvalid:
      return LoginReply::OUTCOME_PASSWORD_INVALID;
  }
  Die("no such password fault");
}

// Whether the password gives one of the stored tags. Every tag is compared.
Result<bool> Gives(Hasher& hasher, std::string_view prepared, const PasswordHash& salted,
                   const AccountPasswords::Stored& stored) {
  Result<Bytes> tag = hasher.Tag(prepared, salted.parameters, salted.salt);
  if (!tag.ok()) return tag.error();
  bool right = false;
  for (const std::string& each : stored.tags()) right |= SameTag(View(*tag), each);
  return right;
}

}  // namespace

AccountPasswords::AccountPasswords(Loop& loop, const Config::Auth& config, unsigned threads)
    : terms_{PasswordRules::From(config), Argon2Parameters::From(config.argon2())},
      pool_(loop, threads, config.hashing_queue(), terms_.parameters) {
  MustSucceed(CheckParameters(terms_.parameters));
  MakeDecoy();
}

void AccountPasswords::Configure(const Config::Auth& config) {
  terms_.rules = PasswordRules::From(config);
  const Argon2Parameters parameters = Argon2Parameters::From(config.argon2());
  if (CheckParameters(parameters).ok()) terms_.parameters = parameters;
  pool_.Configure(config.hashing_queue(), terms_.parameters);
  MakeDecoy();
}

void AccountPasswords::MakeDecoy() {
  StoredAccount account;
  account.set_name("nobody");
  account.mutable_password()->set_salted(ToPhc({terms_.parameters, FreshSalt(), {}}));
  std::string* tag = account.mutable_password()->add_tags();
  tag->resize(kTagBytes);
  randombytes_buf(tag->data(), tag->size());
  account.SerializeToString(&decoy_);
}

Result<AccountPasswords::Stored> AccountPasswords::HashNew(Hasher& hasher, const Terms& terms,
                                                           std::string_view prepared, std::int64_t now_ms) {
  const PasswordHash salted{terms.parameters, FreshSalt(), {}};
  Result<Bytes> tag = hasher.Tag(prepared, salted.parameters, salted.salt);
  if (!tag.ok()) return tag.error();
  Stored stored;
  stored.set_salted(ToPhc(salted));
  stored.add_tags(tag->data(), tag->size());
  stored.set_set_ms(now_ms);
  return stored;
}

Task<Result<Answer>> AccountPasswords::Run(Act act) {
  std::optional<Result<Answer>> answer;
  const Terms terms = terms_;
  HashingPool::Job job = [&act, &answer, &terms](Hasher& hasher) { answer.emplace(act(hasher, terms)); };
  const bool ran = co_await pool_.Run(std::move(job));
  if (!ran) co_return Answer{LoginReply::OUTCOME_BUSY, {}};
  co_return std::move(*answer);
}

Task<Result<Answer>> AccountPasswords::Choose(std::string_view typed, std::int64_t now_ms) {
  Act act = [typed, now_ms](Hasher& hasher, const Terms& terms) -> Result<Answer> {
    const PreparedPassword prepared = PrepareNewPassword(typed, terms.rules);
    if (prepared.fault != PasswordFault::kNone) return Answer{OutcomeOf(prepared.fault), {}};
    Result<Stored> stored = HashNew(hasher, terms, View(prepared.text), now_ms);
    if (!stored.ok()) return stored.error();
    return Answer{LoginReply::OUTCOME_OK, std::move(*stored)};
  };
  return Run(std::move(act));
}

Task<Result<Answer>> AccountPasswords::Verify(std::string_view typed, const Stored& stored) {
  Act act = [typed, &stored](Hasher& hasher, const Terms& terms) -> Result<Answer> {
    const PreparedPassword prepared = PreparePassword(typed, terms.rules);
    if (prepared.fault != PasswordFault::kNone) return Answer{OutcomeOf(prepared.fault), {}};
    const Result<PasswordHash> salted = FromPhc(stored.salted());
    if (!salted.ok()) return salted.error();
    const Result<bool> right = Gives(hasher, View(prepared.text), *salted, stored);
    if (!right.ok()) return right.error();
    if (!*right) return Answer{LoginReply::OUTCOME_WRONG, {}};
    if (salted->parameters == terms.parameters) return Answer{LoginReply::OUTCOME_OK, {}};
    // The password is at hand and the parameters have changed since it was hashed.
    Result<Stored> rehashed = HashNew(hasher, terms, View(prepared.text), stored.set_ms());
    if (!rehashed.ok()) return rehashed.error();
    return Answer{LoginReply::OUTCOME_OK, std::move(*rehashed)};
  };
  return Run(std::move(act));
}

Task<Result<Answer>> AccountPasswords::Change(std::string_view present, std::string_view chosen, const Stored& stored,
                                              std::int64_t now_ms) {
  Act act = [present, chosen, &stored, now_ms](Hasher& hasher, const Terms& terms) -> Result<Answer> {
    const PreparedPassword fresh = PrepareNewPassword(chosen, terms.rules);
    if (fresh.fault != PasswordFault::kNone) return Answer{OutcomeOf(fresh.fault), {}};
    const PreparedPassword old = PreparePassword(present, terms.rules);
    if (old.fault != PasswordFault::kNone) return Answer{LoginReply::OUTCOME_WRONG, {}};
    const Result<PasswordHash> salted = FromPhc(stored.salted());
    if (!salted.ok()) return salted.error();
    const Result<bool> right = Gives(hasher, View(old.text), *salted, stored);
    if (!right.ok()) return right.error();
    if (!*right) return Answer{LoginReply::OUTCOME_WRONG, {}};
    if (SameTag(View(old.text), View(fresh.text))) return Answer{LoginReply::OUTCOME_SAME_PASSWORD, {}};
    Result<Stored> hashed = HashNew(hasher, terms, View(fresh.text), now_ms);
    if (!hashed.ok()) return hashed.error();
    return Answer{LoginReply::OUTCOME_OK, std::move(*hashed)};
  };
  return Run(std::move(act));
}

}  // namespace zoobar
