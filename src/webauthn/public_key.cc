#include "webauthn/public_key.h"

#include <openssl/core_names.h>
#include <openssl/param_build.h>

#include <algorithm>

#include "ipc/try.h"
#include "tls/openssl.h"
#include "webauthn/cbor.h"

namespace zoobar {
namespace {

using ParameterBuilderPtr = OpensslPtr<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using ParametersPtr = OpensslPtr<OSSL_PARAM, OSSL_PARAM_free>;
using NumberPtr = OpensslPtr<BIGNUM, BN_free>;

constexpr std::size_t kP256Coordinate = 32, kEd25519Key = 32;
constexpr std::size_t kLeastModulus = 256, kMostModulus = 512;  // bytes: RSA of 2048 to 4096 bits
constexpr std::string_view kExponent("\x01\x00\x01", 3);        // 65537, the only one that is accepted

// Labels of a COSE_Key (RFC 9052, table 4; RFC 9053, tables 18 to 20; RFC 8230, table 4), and the values for them.
constexpr std::int64_t kKeyType = 1, kAlgorithm = 3;
constexpr std::int64_t kOkp = 1, kEc2 = 2, kRsa = 3;
constexpr std::int64_t kCurve = -1, kX = -2, kY = -3, kP256 = 1, kEd25519 = 6;
constexpr std::int64_t kModulus = -1, kPublicExponent = -2;

const unsigned char* Raw(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }

Status Expect(CborReader& reader, std::int64_t label, std::int64_t value) {
  TRY(const std::int64_t found, reader.Integer());
  if (found != label) return Error::Of("a COSE key has {} where {} is expected", found, label);
  TRY(const std::int64_t is, reader.Integer());
  if (is != value) return Error::Of("a COSE key has {}: {}, not {}", label, is, value);
  return {};
}

Result<std::string_view> ExpectBytes(CborReader& reader, std::int64_t label, std::size_t least, std::size_t most) {
  TRY(const std::int64_t found, reader.Integer());
  if (found != label) return Error::Of("a COSE key has {} where {} is expected", found, label);
  TRY(const std::string_view bytes, reader.ByteString());
  if (bytes.size() < least || bytes.size() > most) return Error::Of("a COSE key with {} bytes", bytes.size());
  return bytes;
}

Result<PasskeyKey> ParseEc2(CborReader& reader) {
  TRY_STATUS(Expect(reader, kCurve, kP256));
  TRY(const std::string_view x, ExpectBytes(reader, kX, kP256Coordinate, kP256Coordinate));
  TRY(const std::string_view y, ExpectBytes(reader, kY, kP256Coordinate, kP256Coordinate));
  return PasskeyKey{PasskeyAlgorithm::kEs256, std::string(x) + std::string(y)};
}

Result<PasskeyKey> ParseOkp(CborReader& reader) {
  TRY_STATUS(Expect(reader, kCurve, kEd25519));
  TRY(const std::string_view x, ExpectBytes(reader, kX, kEd25519Key, kEd25519Key));
  return PasskeyKey{PasskeyAlgorithm::kEdDsa, std::string(x)};
}

Result<PasskeyKey> ParseRsa(CborReader& reader) {
  TRY(const std::string_view modulus, ExpectBytes(reader, kModulus, kLeastModulus, kMostModulus));
  TRY(const std::string_view exponent, ExpectBytes(reader, kPublicExponent, kExponent.size(), kExponent.size()));
  if (exponent != kExponent) return Error{"an RSA key whose exponent is not 65537"};
  return PasskeyKey{PasskeyAlgorithm::kRs256, std::string(modulus)};
}

PkeyPtr FromParameters(const char* type, OSSL_PARAM_BLD* builder) {
  const ParametersPtr parameters(OSSL_PARAM_BLD_to_param(builder));
  const PkeyContextPtr context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* made = nullptr;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    return nullptr;
  }
  return PkeyPtr(made);
}

// OpenSSL refuses a point that is not on the curve.
PkeyPtr EcKey(std::string_view bytes) {
  const std::string point = "\x04" + std::string(bytes);
  const ParameterBuilderPtr builder(OSSL_PARAM_BLD_new());
  if (!builder || OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1) {
    return nullptr;
  }
  return FromParameters("EC", builder.get());
}

PkeyPtr RsaKey(std::string_view bytes) {
  const NumberPtr modulus(BN_bin2bn(Raw(bytes), static_cast<int>(bytes.size()), nullptr));
  const NumberPtr exponent(BN_bin2bn(Raw(kExponent), static_cast<int>(kExponent.size()), nullptr));
  const ParameterBuilderPtr builder(OSSL_PARAM_BLD_new());
  if (!builder || !modulus || !exponent ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) != 1) {
    return nullptr;
  }
  return FromParameters("RSA", builder.get());
}

