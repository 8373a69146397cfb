#include "roles/auth_passwords.h"

#include <sodium.h>

#include <utility>

#include "credentials/strength.h"
#include "credentials/unicode.h"

namespace zoobar {
namespace {

using Chosen = AccountPasswords::Chosen;
using Stored = AccountPasswords::Stored;
using Verified = AccountPasswords::Verified;

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

Result<Bytes> TagUnder(Hasher& hasher, std::string_view text, std::string_view salted) {
  const Result<PasswordHash> under = FromPhc(salted);
  if (!under.ok()) return under.error();
  return hasher.Tag(text, under->parameters, under->salt);
}

// The tag a password has in this account: hashed, and hashed again under each set of parameters that came later.
Result<Bytes> TagIn(Hasher& hasher, std::string_view prepared, const Stored& stored) {
  Result<Bytes> tag = TagUnder(hasher, prepared, stored.salted());
  for (const std::string& again : stored.rehashed()) {
    if (!tag.ok()) break;
    tag = TagUnder(hasher, View(*tag), again);
  }
  return tag;
}

// Which of the stored tags it is, from 1; 0: none. Every tag is compared, and nothing branches on what was found.
std::uint32_t IndexOf(std::string_view tag, const Stored& stored) {
  std::uint32_t index = 0;
  for (int i = 0; i < stored.tags_size(); ++i) {
    const auto same = static_cast<std::uint32_t>(SameTag(tag, stored.tags(i)));
    index |= (0 - same) & static_cast<std::uint32_t>(i + 1);
  }
  return index;
}

bool Reaches(std::string_view password, std::string_view name, std::uint32_t min_score) {
  if (min_score == 0) return true;
  return !IsCommonPassword(password) && EstimateStrength(password, name).score >= static_cast<int>(min_score);
}

}  // namespace

AccountPasswords::Terms AccountPasswords::TermsOf(const Config::Auth& config) {
  return {PasswordRules::From(config), Argon2Parameters::From(config.argon2()), config.sweetwords(),
          config.min_password_score()};
}

AccountPasswords::AccountPasswords(Loop& loop, const Config::Auth& config, unsigned threads, Drawer drawer)
    : drawer_(std::move(drawer)),
      terms_(TermsOf(config)),
      pool_(loop, threads, config.hashing_queue(), terms_.parameters) {
  MustSucceed(CheckParameters(terms_.parameters));
  MakeDecoy();
}

void AccountPasswords::Configure(const Config::Auth& config) {
  const Argon2Parameters before = terms_.parameters;
  terms_ = TermsOf(config);
  if (!CheckParameters(terms_.parameters).ok()) terms_.parameters = before;
  pool_.Configure(config.hashing_queue(), terms_.parameters);
  MakeDecoy();
}

void AccountPasswords::MakeDecoy() {
  StoredAccount account;
  account.set_name("nobody");
  account.mutable_password()->set_salted(ToPhc({terms_.parameters, FreshSalt(), {}}));
  for (std::uint32_t i = 0; i < terms_.sweetwords; ++i) {
    std::string* tag = account.mutable_password()->add_tags();
    tag->resize(kTagBytes);
    randombytes_buf(tag->data(), tag->size());
  }
  account.SerializeToString(&decoy_);
}

Task<bool> AccountPasswords::Run(std::function<void(Hasher&)> act, Weight weight) {
  HashingPool::Job job = [&act](Hasher& hasher) { act(hasher); };
  auto running = pool_.Run(std::move(job), weight);
  co_return co_await running;
}

Task<Result<Verified>> AccountPasswords::Verify(std::string_view typed, const Stored& stored, Weight weight) {
  Result<Verified> verified = Error{};
  const PasswordRules rules = terms_.rules;
  std::function<void(Hasher&)> act = [&verified, &rules, &stored, typed](Hasher& hasher) {
    const PreparedPassword prepared = PreparePassword(typed, rules);
    if (prepared.fault != PasswordFault::kNone) {
      verified = Verified{OutcomeOf(prepared.fault), 0};
      return;
    }
    const Result<Bytes> tag = TagIn(hasher, View(prepared.text), stored);
    if (!tag.ok()) {
      verified = tag.error();
      return;
    }
    const std::uint32_t index = IndexOf(View(*tag), stored);
    verified = Verified{index > 0 ? LoginReply::OUTCOME_OK : LoginReply::OUTCOME_WRONG, index};
  };
  auto running = Run(std::move(act), weight);
  const bool ran = co_await running;
  if (!ran) co_return Verified{LoginReply::OUTCOME_BUSY, 0};
  co_return verified;
}

AccountPasswords::Sweetwords AccountPasswords::DrawWords(std::string_view typed, std::string_view name, Policy policy,
                                                         const Terms& terms) const {
  const bool fresh = policy == Policy::kNew;
  PreparedPassword prepared = fresh ? PrepareNewPassword(typed, terms.rules) : PreparePassword(typed, terms.rules);
  if (prepared.fault != PasswordFault::kNone) return {OutcomeOf(prepared.fault), {}, 0};
  const std::uint32_t min_score = fresh ? terms.min_score : 0;
  if (!Reaches(View(prepared.text), name, min_score)) return {LoginReply::OUTCOME_PASSWORD_COMMON, {}, 0};
  // A honeyword that the site would have refused would be known for one.
  const Acceptable acceptable = [&](std::string_view word) {
    return CodePoints(word) >= (fresh ? terms.rules.min_code_points : 1) && word.size() <= terms.rules.max_bytes &&
           Reaches(word, name, min_score);
  };
  Sweetwords drawn{LoginReply::OUTCOME_OK, drawer_(View(prepared.text), terms.sweetwords - 1, acceptable), 0};
  drawn.words.push_back(std::move(prepared.text));
  // Fisher and Yates. The real one is the last before it.
  auto real = static_cast<std::uint32_t>(drawn.words.size() - 1);
  for (auto i = static_cast<std::uint32_t>(drawn.words.size() - 1); i > 0; --i) {
    const std::uint32_t j = randombytes_uniform(i + 1);
    std::swap(drawn.words[i], drawn.words[j]);
    if (real == i) {
      real = j;
    } else if (real == j) {
      real = i;
    }
  }
  drawn.index = real + 1;
  return drawn;
}

Task<Result<Chosen>> AccountPasswords::Choose(std::string_view typed, std::string_view name, Policy policy,
                                              std::int64_t now_ms) {
  if (choosing_ >= kMaxChoosing) co_return Chosen{LoginReply::OUTCOME_BUSY, {}, 0};
  struct Choosing {
    explicit Choosing(int& number) : count(number) { ++count; }
    ~Choosing() { --count; }
    int& count;
  } const counted(choosing_);
  const Terms terms = terms_;
  Sweetwords drawn;
  std::function<void(Hasher&)> draw = [&](Hasher&) { drawn = DrawWords(typed, name, policy, terms); };
  auto drawing = Run(std::move(draw), Weight::kNewPassword);
  const bool ran = co_await drawing;
  if (!ran) co_return Chosen{LoginReply::OUTCOME_BUSY, {}, 0};
  if (drawn.outcome != LoginReply::OUTCOME_OK) co_return Chosen{drawn.outcome, {}, 0};

  Chosen chosen{LoginReply::OUTCOME_OK, {}, drawn.index};
  chosen.store.set_salted(ToPhc({terms.parameters, FreshSalt(), {}}));
  chosen.store.set_set_ms(now_ms);
  chosen.store.mutable_words()->resize(kWordsIdBytes);
  randombytes_buf(chosen.store.mutable_words()->data(), kWordsIdBytes);
  // In the order they are stored in: when each was hashed says no more than where it stands.
  for (const Bytes& word : drawn.words) {
    Result<Bytes> tag = Error{};
    std::function<void(Hasher&)> hash = [&](Hasher& hasher) { tag = TagIn(hasher, View(word), chosen.store); };
    auto hashing = Run(std::move(hash), Weight::kNewPassword);
    const bool hashed = co_await hashing;
    if (!hashed) co_return Chosen{LoginReply::OUTCOME_BUSY, {}, 0};
    if (!tag.ok()) co_return tag.error();
    chosen.store.add_tags(tag->data(), tag->size());
  }
  co_return chosen;
}

Task<bool> AccountPasswords::Prepare() {
  auto running = Run([](Hasher&) { PrepareHoneywords(); }, Weight::kNewPassword);
  co_return co_await running;
}

bool AccountPasswords::Outdated(const Stored& stored) const {
  const std::string& last = stored.rehashed().empty() ? stored.salted() : *stored.rehashed().rbegin();
  const Result<PasswordHash> under = FromPhc(last);
  return under.ok() && under->parameters != terms_.parameters;
}

Task<Result<std::optional<Stored>>> AccountPasswords::Rehash(const Stored& stored) {
  Stored again = stored;
  const std::string under = ToPhc({terms_.parameters, FreshSalt(), {}});
  again.add_rehashed(under);
  for (std::string& each : *again.mutable_tags()) {
    Result<Bytes> tag = Error{};
    std::function<void(Hasher&)> hash = [&](Hasher& hasher) { tag = TagUnder(hasher, each, under); };
    auto hashing = Run(std::move(hash), Weight::kNewPassword);
    const bool hashed = co_await hashing;
    if (!hashed) co_return std::optional<Stored>();
    if (!tag.ok()) co_return tag.error();
    each.assign(tag->data(), tag->size());
  }
  co_return std::optional<Stored>(std::move(again));
}

}  // namespace zoobar
