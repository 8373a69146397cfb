#include "roles/auth/secrets.h"

#include "ipc/secrets.h"
#include "ipc/try.h"

namespace zoobar {

Result<EntranceSecrets> EntranceSecrets::Unpack(const Bytes& secret) {
  TRY(const auto parts, UnpackSecrets(secret, 3));
  return EntranceSecrets{.password = parts[0], .device = parts[1], .present_session = parts[2]};
}

Result<ClaimSecrets> ClaimSecrets::Unpack(const Bytes& secret) {
  TRY(const auto parts, UnpackSecrets(secret, 2));
  return ClaimSecrets{.claim = parts[0], .password = parts[1]};
}

Result<ChangeSecrets> ChangeSecrets::Unpack(const Bytes& secret) {
  TRY(const auto parts, UnpackSecrets(secret, 3));
  return ChangeSecrets{.session = parts[0], .present_password = parts[1], .new_password = parts[2]};
}

Result<CloseSecrets> CloseSecrets::Unpack(const Bytes& secret) {
  TRY(const auto parts, UnpackSecrets(secret, 2));
  return CloseSecrets{.session = parts[0], .password = parts[1]};
}

Result<PasskeySecrets> PasskeySecrets::Unpack(const Bytes& secret) {
  TRY(const auto parts, UnpackSecrets(secret, 2));
  return PasskeySecrets{.device = parts[0], .present_session = parts[1]};
}

Result<std::string_view> UnpackSession(const Bytes& secret) {
  TRY(const auto parts, UnpackSecrets(secret, 1));
  return parts[0];
}

Result<EntryTokens> EntryTokens::Unpack(const Bytes& secret) {
  TRY(const auto parts, UnpackSecrets(secret, 2));
  return EntryTokens{.session = parts[0], .device = parts[1]};
}

}  // namespace zoobar
