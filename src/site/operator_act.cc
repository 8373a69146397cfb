#include "site/operator_act.h"

#include <sodium.h>

#include <utility>

#include "ipc/secrets.h"
#include "ipc/try.h"
#include "text/base64.h"

namespace zoobar {
namespace {

static_assert(crypto_sign_SEEDBYTES == kOperatorKeyBytes && crypto_sign_PUBLICKEYBYTES == kOperatorKeyBytes);

constexpr std::string_view kPurpose = "zoobar operator act 1\n";
constexpr std::size_t kIdBytes = 16;
constexpr int kBase64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

const unsigned char* Data(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }
unsigned char* Data(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }
unsigned char* Data(Bytes& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

std::string Signable(std::string_view body) {
  std::string text(kPurpose);
  text += body;
  return text;
}

struct KeyPair {
  Bytes secret;
  std::string public_half;
};

Result<KeyPair> PairOf(std::string_view text) {
  Bytes seed;
  seed.resize(kOperatorKeyBytes);
  if (DecodeBase64(text, kBase64, nullptr, seed.data(), seed.size()) != seed.size())
    return Error{"this is no operator key: it must be 43 characters of base64url"};
  KeyPair pair;
  pair.secret.resize(crypto_sign_SECRETKEYBYTES);
  pair.public_half.resize(crypto_sign_PUBLICKEYBYTES);
  crypto_sign_seed_keypair(Data(pair.public_half), Data(pair.secret), Data(seed));
  return pair;
}

}  // namespace

Bytes FreshOperatorKey() {
  Bytes seed, text;
  seed.resize(kOperatorKeyBytes);
  randombytes_buf(seed.data(), seed.size());
  text.resize(sodium_base64_ENCODED_LEN(kOperatorKeyBytes, kBase64));
  sodium_bin2base64(reinterpret_cast<char*>(text.data()), text.size(), Data(seed), seed.size(), kBase64);
  text.resize(text.size() - 1);  // the terminator
  return text;
}

Result<std::string> OperatorPublicKey(std::string_view text) {
  TRY(KeyPair pair, PairOf(text));
  return std::move(pair.public_half);
}

Result<OperatorSigner> OperatorSigner::Of(std::string_view text) {
  TRY(KeyPair pair, PairOf(text));
  OperatorSigner signer;
  signer.key_ = std::move(pair.secret);
  return signer;
}

SignedAct OperatorSigner::Sign(OperatorAct act, std::int64_t now_ms) {
  act.mutable_id()->resize(kIdBytes);
  randombytes_buf(act.mutable_id()->data(), kIdBytes);
  act.set_issued_ms(now_ms);
  reply_key_.resize(crypto_box_SECRETKEYBYTES);
  reply_key_public_.resize(crypto_box_PUBLICKEYBYTES);
  crypto_box_keypair(Data(reply_key_public_), Data(reply_key_));
  act.set_reply_key(reply_key_public_);
  SignedAct signed_act;
  act.SerializeToString(signed_act.mutable_body());
  signed_act.mutable_signature()->resize(crypto_sign_BYTES);
  const std::string text = Signable(signed_act.body());
  crypto_sign_detached(Data(*signed_act.mutable_signature()), nullptr, Data(text), text.size(), Data(key_));
  return signed_act;
}

Result<OperatorSigner::Opened> OperatorSigner::Open(const SealedAnswer& answer) {
  if (!answer.refused().empty()) return Error{answer.refused()};
  if (answer.box().size() < crypto_box_SEALBYTES) return Error{"the answer is not sealed"};
  Bytes plain;
  plain.resize(answer.box().size() - crypto_box_SEALBYTES);
  if (crypto_box_seal_open(Data(plain), Data(answer.box()), answer.box().size(), Data(reply_key_public_),
                           Data(reply_key_)) != 0) {
    return Error{"the answer is not for this act"};
  }
  TRY(const auto pieces, UnpackSecrets(plain, 2));
  Opened opened;
  if (!opened.answer.ParseFromString(std::string(pieces[0]))) return Error{"the answer is malformed"};
  opened.secret = ToBytes(pieces[1]);
  return opened;
}

OperatorActs::OperatorActs(Role self, std::string public_key, std::function<std::int64_t()> clock)
    : self_(self), public_key_(std::move(public_key)), clock_(std::move(clock)) {}

Result<OperatorAct> OperatorActs::Accept(const SignedAct& signed_act) {
  if (public_key_.size() != crypto_sign_PUBLICKEYBYTES) return Error{"this role has no operator key"};
  if (signed_act.body().size() > kMaxBody) return Error::Of("an act may have {} bytes", kMaxBody);
  const std::string text = Signable(signed_act.body());
  if (signed_act.signature().size() != crypto_sign_BYTES ||
      crypto_sign_verify_detached(Data(signed_act.signature()), Data(text), text.size(), Data(public_key_)) != 0) {
    return Error{"the signature is not the operator's: ctl needs the site's operator.key"};
  }
  OperatorAct act;
  if (!act.ParseFromString(signed_act.body())) return Error{"the act is malformed"};
  if (act.audience() != self_) return Error{"the act is for another role"};
  if (act.id().size() != kIdBytes || act.reply_key().size() != crypto_box_PUBLICKEYBYTES) {
    return Error{"the act has no id or no key for the answer"};
  }
  const std::int64_t now_ms = clock_();
  if (act.issued_ms() > now_ms + kActLifetimeMs || act.issued_ms() < now_ms - kActLifetimeMs) {
    return Error::Of("the act was not signed within the last {} seconds", kActLifetimeMs / 1000);
  }
  std::erase_if(seen_, [now_ms](const auto& each) { return each.second < now_ms; });
  if (seen_.size() >= kMostRemembered) return Error::Of("more than {} acts in two minutes", kMostRemembered);
  // An id is kept until the act would be refused for its age, whatever the clocks of both sides are.
  if (!seen_.try_emplace(act.id(), act.issued_ms() + kActLifetimeMs).second) {
    return Error{"the act was carried out before"};
  }
  return act;
}

SealedAnswer SealAnswer(const OperatorAct& act, const OperatorAnswer& answer, const Bytes& secret) {
  const Bytes plain = PackSecrets({answer.SerializeAsString(), View(secret)});
  SealedAnswer sealed;
  sealed.mutable_box()->resize(plain.size() + crypto_box_SEALBYTES);
  if (crypto_box_seal(Data(*sealed.mutable_box()), Data(View(plain)), plain.size(), Data(act.reply_key())) != 0) {
    return RefuseAct(Error{"the act's key for the answer is no key"});
  }
  return sealed;
}

SealedAnswer RefuseAct(const Error& why) {
  SealedAnswer refused;
  refused.set_refused(why.text);
  return refused;
}

}  // namespace zoobar
