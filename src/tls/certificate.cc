#include "tls/certificate.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>

#include "ipc/try.h"
#include "text/ascii.h"

namespace zoobar {
namespace {

using NamesPtr = OpensslPtr<GENERAL_NAMES, GENERAL_NAMES_free>;

BioPtr ReadFrom(std::string_view text) { return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
  return lower;
}

Result<std::string> DerOf(X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate, &der);
  if (size <= 0) return OpensslError("a certificate");
  std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return bytes;
}

Result<std::string> KeyIdOf(const EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  if (size <= 0) return OpensslError("a public key");
  std::string id(EVP_MAX_MD_SIZE, '\0');
  unsigned length = 0;
  const int done = EVP_Digest(der, static_cast<std::size_t>(size), reinterpret_cast<unsigned char*>(id.data()), &length,
                              EVP_sha256(), nullptr);
  OPENSSL_free(der);
  if (done != 1) return OpensslError("SHA-256");
  id.resize(length);
  return id;
}

Result<KeyKind> KindOf(const EVP_PKEY* key) {
  const int bits = EVP_PKEY_get_bits(key);
  if (EVP_PKEY_is_a(key, "RSA")) {
    if (bits >= 2048 && bits <= 4096) return KEY_KIND_RSA;
    return Error::Of("the RSA key has {} bits; 2048 to 4096 are served", bits);
  }
  char group[64] = "";
  if (EVP_PKEY_is_a(key, "EC") && EVP_PKEY_get_group_name(key, group, sizeof group, nullptr) == 1) {
    const std::string_view name = group;
    if (name == "prime256v1") return KEY_KIND_ECDSA_P256;
    if (name == "secp384r1") return KEY_KIND_ECDSA_P384;
  }
  return Error{"the key is neither RSA nor ECDSA on P-256 or P-384"};
}

bool IsHostName(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
  };
  const std::string_view rest = name.starts_with("*.") ? name.substr(2) : name;
  return !rest.empty() && name.size() <= 253 && std::ranges::all_of(rest, allowed);
}

// Returns the name as text, or an empty string if it is of another kind or not well-formed.
std::string NameText(const GENERAL_NAME& name) {
  if (name.type == GEN_DNS) {
    const auto* text = reinterpret_cast<const char*>(ASN1_STRING_get0_data(name.d.dNSName));
    const std::string host = Lower({text, static_cast<std::size_t>(ASN1_STRING_length(name.d.dNSName))});
    return IsHostName(host) ? host : "";
  }
  if (name.type != GEN_IPADD) return "";
  char text[INET6_ADDRSTRLEN] = "";
  const int size = ASN1_STRING_length(name.d.iPAddress);
  if (size == 4 || size == 16) {
    inet_ntop(size == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(name.d.iPAddress), text, sizeof text);
  }
  return text;
}

Status TakeNames(X509* certificate, Certificate& about) {
  const NamesPtr names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    std::string text = NameText(*sk_GENERAL_NAME_value(names.get(), i));
    if (!text.empty() && std::ranges::find(about.names(), text) == about.names().end()) about.add_names(text);
  }
  if (about.names().empty()) return Error{"the certificate names no host (subjectAltName)"};
  if (about.names_size() > static_cast<int>(kMaxNames))
    return Error::Of("the certificate has {} names; at most {} are served", about.names_size(), kMaxNames);
  return {};
}

Result<std::int64_t> SecondsOf(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return OpensslError("the certificate's dates");
  return std::int64_t{timegm(&parts)};
}

std::string OneLine(const X509_NAME* name) {
  const BioPtr text(BIO_new(BIO_s_mem()));
  if (!text || X509_NAME_print_ex(text.get(), name, 0, XN_FLAG_RFC2253) < 0) return "";
  const char* data = nullptr;
  const long size = BIO_get_mem_data(text.get(), &data);
  return std::string(data, static_cast<std::size_t>(std::min<long>(size, 512)));
}

Status Describe(X509* certificate, Certificate& about) {
  const EVP_PKEY* key = X509_get0_pubkey(certificate);
  if (!key) return OpensslError("the certificate's public key");
  TRY(const KeyKind kind, KindOf(key));
  about.set_kind(kind);
  TRY(*about.mutable_key_id(), KeyIdOf(key));
  TRY_STATUS(TakeNames(certificate, about));
  TRY(const std::int64_t from, SecondsOf(X509_get0_notBefore(certificate)));
  TRY(const std::int64_t until, SecondsOf(X509_get0_notAfter(certificate)));
  about.set_not_before(from);
  about.set_not_after(until);
  about.set_issuer(OneLine(X509_get_issuer_name(certificate)));
  about.set_self_signed(X509_NAME_cmp(X509_get_issuer_name(certificate), X509_get_subject_name(certificate)) == 0);
  return {};
}

}  // namespace

Result<Certificate> ReadChain(std::string_view pem) {
  if (pem.size() > kMaxChainBytes) return Error::Of("a chain of certificates has at most {} bytes", kMaxChainBytes);
  const OpensslErrorsCleared cleared;  // also of extensions that cannot be read
  const BioPtr text = ReadFrom(pem);
  Certificate about;
  for (;;) {
    const CertificatePtr certificate(PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr));
    if (!certificate) break;
    if (about.chain_size() == kMaxChain) return Error::Of("a chain has at most {} certificates", kMaxChain);
    TRY(*about.add_chain(), DerOf(certificate.get()));
    if (about.chain_size() == 1) TRY_STATUS(Describe(certificate.get(), about));
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (!at_end) return OpensslError("a certificate of the chain cannot be read");
  if (about.chain().empty()) return Error{"there is no certificate in PEM"};
  return about;
}

Result<PkeyPtr> ReadPrivateKey(std::string_view pem) {
  if (pem.size() > kMaxKeyBytes) return Error::Of("a private key has at most {} bytes", kMaxKeyBytes);
  const OpensslErrorsCleared cleared;
  const BioPtr text = ReadFrom(pem);
  const auto no_password = [](char*, int, int, void*) { return -1; };
  PkeyPtr key(PEM_read_bio_PrivateKey(text.get(), nullptr, no_password, nullptr));
  if (key) return key;
  const bool encrypted = pem.find("ENCRYPTED") != std::string_view::npos;
  return encrypted ? Error{"the private key is encrypted with a password"}
                   : OpensslError("the private key cannot be read");
}

Status CheckKeyOf(const Certificate& certificate, const EVP_PKEY* key) {
  TRY(const std::string id, KeyIdOf(key));
  if (id != certificate.key_id()) return Error{"the private key is not the one of the certificate"};
  return {};
}

Result<CertificatePtr> ParseDer(std::string_view der, OSSL_LIB_CTX* library) {
  X509* fresh = X509_new_ex(library, nullptr);
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  // On failure d2i_X509 frees the certificate that it was given (d2i_X509(3ossl)).
  if (!fresh || !d2i_X509(&fresh, &at, static_cast<long>(der.size()))) return OpensslError("a certificate");
  return CertificatePtr(fresh);
}

bool IsFor(const Certificate& certificate, std::string_view host) {
  const std::size_t dot = host.find('.');
  const std::string_view parent = dot == std::string_view::npos ? std::string_view() : host.substr(dot);
  return std::ranges::any_of(certificate.names(), [&](const std::string& name) {
    return name == host || (dot > 0 && !parent.empty() && name.starts_with("*.") && name.substr(1) == parent);
  });
}

}  // namespace zoobar
