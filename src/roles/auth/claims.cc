#include "roles/auth/claims.h"

#include <sodium.h>

#include <algorithm>
#include <utility>

#include "credentials/tokens.h"
#include "ipc/secrets.h"
#include "roles/auth/secrets.h"

namespace zoobar {
namespace {

constexpr std::size_t kFormBytes = 32;
constexpr std::size_t kStackBytes = 4096;  // is wiped, since BLAKE2b leaves words of its input on the stack

}  // namespace

bool Entering::gone() const {
  if (MonotonicMicros() >= deadline_) return true;
  return !key_.empty() && waiting_ == 0 && clock_() - asked_ms_ > Claims::kGoneAfterMs;
}

void Entering::Finish(Reply reply) {
  reply_.emplace(std::move(reply));
  at = {};
  waiters_.WakeAll();
}

Claims::Claims(Loop& loop, Clock clock) : loop_(loop), clock_(std::move(clock)) {
  form_key_.resize(crypto_generichash_KEYBYTES);
  randombytes_buf(form_key_.data(), form_key_.size());
}

std::string Claims::FormOf(const Form& form) const {
  const Bytes whole = PackSecrets({form.registering ? "register" : "login", form.name, form.password});
  std::string hash(kFormBytes, '\0');
  crypto_generichash_state state;
  crypto_generichash_init(&state, reinterpret_cast<const unsigned char*>(form_key_.data()), form_key_.size(),
                          hash.size());
  crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(whole.data()), whole.size());
  crypto_generichash_final(&state, reinterpret_cast<unsigned char*>(hash.data()), hash.size());
  sodium_memzero(&state, sizeof state);
  sodium_stackzero(kStackBytes);
  return hash;
}

std::shared_ptr<Entering> Claims::Begin(const Form& form, std::string share, std::uint32_t patience_ms,
                                        std::int64_t deadline) {
  auto entering = std::make_shared<Entering>();
  entering->clock_ = clock_;
  entering->asked_ms_ = clock_();
  entering->name_ = form.name;
  entering->registering_ = form.registering;
  entering->deadline_ = deadline - std::chrono::microseconds(kAnswering).count();
  const auto held = shares_.find(share);
  if (patience_ms == 0 || claims_.size() >= kMost || (held != shares_.end() && held->second >= kPerShare)) {
    return entering;
  }
  entering->claim_ = FreshToken(kSessionTokenBytes);
  entering->key_ = TokenKey(TokenKind::kClaim, View(entering->claim_));
  entering->form_ = FormOf(form);
  entering->share_ = std::move(share);
  entering->deadline_ = MonotonicMicros() + std::chrono::microseconds(kLongest).count();
  ++shares_[entering->share_];
  claims_.emplace(entering->key_, entering);
  return entering;
}

std::shared_ptr<Entering> Claims::Find(std::string_view claim, const std::optional<Form>& again) const {
  const std::string key = TokenKey(TokenKind::kClaim, claim);
  const auto found = claims_.find(key);
  if (key.empty() || found == claims_.end()) return nullptr;
  const std::string& form = found->second->form_;
  if (again && sodium_memcmp(form.data(), FormOf(*again).data(), kFormBytes) != 0) return nullptr;
  return found->second;
}

Task<Entering::Reply> Claims::Await(std::shared_ptr<Entering> entering, std::uint32_t patience_ms) {
  Entering& one = *entering;
  if (!one.reply_) {
    ++one.waiting_;
    // Work without a claim ends before its call's deadline, which is earlier than kLongest.
    auto finished =
        one.waiters_.Wait(loop_, one.key_.empty() ? kLongest : std::min(Milliseconds(patience_ms), kLongestPatience));
    co_await finished;
    --one.waiting_;
    one.asked_ms_ = clock_();
  }
  if (!one.reply_) {
    LoginReply waiting;
    waiting.set_outcome(LoginReply::OUTCOME_WAITING);
    waiting.set_before(static_cast<std::uint32_t>(one.at.before()));
    const Bytes claim = std::exchange(one.claim_, {});
    co_return Outgoing<LoginReply>(std::move(waiting), claim.empty() ? Bytes() : PackSecrets({View(claim)}));
  }
  if (one.key_.empty()) co_return std::move(*one.reply_);
  if (claims_.erase(one.key_) == 0) {  // the result was sent already, or Sweep removed the claim
    LoginReply none;
    none.set_outcome(LoginReply::OUTCOME_NO_CLAIM);
    co_return none;
  }
  if (--shares_[one.share_] == 0) shares_.erase(one.share_);
  if (one.reply_->ok() && one.claim_.empty()) {
    LoginReply& reply = (*one.reply_)->message;
    reply.set_registered(one.registering_);
    if (reply.outcome() != LoginReply::OUTCOME_OK) reply.set_typed_name(one.name_);
  }
  co_return std::move(*one.reply_);
}

std::vector<std::string> Claims::Sweep() {
  std::vector<std::string> sessions;
  const std::int64_t now_ms = clock_();
  std::erase_if(claims_, [&](const auto& claim) {
    Entering& one = *claim.second;
    if (!one.reply_ || one.waiting_ > 0 || now_ms - one.asked_ms_ <= kGoneAfterMs) return false;
    if (one.reply_->ok()) {
      const Result<EntryTokens> tokens = EntryTokens::Unpack((*one.reply_)->secret);
      if (tokens.ok()) sessions.push_back(TokenKey(TokenKind::kSession, tokens->session));
    }
    if (--shares_[one.share_] == 0) shares_.erase(one.share_);
    return true;
  });
  return sessions;
}

std::size_t Claims::waiting() const {
  return static_cast<std::size_t>(
      std::count_if(claims_.begin(), claims_.end(), [](const auto& claim) { return !claim.second->reply_; }));
}

}  // namespace zoobar
