#include "roles/keys/key_ring.h"

#include <algorithm>

#include "ipc/try.h"
#include "tls/certificate.h"

namespace zoobar {
namespace {

bool IsRsa(const Certificate& about) { return about.kind() == KEY_KIND_RSA; }

bool HasAllNamesOf(const Certificate& fresh, const Certificate& other) {
  return std::ranges::all_of(other.names(), [&](const std::string& name) {
    return std::ranges::find(fresh.names(), name) != fresh.names().end();
  });
}

bool Covers(const Certificate& fresh, const Certificate& other) {
  return IsRsa(fresh) == IsRsa(other) && HasAllNamesOf(fresh, other);
}

bool IsNewerConfigured(const Certificate& other, const Certificate& fresh) {
  return other.origin() == CERTIFICATE_CONFIGURED && other.not_before() > fresh.not_before();
}

}  // namespace

Result<KeyPair> KeyPair::Read(std::string_view chain, std::string_view key, CertificateOrigin origin) {
  KeyPair pair;
  TRY(pair.about, ReadChain(chain));
  pair.about.set_origin(origin);
  TRY(pair.key, ReadPrivateKey(key));
  TRY_STATUS(CheckKeyOf(pair.about, pair.key.get()));
  return pair;
}

void KeyRing::AddConfigured(KeyPair pair) { pairs_.push_back(std::move(pair)); }

Status KeyRing::MayInstall(const Certificate& about) const {
  std::size_t others = 0, bytes = about.ByteSizeLong();
  for (const KeyPair& pair : pairs_) {
    if (!Covers(about, pair.about)) {
      ++others;
      bytes += pair.about.ByteSizeLong();
    } else if (IsNewerConfigured(pair.about, about)) {
      return Error::Of("the configured certificate for {} became valid later than this one; change `tls` instead",
                       pair.about.names(0));
    }
  }
  if (others >= kMost) return Error::Of("there are {} certificates for other names already", others);
  if (bytes > kMostBytes)
    return Error::Of("the chains of all certificates together would have {} bytes, at most {}", bytes, kMostBytes);
  return {};
}

std::vector<std::string> KeyRing::InstalledReplacedBy(const Certificate& about) const {
  std::vector<std::string> replaced;
  for (const KeyPair& pair : pairs_) {
    if (pair.about.origin() == CERTIFICATE_INSTALLED && Covers(about, pair.about) &&
        pair.about.key_id() != about.key_id()) {
      replaced.push_back(pair.about.key_id());
    }
  }
  return replaced;
}

std::size_t KeyRing::Install(KeyPair pair) {
  const auto replaces = [&pair](const KeyPair& other) { return Covers(pair.about, other.about); };
  if (std::ranges::any_of(pairs_, [&](const KeyPair& other) {
        return replaces(other) && IsNewerConfigured(other.about, pair.about);
      })) {
    return 0;
  }
  const auto first = std::ranges::find_if(pairs_, replaces);
  if (first == pairs_.end()) {
    pairs_.push_back(std::move(pair));
    return 0;
  }
  const auto place = first - pairs_.begin();
  std::size_t count = 0;
  for (KeyPair& other : pairs_) {
    if (!replaces(other)) continue;
    ++count;
    const std::int64_t until = MonotonicMicros() + std::chrono::microseconds(kGrace).count();
    replaced_.push_back({{other.about, std::move(other.key)}, until});
    if (replaced_.size() > kMost) replaced_.pop_front();
  }
  std::erase_if(pairs_, replaces);
  pairs_.insert(pairs_.begin() + place, std::move(pair));
  return count;
}

const KeyPair* KeyRing::Find(std::string_view key_id) const {
  const auto found = std::ranges::find_if(pairs_, [&](const KeyPair& pair) { return pair.about.key_id() == key_id; });
  if (found != pairs_.end()) return &*found;
  const std::int64_t now = MonotonicMicros();
  for (const Replaced& each : replaced_) {
    if (each.until_us > now && each.pair.about.key_id() == key_id) return &each.pair;
  }
  return nullptr;
}

void KeyRing::Forget() {
  while (!replaced_.empty() && replaced_.front().until_us <= MonotonicMicros()) replaced_.pop_front();
}

}  // namespace zoobar
