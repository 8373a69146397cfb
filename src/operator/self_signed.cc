#include "operator/self_signed.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "config/source.h"
#include "ipc/try.h"
#include "text/ascii.h"
#include "tls/openssl.h"

namespace zoobar {
namespace {

using BignumPtr = OpensslPtr<BIGNUM, BN_free>;
using ExtensionPtr = OpensslPtr<X509_EXTENSION, X509_EXTENSION_free>;

constexpr std::size_t kLongestName = 253, kLongestLabel = 63;  // RFC 1035, 2.3.4
constexpr std::size_t kLongestCommonName = 64;                 // RFC 5280, appendix A.1, ub-common-name
constexpr long kDay = 86400, kClockError = 3600;               // in seconds
constexpr int kSerialBits = 159;  // at most 20 bytes as a positive number (RFC 5280, 4.1.2.2)

bool IsLabel(std::string_view label) {
  return !label.empty() && label.size() <= kLongestLabel && label.front() != '-' && label.back() != '-' &&
         std::ranges::all_of(label, [](char c) { return IsLetter(c) || IsDigit(c) || c == '-' || c == '_'; });
}

bool IsDnsName(std::string_view name) {
  if (name.size() > kLongestName) return false;
  if (name.starts_with("*.")) name.remove_prefix(2);
  while (true) {
    const std::size_t dot = name.find('.');
    if (!IsLabel(name.substr(0, dot))) return false;
    if (dot == name.npos) return true;
    name.remove_prefix(dot + 1);
  }
}

Status Check(const SelfSignedOptions& options) {
  const std::size_t count = options.names.size() + options.addresses.size();
  if (count == 0) return Error{"a certificate needs a name or an address"};
  if (count > kMostNames) return Error::Of("a certificate can have at most {} names here", kMostNames);
  if (options.days < 1 || options.days > kMostDays) return Error::Of("days must be 1 to {}", kMostDays);
  for (const std::string& name : options.names) {
    if (!IsDnsName(name)) return Error::Of("\"{}\" is not a DNS name", name);
  }
  for (const std::string& address : options.addresses) {
    if (!IsIpAddress(address)) return Error::Of("\"{}\" is not an IP address", address);
  }
  return {};
}

Status Add(X509* certificate, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
  if (!extension || X509_add_ext(certificate, extension.get(), -1) != 1) return OpensslError("certificate extension");
  return {};
}

Status AddExtensions(X509* certificate, const SelfSignedOptions& options) {
  std::string names;
  for (const std::string& name : options.names) names += (names.empty() ? "DNS:" : ",DNS:") + LowerCase(name);
  for (const std::string& address : options.addresses) names += (names.empty() ? "IP:" : ",IP:") + address;
  TRY_STATUS(Add(certificate, NID_subject_alt_name, names));
  TRY_STATUS(Add(certificate, NID_basic_constraints, "critical,CA:FALSE"));
  TRY_STATUS(Add(certificate, NID_key_usage, "critical,digitalSignature"));
  TRY_STATUS(Add(certificate, NID_ext_key_usage, "serverAuth"));
  return Add(certificate, NID_subject_key_identifier, "hash");
}

// Sets the subject and, because the certificate signs itself, the same issuer.
Status Name(X509* certificate, const SelfSignedOptions& options) {
  const std::string& first = options.names.empty() ? options.addresses[0] : options.names[0];
  const std::string common = first.size() <= kLongestCommonName ? LowerCase(first) : "zoobar";
  X509_NAME* const subject = X509_get_subject_name(certificate);
  if (X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(common.data()),
                                 static_cast<int>(common.size()), -1, 0) != 1 ||
      X509_set_issuer_name(certificate, subject) != 1) {
    return OpensslError("certificate name");
  }
  return {};
}

Result<CertificatePtr> Sign(EVP_PKEY* key, const SelfSignedOptions& options) {
  CertificatePtr certificate(X509_new());
  const BignumPtr serial(BN_new());
  // The start is a little in the past, for clients whose clock is behind.
  if (!certificate || !serial || X509_set_version(certificate.get(), X509_VERSION_3) != 1 ||
      BN_rand(serial.get(), kSerialBits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) != 1 ||
      !BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(certificate.get())) ||
      !X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kClockError) ||
      !X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kDay * static_cast<long>(options.days)) ||
      X509_set_pubkey(certificate.get(), key) != 1) {
    return OpensslError("certificate");
  }
  TRY_STATUS(Name(certificate.get(), options));
  TRY_STATUS(AddExtensions(certificate.get(), options));
  if (X509_sign(certificate.get(), key, EVP_sha256()) == 0) return OpensslError("sign the certificate");
  return certificate;
}

}  // namespace

Result<CertificateFiles> MakeSelfSigned(const SelfSignedOptions& options) {
  TRY_STATUS(Check(options));
  StartOpenssl();
  const PkeyPtr key(EVP_EC_gen("P-256"));
  if (!key) return OpensslError("make a key");
  TRY(const CertificatePtr certificate, Sign(key.get(), options));
  // OpenSSL wipes the memory of this BIO when it frees it.
  const BioPtr chain(BIO_new(BIO_s_mem())), secret(BIO_new(BIO_s_secmem()));
  if (!chain || !secret || PEM_write_bio_X509(chain.get(), certificate.get()) != 1 ||
      PEM_write_bio_PKCS8PrivateKey(secret.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return OpensslError("write the certificate");
  }
  CertificateFiles files;
  char* text = nullptr;
  long size = BIO_get_mem_data(chain.get(), &text);
  files.chain.assign(text, static_cast<std::size_t>(size));
  size = BIO_get_mem_data(secret.get(), &text);
  files.key.assign(text, text + size);
  return files;
}

}  // namespace zoobar