bool HasLayout(PasskeyAlgorithm algorithm, std::string_view bytes) {
  switch (algorithm) {
    case PasskeyAlgorithm::kEs256:
      return bytes.size() == 2 * kP256Coordinate;
    case PasskeyAlgorithm::kEdDsa:
      return bytes.size() == kEd25519Key;
    case PasskeyAlgorithm::kRs256:
      // The length of the modulus is its whole length, so that a short key does not pass for a long one.
      return bytes.size() >= kLeastModulus && bytes.size() <= kMostModulus &&
             (static_cast<unsigned char>(bytes.front()) & 0x80) != 0 && (bytes.back() & 1) != 0;
  }
  return false;
}

PkeyPtr MakeKey(PasskeyAlgorithm algorithm, std::string_view bytes) {
  if (!HasLayout(algorithm, bytes)) return nullptr;
  if (algorithm == PasskeyAlgorithm::kEs256) return EcKey(bytes);
  if (algorithm == PasskeyAlgorithm::kRs256) return RsaKey(bytes);
  return PkeyPtr(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, Raw(bytes), bytes.size()));
}

}  // namespace

Result<PasskeyKey> ParseCoseKey(CborReader& reader) {
  TRY(const std::size_t fields, reader.Map());
  TRY(const std::int64_t label, reader.Integer());
  TRY(const std::int64_t type, reader.Integer());
  const std::size_t expected = type == kOkp ? 4 : type == kEc2 ? 5 : type == kRsa ? 4 : 0;
  if (label != kKeyType || expected == 0) return Error::Of("a COSE key of type {}", type);
  if (fields != expected) return Error::Of("a COSE key of type {} with {} fields", type, fields);
  const PasskeyAlgorithm algorithm = type == kOkp   ? PasskeyAlgorithm::kEdDsa
                                     : type == kEc2 ? PasskeyAlgorithm::kEs256
                                                    : PasskeyAlgorithm::kRs256;
  TRY_STATUS(Expect(reader, kAlgorithm, static_cast<std::int64_t>(algorithm)));
  if (type == kOkp) return ParseOkp(reader);
  return type == kEc2 ? ParseEc2(reader) : ParseRsa(reader);
}

Status CheckKey(std::int32_t algorithm, std::string_view bytes) {
  const OpensslErrorsCleared cleared;
  const auto known = static_cast<PasskeyAlgorithm>(algorithm);
  if (known != PasskeyAlgorithm::kEs256 && known != PasskeyAlgorithm::kEdDsa && known != PasskeyAlgorithm::kRs256) {
    return Error::Of("passkeys have no algorithm {}", algorithm);
  }
  if (!MakeKey(known, bytes)) return Error::Of("{} bytes that are no key of the algorithm {}", bytes.size(), algorithm);
  return {};
}

bool CheckSignature(const PasskeyKey& key, std::string_view text, std::string_view signature) {
  const OpensslErrorsCleared cleared;
  if (signature.empty() || signature.size() > kMostSignatureBytes) return false;
  const PkeyPtr owner = MakeKey(key.algorithm, key.bytes);
  const DigestContextPtr context(EVP_MD_CTX_new());
  // Ed25519 hashes by itself. RSA has the padding of PKCS #1, version 1.5, unless something else is asked for.
  const char* const digest = key.algorithm == PasskeyAlgorithm::kEdDsa ? nullptr : "SHA256";
  return owner && context &&
         EVP_DigestVerifyInit_ex(context.get(), nullptr, digest, nullptr, nullptr, owner.get(), nullptr) == 1 &&
         EVP_DigestVerify(context.get(), Raw(signature), signature.size(), Raw(text), text.size()) == 1;
}

}  // namespace zoobar
