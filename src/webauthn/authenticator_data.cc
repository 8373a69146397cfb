#include "webauthn/authenticator_data.h"

#include "ipc/try.h"
#include "webauthn/cbor.h"

namespace zoobar {
namespace {

// WebAuthn Level 3, section 6.1.
constexpr unsigned kUserPresent = 0x01, kUserVerified = 0x04, kCredential = 0x40, kExtensions = 0x80;
constexpr std::size_t kAaguid = 16, kIdLength = 2;

unsigned At(std::string_view data, std::size_t place) { return static_cast<unsigned char>(data[place]); }

// Everything that follows must be one map of extensions, if there are any, and else nothing.
Status CheckEnd(CborReader reader, bool has_extensions) {
  if (has_extensions) {
    CborReader look = reader;
    TRY([[maybe_unused]] const std::size_t extensions, look.Map());
    TRY_STATUS(reader.Skip());
  }
  if (!reader.left().empty()) return Error::Of("{} bytes behind the authenticator data", reader.left().size());
  return {};
}

}  // namespace

Result<AuthenticatorHead> ReadHeadAlone(std::string_view data) {
  if (data.size() != kAuthenticatorHeadBytes) return Error::Of("a head of {} bytes", data.size());
  AuthenticatorHead head;
  head.rp_id_hash = data.substr(0, kRpIdHashBytes);
  const unsigned flags = At(data, kRpIdHashBytes);
  head.user_present = (flags & kUserPresent) != 0;
  head.user_verified = (flags & kUserVerified) != 0;
  head.has_credential = (flags & kCredential) != 0;
  head.has_extensions = (flags & kExtensions) != 0;
  for (std::size_t i = kRpIdHashBytes + 1; i < kAuthenticatorHeadBytes; ++i)
    head.counter = head.counter << 8 | At(data, i);
  return head;
}

Result<AuthenticatorHead> ReadAuthenticatorHead(std::string_view data) {
  if (data.size() < kAuthenticatorHeadBytes) return Error::Of("authenticator data of {} bytes", data.size());
  if (data.size() > kMostAuthenticatorData) {
    return Error::Of("authenticator data of {} bytes, at most {}", data.size(), kMostAuthenticatorData);
  }
  TRY(const AuthenticatorHead head, ReadHeadAlone(data.substr(0, kAuthenticatorHeadBytes)));
  const bool more = data.size() > kAuthenticatorHeadBytes;
  if (more != (head.has_credential || head.has_extensions)) {
    return Error::Of("authenticator data of {} bytes with the flags {:#04x}", data.size(), At(data, kRpIdHashBytes));
  }
  return head;
}

Status CheckAssertionData(std::string_view data) {
  TRY(const AuthenticatorHead head, ReadAuthenticatorHead(data));
  if (head.has_credential) return Error{"a login with a new credential"};
  return CheckEnd(CborReader(data.substr(kAuthenticatorHeadBytes)), head.has_extensions);
}

Result<NewCredential> ParseNewCredential(std::string_view data) {
  TRY(const AuthenticatorHead head, ReadAuthenticatorHead(data));
  if (!head.has_credential) return Error{"a registration without a credential"};
  NewCredential made;
  made.head = data.substr(0, kAuthenticatorHeadBytes);
  const std::string_view rest = data.substr(kAuthenticatorHeadBytes);
  if (rest.size() < kAaguid + kIdLength) return Error{"authenticator data that ends before the credential id"};
  const std::size_t size = At(rest, kAaguid) << 8 | At(rest, kAaguid + 1);
  if (size == 0 || size > kMostCredentialId) return Error::Of("a credential id of {} bytes", size);
  if (rest.size() - kAaguid - kIdLength < size) return Error{"authenticator data that ends in the credential id"};
  made.id = rest.substr(kAaguid + kIdLength, size);
  CborReader reader(rest.substr(kAaguid + kIdLength + size));
  TRY(made.key, ParseCoseKey(reader));
  TRY_STATUS(CheckEnd(reader, head.has_extensions));
  return made;
}

}  // namespace zoobar
