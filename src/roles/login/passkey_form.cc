#include "roles/login/passkey_form.h"

#include "credentials/names.h"
#include "ipc/try.h"
#include "text/base64.h"
#include "webauthn/authenticator_data.h"
#include "webauthn/challenges.h"
#include "webauthn/client_data.h"
#include "webauthn/public_key.h"

namespace zoobar {
namespace {

// More than any authenticator makes. auth compares the user handle with its own.
constexpr std::size_t kMostUser = 64;

Result<std::string> Decoded(const FormFields& form, std::string_view name, std::size_t most) {
  std::string bytes(most, '\0');
  const auto size =
      DecodeBase64(form.Get(name), sodium_base64_VARIANT_URLSAFE_NO_PADDING, nullptr, bytes.data(), bytes.size());
  if (!size || *size == 0) return Error::Of("the field {} is not base64url of 1 to {} bytes", name, most);
  bytes.resize(*size);
  return bytes;
}

}  // namespace

Result<PasskeyLoginRequest> ReadPasskeyLogin(const FormFields& form) {
  PasskeyLoginRequest request;
  TRY(*request.mutable_credential(), Decoded(form, "credential", kMostCredentialId));
  TRY(*request.mutable_user(), Decoded(form, "user", kMostUser));
  TRY(*request.mutable_challenge(), Decoded(form, "challenge", PasskeyChallenges::kBytes));
  TRY(*request.mutable_client_data(), Decoded(form, "client_data", kMostClientData));
  TRY(*request.mutable_authenticator_data(), Decoded(form, "authenticator_data", kMostAuthenticatorData));
  TRY(*request.mutable_signature(), Decoded(form, "signature", kMostSignatureBytes));
  TRY_STATUS(CheckAssertionData(request.authenticator_data()));
  return request;
}

Result<AddPasskeyRequest> ReadNewPasskey(const FormFields& form) {
  AddPasskeyRequest request;
  TRY(*request.mutable_challenge(), Decoded(form, "challenge", PasskeyChallenges::kBytes));
  TRY(*request.mutable_client_data(), Decoded(form, "client_data", kMostClientData));
  TRY(const std::string data, Decoded(form, "authenticator_data", kMostAuthenticatorData));
  TRY(const NewCredential made, ParseNewCredential(data));
  request.set_authenticator_head(std::string(made.head));
  request.set_credential(std::string(made.id));
  request.set_algorithm(static_cast<std::int32_t>(made.key.algorithm));
  request.set_public_key(made.key.bytes);
  request.set_label(std::string(form.Get("passkey_name")));
  return request;
}

std::string_view FaultOfLabel(std::string_view label) {
  if (label.empty() || (label.size() <= kMostPasskeyLabel && NormalisedName(label))) return {};
  return "This passkey name cannot be used. Choose at most 64 bytes of text without control characters.";
}

}  // namespace zoobar
