#include "roles/auth/passwords.h"

#include <sodium.h>

#include <utility>

#include "credentials/one_time.h"
#include "credentials/strength.h"
#include "credentials/unicode.h"
#include "ipc/try.h"

namespace zoobar {
namespace {

using Chosen = AccountPasswords::Chosen;
using Stored = AccountPasswords::Stored;
using Verified = AccountPasswords::Verified;

constexpr double kTryCost = 0.25;                     // in hashes; Try takes only a few milliseconds
constexpr std::string_view kRehashing = "rehashing";  // a principal of its own, neither member nor address

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
  TRY(const PasswordHash under, FromPhc(salted));
  return hasher.Tag(text, under.parameters, under.salt);
}

// Computes the tag that a password has in this account. Hashes the password with the account's first parameters. Then
// hashes the tag again with each set of parameters that came later.
Result<Bytes> TagIn(Hasher& hasher, std::string_view prepared, const Stored& stored) {
  Result<Bytes> tag = TagUnder(hasher, prepared, stored.salted());
  for (const std::string& again : stored.rehashed()) {
    if (!tag.ok()) break;
    tag = TagUnder(hasher, View(*tag), again);
  }
  return tag;
}

// Returns the index of this tag among the stored tags, counted from 1, or 0 if it is not among them. Compares with
// every tag, and has no branch that depends on the result, so that the time reveals nothing.
std::uint32_t IndexOf(std::string_view tag, const Stored& stored) {
  std::uint32_t index = 0;
  for (int i = 0; i < stored.tags_size(); ++i) {
    const auto same = static_cast<std::uint32_t>(SameTag(tag, stored.tags(i)));
    index |= (0 - same) & static_cast<std::uint32_t>(i + 1);
  }
  return index;
}

std::uint32_t RetryAfter(const FairQueue::Turn& turn) { return static_cast<std::uint32_t>(turn.retry_after_s()); }

bool Reaches(std::string_view password, std::string_view name, std::uint32_t min_score) {
  if (min_score == 0) return true;
  return !IsCommonPassword(password) && EstimateStrength(password, name).score >= static_cast<int>(min_score);
}

}  // namespace

AccountPasswords::Terms AccountPasswords::TermsOf(const Config::Auth& config) {
  return {PasswordRules::From(config), Argon2Parameters::From(config.argon2()), config.sweetwords()};
}

HashingPool::Places AccountPasswords::PlacesOf(const Config::Auth& config) {
  return {config.hashing_queue(), config.new_password_queue()};
}

AccountPasswords::AccountPasswords(Loop& loop, const Config::Auth& config, unsigned threads, Drawer drawer)
    : drawer_(std::move(drawer)), terms_(TermsOf(config)), pool_(loop, threads, PlacesOf(config), terms_.parameters) {
  MustSucceed(CheckParameters(terms_.parameters));
  MakeDecoy();
}

void AccountPasswords::Configure(const Config::Auth& config) {
  const Argon2Parameters before = terms_.parameters;
  terms_ = TermsOf(config);
  if (!CheckParameters(terms_.parameters).ok()) terms_.parameters = before;
  pool_.Configure(PlacesOf(config), terms_.parameters);
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

Task<void> AccountPasswords::DoJob(std::function<void(Hasher&)> act, Kind kind) {
  HashingPool::Job job = [&act](Hasher& hasher) { act(hasher); };
  auto done = pool_.Do(std::move(job), kind);
  co_await done;
}

Task<FairQueue::Turn> AccountPasswords::Admit(Kind kind, double cost, const Asker& asker) {
  FairQueue::Ask ask;
  ask.principal = asker.principal;
  ask.deadline = asker.deadline;
  ask.cost = cost;
  ask.gone = asker.gone;
  WaitingAt* const at = asker.at;
  if (at) at->queue = &pool_.queue(kind);
  auto granted = pool_.Admit(kind, std::move(ask), at ? &at->place : nullptr);
  FairQueue::Turn turn = co_await granted;
  if (at) *at = {};
  co_return turn;
}

Task<Result<Verified>> AccountPasswords::Verify(std::string_view typed, const Stored& stored, Kind kind,
                                                const Asker& asker) {
  auto admission = Admit(kind, 1, asker);
  const FairQueue::Turn turn = co_await admission;
  if (!turn.granted()) co_return Verified{LoginReply::OUTCOME_BUSY, 0, RetryAfter(turn)};
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
  auto done = DoJob(std::move(act), kind);
  co_await done;
  co_return verified;
}

AccountPasswords::PolicyCheck AccountPasswords::CheckPolicy(std::string_view typed, std::string_view name,
                                                            Policy policy, const Terms& terms) {
  const bool fresh = policy == Policy::kNew;
  PreparedPassword prepared = fresh ? PrepareNewPassword(typed, terms.rules) : PreparePassword(typed, terms.rules);
  if (prepared.fault != PasswordFault::kNone) return {OutcomeOf(prepared.fault), {}};
  if (!Reaches(View(prepared.text), name, fresh ? terms.rules.min_score : 0)) {
    return {LoginReply::OUTCOME_PASSWORD_COMMON, {}};
  }
  return {LoginReply::OUTCOME_OK, std::move(prepared.text)};
}

AccountPasswords::Sweetwords AccountPasswords::DrawWords(std::string_view typed, std::string_view name, Policy policy,
                                                         const Terms& terms) const {
  PolicyCheck check = CheckPolicy(typed, name, policy, terms);
  if (check.outcome != LoginReply::OUTCOME_OK) return {check.outcome, {}, 0};
  const bool fresh = policy == Policy::kNew;
  const std::uint32_t min_score = fresh ? terms.rules.min_score : 0;
  // The site's rules must accept each honeyword. Otherwise a thief would know that the word is not the real password.
  const Acceptable acceptable = [&](std::string_view word) {
    return CodePoints(word) >= (fresh ? terms.rules.min_code_points : 1) && word.size() <= terms.rules.max_bytes &&
           Reaches(word, name, min_score);
  };
  Sweetwords drawn{LoginReply::OUTCOME_OK, drawer_(View(check.text), terms.sweetwords - 1, acceptable), 0};
  drawn.words.push_back(std::move(check.text));
  // Shuffles the words (method of Fisher and Yates). `real` follows the real password, which is the last word at first.
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

// All hashes of one new password or of one account. Each text is hashed with the same salt.
struct AccountPasswords::Batch {
  const std::vector<Bytes>& texts;
  const std::function<Result<Bytes>(Hasher&, std::string_view)> tag;
  std::vector<Bytes> tags = {};
  std::size_t next = 0, working = 0;
  Status status = {};
  Promised<bool> done = {};
};

Task<void> AccountPasswords::HashSome(Batch& batch) {
  while (batch.next < batch.texts.size() && batch.status.ok()) {
    const std::size_t i = batch.next++;
    Result<Bytes> tag = Error{};
    std::function<void(Hasher&)> hash = [&](Hasher& hasher) { tag = batch.tag(hasher, View(batch.texts[i])); };
    auto done = DoJob(std::move(hash), Kind::kNewPassword);
    co_await done;
    if (tag.ok()) {
      batch.tags[i] = std::move(*tag);
    } else {
      batch.status = tag.error();
    }
  }
  if (--batch.working == 0) batch.done.Set(true);
}

// Begins the hashes in the order in which they are stored. So the moment of a hash reveals nothing but its place in
// this order.
Task<Status> AccountPasswords::HashAll(Batch& batch) {
  batch.tags.resize(batch.texts.size());
  batch.working = pool_.size();
  for (unsigned i = 0; i < pool_.size(); ++i) Spawn(HashSome(batch));
  co_await batch.done;
  co_return batch.status;
}

Task<Verified> AccountPasswords::Try(std::string_view typed, std::string_view name, const Asker& asker) {
  const Terms terms = terms_;
  auto admission = Admit(Kind::kLogin, kTryCost, asker);
  const FairQueue::Turn turn = co_await admission;
  if (!turn.granted()) co_return Verified{LoginReply::OUTCOME_BUSY, 0, RetryAfter(turn)};
  Verified tried;
  std::function<void(Hasher&)> look = [&](Hasher&) {
    tried.outcome = CheckPolicy(typed, name, Policy::kNew, terms).outcome;
  };
  auto done = DoJob(std::move(look), Kind::kLogin);
  co_await done;
  co_return tried;
}

AccountPasswords::Stored AccountPasswords::FreshStored(const Terms& terms, std::int64_t now_ms) {
  Stored store;
  store.set_salted(ToPhc({terms.parameters, FreshSalt(), {}}));
  store.set_set_ms(now_ms);
  store.mutable_words()->resize(kWordsIdBytes);
  randombytes_buf(store.mutable_words()->data(), kWordsIdBytes);
  return store;
}

Task<Result<AccountPasswords::OneTime>> AccountPasswords::ChooseOneTime(std::int64_t now_ms, std::int64_t until_ms,
                                                                        const Asker& asker) {
  const Terms terms = terms_;
  auto admission = Admit(Kind::kNewPassword, 1, asker);
  const FairQueue::Turn turn = co_await admission;
  if (!turn.granted()) co_return OneTime{{}, Chosen{LoginReply::OUTCOME_BUSY, {}, 0, RetryAfter(turn)}};
  const auto index = 1 + randombytes_uniform(terms.sweetwords);
  OneTime made{FreshOneTimePassword(), Chosen{LoginReply::OUTCOME_OK, FreshStored(terms, now_ms), index, 0}};
  Stored& store = made.chosen.store;
  store.set_one_time_until_ms(until_ms);
  Result<Bytes> tag = Error{};
  std::function<void(Hasher&)> hash = [&](Hasher& hasher) { tag = TagIn(hasher, View(made.password), store); };
  auto done = DoJob(std::move(hash), Kind::kNewPassword);
  co_await done;
  if (!tag.ok()) co_return tag.error();
  for (std::uint32_t i = 1; i <= terms.sweetwords; ++i) {
    std::string& each = *store.add_tags();
    each.assign(tag->data(), tag->size());
    if (i != index) randombytes_buf(each.data(), each.size());
  }
  co_return made;
}

Task<Result<Chosen>> AccountPasswords::Choose(std::string_view typed, std::string_view name, Policy policy,
                                              std::int64_t now_ms, const Asker& asker) {
  const Terms terms = terms_;
  auto admission = Admit(Kind::kNewPassword, terms.sweetwords, asker);
  const FairQueue::Turn turn = co_await admission;
  if (!turn.granted()) co_return Chosen{LoginReply::OUTCOME_BUSY, {}, 0, RetryAfter(turn)};
  Sweetwords drawn;
  std::function<void(Hasher&)> draw = [&](Hasher&) { drawn = DrawWords(typed, name, policy, terms); };
  auto done = DoJob(std::move(draw), Kind::kNewPassword);
  co_await done;
  if (drawn.outcome != LoginReply::OUTCOME_OK) co_return Chosen{drawn.outcome, {}, 0, 0};

  Chosen chosen{LoginReply::OUTCOME_OK, FreshStored(terms, now_ms), drawn.index, 0};
  Batch batch{drawn.words, [&](Hasher& hasher, std::string_view word) { return TagIn(hasher, word, chosen.store); }};
  CO_TRY_STATUS(HashAll(batch));
  for (const Bytes& tag : batch.tags) chosen.store.add_tags(tag.data(), tag.size());
  co_return chosen;
}

Task<void> AccountPasswords::Prepare() {
  auto done = DoJob([](Hasher&) { PrepareHoneywords(); }, Kind::kNewPassword);
  co_await done;
}

bool AccountPasswords::Outdated(const Stored& stored) const {
  const std::string& last = stored.rehashed().empty() ? stored.salted() : *stored.rehashed().rbegin();
  const Result<PasswordHash> under = FromPhc(last);
  return under.ok() && under->parameters != terms_.parameters;
}

Task<Result<std::optional<Stored>>> AccountPasswords::Rehash(const Stored& stored) {
  const Asker asker{std::string(kRehashing), 0, {}, nullptr};
  auto admission = Admit(Kind::kNewPassword, stored.tags_size(), asker);
  const FairQueue::Turn turn = co_await admission;
  if (!turn.granted()) co_return std::optional<Stored>();
  Stored again = stored;
  const std::string under = ToPhc({terms_.parameters, FreshSalt(), {}});
  again.add_rehashed(under);
  std::vector<Bytes> former;
  for (const std::string& each : stored.tags()) former.push_back(ToBytes(each));
  Batch batch{former, [&](Hasher& hasher, std::string_view tag) { return TagUnder(hasher, tag, under); }};
  CO_TRY_STATUS(HashAll(batch));
  for (int i = 0; i < again.tags_size(); ++i) {
    const Bytes& tag = batch.tags[static_cast<std::size_t>(i)];
    again.mutable_tags(i)->assign(tag.data(), tag.size());
  }
  co_return std::optional<Stored>(std::move(again));
}

}  // namespace zoobar
