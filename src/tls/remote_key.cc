#include "tls/remote_key.h"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

#include <array>
#include <cstring>
#include <vector>

#include "ipc/try.h"

namespace zoobar {
namespace {

constexpr const char* kProvider = "zoobar";
constexpr const char* kAlgorithm = "ZOOBAR-REMOTE-SIGNATURE";
// Names of parameters that only this provider knows.
constexpr const char* kSignerParam = "zoobar-signer";
constexpr const char* kKeyIdParam = "zoobar-key-id";

// ---- keys

struct RemoteKey {
  bool rsa = false;
  Signer* signer = nullptr;
  std::string key_id;
  int bits = 0, security_bits = 0, max_size = 0;
  std::string modulus, exponent;  // rsa: as the parameters have them
  std::string group, point;       // EC
};

// Copies one parameter as its raw bytes. Returns an empty string if it is not there.
std::string RawBytes(const OSSL_PARAM params[], const char* name) {
  const OSSL_PARAM* found = OSSL_PARAM_locate_const(params, name);
  if (!found || !found->data) return {};
  return {static_cast<const char*>(found->data), found->data_size};
}

bool ImportEc(RemoteKey& key, const OSSL_PARAM params[]) {
  key.group = RawBytes(params, OSSL_PKEY_PARAM_GROUP_NAME);
  key.group = key.group.substr(0, key.group.find('\0'));
  key.point = RawBytes(params, OSSL_PKEY_PARAM_PUB_KEY);
  const bool p256 = key.group == "prime256v1" || key.group == "P-256";
  if (!p256 && key.group != "secp384r1" && key.group != "P-384") return false;
  key.bits = p256 ? 256 : 384;
  key.security_bits = key.bits / 2;
  key.max_size = p256 ? 72 : 104;  // of the DER of two numbers of the curve's size
  return !key.point.empty();
}

bool ImportRsa(RemoteKey& key, const OSSL_PARAM params[]) {
  key.modulus = RawBytes(params, OSSL_PKEY_PARAM_RSA_N);
  key.exponent = RawBytes(params, OSSL_PKEY_PARAM_RSA_E);
  const OSSL_PARAM* bits = OSSL_PARAM_locate_const(params, OSSL_PKEY_PARAM_BITS);
  if (!bits || OSSL_PARAM_get_int(bits, &key.bits) != 1) key.bits = static_cast<int>(8 * key.modulus.size());
  key.security_bits = key.bits >= 3072 ? 128 : 112;
  key.max_size = (key.bits + 7) / 8;
  return !key.modulus.empty() && !key.exponent.empty();
}

template <bool rsa>
void* NewKey(void*) {
  auto* key = new RemoteKey;
  key->rsa = rsa;
  return key;
}
void FreeKey(void* key) { delete static_cast<RemoteKey*>(key); }

// "Has a private part": it can sign. The part itself is elsewhere.
int HasPart(const void*, int) { return 1; }

int MatchKeys(const void* a, const void* b, int) {
  const auto& one = *static_cast<const RemoteKey*>(a);
  const auto& other = *static_cast<const RemoteKey*>(b);
  return one.rsa == other.rsa && one.modulus == other.modulus && one.exponent == other.exponent &&
         one.point == other.point;
}

int ImportKey(void* data, int selection, const OSSL_PARAM params[]) {
  auto& key = *static_cast<RemoteKey*>(data);
  if (!(selection & OSSL_KEYMGMT_SELECT_PUBLIC_KEY)) return 0;
  if (OSSL_PARAM_locate_const(params, OSSL_PKEY_PARAM_PRIV_KEY) ||
      OSSL_PARAM_locate_const(params, OSSL_PKEY_PARAM_RSA_D)) {
    return 0;  // a private key must never come into this process
  }
  const std::string signer = RawBytes(params, kSignerParam);
  if (signer.size() == sizeof key.signer) std::memcpy(&key.signer, signer.data(), signer.size());
  key.key_id = RawBytes(params, kKeyIdParam);
  return key.rsa ? ImportRsa(key, params) : ImportEc(key, params);
}

OSSL_PARAM Octets(const char* name, const std::string& bytes) {
  return OSSL_PARAM_construct_octet_string(name, const_cast<char*>(bytes.data()), bytes.size());
}

OSSL_PARAM Number(const char* name, const std::string& bytes) {
  return {name, OSSL_PARAM_UNSIGNED_INTEGER, const_cast<char*>(bytes.data()), bytes.size(), OSSL_PARAM_UNMODIFIED};
}

OSSL_PARAM Text(const char* name, const std::string& text) {
  return OSSL_PARAM_construct_utf8_string(name, const_cast<char*>(text.c_str()), text.size());
}

// Gives the public part. If the private part is asked for too, gives nothing: so no other provider can take the key
// over.
int ExportKey(void* data, int selection, OSSL_CALLBACK* take, void* argument) {
  const auto& key = *static_cast<const RemoteKey*>(data);
  if (selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) return 0;
  const OSSL_PARAM end = OSSL_PARAM_construct_end();
  if (key.rsa) {
    const OSSL_PARAM params[] = {Number(OSSL_PKEY_PARAM_RSA_N, key.modulus),
                                 Number(OSSL_PKEY_PARAM_RSA_E, key.exponent), end};
    return take(params, argument);
  }
  const OSSL_PARAM params[] = {Text(OSSL_PKEY_PARAM_GROUP_NAME, key.group), Octets(OSSL_PKEY_PARAM_PUB_KEY, key.point),
                               end};
  return take(params, argument);
}

template <bool rsa>
const OSSL_PARAM* KeyTypes(int selection) {
  static const OSSL_PARAM rsa_types[] = {
      OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_N, nullptr, 0), OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_E, nullptr, 0),
      OSSL_PARAM_int(OSSL_PKEY_PARAM_BITS, nullptr),    OSSL_PARAM_octet_string(kSignerParam, nullptr, 0),
      OSSL_PARAM_octet_string(kKeyIdParam, nullptr, 0), OSSL_PARAM_END};
  static const OSSL_PARAM ec_types[] = {OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, nullptr, 0),
                                        OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, nullptr, 0),
                                        OSSL_PARAM_octet_string(kSignerParam, nullptr, 0),
                                        OSSL_PARAM_octet_string(kKeyIdParam, nullptr, 0), OSSL_PARAM_END};
  if (!(selection & OSSL_KEYMGMT_SELECT_PUBLIC_KEY)) return nullptr;
  return rsa ? rsa_types : ec_types;
}

int GetKeyParams(void* data, OSSL_PARAM params[]) {
  const auto& key = *static_cast<const RemoteKey*>(data);
  for (auto [name, value] : {std::pair(OSSL_PKEY_PARAM_BITS, key.bits),
                             {OSSL_PKEY_PARAM_SECURITY_BITS, key.security_bits},
                             {OSSL_PKEY_PARAM_MAX_SIZE, key.max_size}}) {
    if (OSSL_PARAM* wanted = OSSL_PARAM_locate(params, name); wanted && OSSL_PARAM_set_int(wanted, value) != 1)
      return 0;
  }
  OSSL_PARAM* group = OSSL_PARAM_locate(params, OSSL_PKEY_PARAM_GROUP_NAME);
  return !group || (!key.rsa && OSSL_PARAM_set_utf8_string(group, key.group.c_str()) == 1);
}

const OSSL_PARAM* GettableKeyParams(void*) {
  static const OSSL_PARAM params[] = {OSSL_PARAM_int(OSSL_PKEY_PARAM_BITS, nullptr),
                                      OSSL_PARAM_int(OSSL_PKEY_PARAM_SECURITY_BITS, nullptr),
                                      OSSL_PARAM_int(OSSL_PKEY_PARAM_MAX_SIZE, nullptr),
                                      OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, nullptr, 0), OSSL_PARAM_END};
  return params;
}

const char* OperationName(int operation) { return operation == OSSL_OP_SIGNATURE ? kAlgorithm : nullptr; }

// ---- signatures

struct Signing {
  const RemoteKey* key = nullptr;  // libcrypto keeps it for as long as this exists
  std::string digest;
  int padding = RSA_PKCS1_PADDING;
  int salt = 0;
};

void* NewSigning(void*, const char*) { return new Signing; }
void FreeSigning(void* signing) { delete static_cast<Signing*>(signing); }
void* CopySigning(void* signing) { return new Signing(*static_cast<Signing*>(signing)); }

int SetSigningParams(void* data, const OSSL_PARAM params[]) {
  auto& signing = *static_cast<Signing*>(data);
  if (!params) return 1;
  if (const OSSL_PARAM* padding = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_PAD_MODE)) {
    if (padding->data_type == OSSL_PARAM_UTF8_STRING) {
      signing.padding = std::string_view(static_cast<const char*>(padding->data)) == OSSL_PKEY_RSA_PAD_MODE_PSS
                            ? RSA_PKCS1_PSS_PADDING
                            : RSA_PKCS1_PADDING;
    } else if (OSSL_PARAM_get_int(padding, &signing.padding) != 1) {
      return 0;
    }
  }
  if (const OSSL_PARAM* salt = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_PSS_SALTLEN)) {
    const bool text = salt->data_type == OSSL_PARAM_UTF8_STRING;
    if (text && std::string_view(static_cast<const char*>(salt->data)) != OSSL_PKEY_RSA_PSS_SALT_LEN_DIGEST) return 0;
    signing.salt = RSA_PSS_SALTLEN_DIGEST;
    if (!text && OSSL_PARAM_get_int(salt, &signing.salt) != 1) return 0;
  }
  return 1;
}

const OSSL_PARAM* SettableSigningParams(void*, void*) {
  static const OSSL_PARAM params[] = {OSSL_PARAM_int(OSSL_SIGNATURE_PARAM_PAD_MODE, nullptr),
                                      OSSL_PARAM_int(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, nullptr), OSSL_PARAM_END};
  return params;
}

int BeginSigning(void* data, const char* digest, void* key, const OSSL_PARAM params[]) {
  auto& signing = *static_cast<Signing*>(data);
  signing.key = static_cast<const RemoteKey*>(key);
  signing.digest = digest ? digest : "";
  return SetSigningParams(data, params);
}

// Returns the number of the signature scheme, or 0 if TLS has none for this key, padding and digest.
std::uint16_t SchemeOf(const Signing& signing) {
  struct Digest {
    const char* name;
    std::uint16_t ecdsa, pkcs1, pss;
  };
  for (const Digest& each : {Digest{"SHA2-256", 0x0403, 0x0401, 0x0804}, Digest{"SHA256", 0x0403, 0x0401, 0x0804},
                             Digest{"SHA2-384", 0x0503, 0x0501, 0x0805}, Digest{"SHA384", 0x0503, 0x0501, 0x0805},
                             Digest{"SHA2-512", 0, 0x0601, 0x0806}, Digest{"SHA512", 0, 0x0601, 0x0806}}) {
    if (OPENSSL_strcasecmp(each.name, signing.digest.c_str()) != 0) continue;
    if (!signing.key->rsa) return each.ecdsa;
    if (signing.padding == RSA_PKCS1_PADDING) return each.pkcs1;
    return signing.padding == RSA_PKCS1_PSS_PADDING && signing.salt == RSA_PSS_SALTLEN_DIGEST ? each.pss : 0;
  }
  return 0;
}

int SignWhole(void* data, unsigned char* signature, std::size_t* length, std::size_t room, const unsigned char* content,
              std::size_t size) {
  const auto& signing = *static_cast<const Signing*>(data);
  if (!signature) {
    *length = static_cast<std::size_t>(signing.key->max_size);
    return 1;
  }
  const std::uint16_t scheme = SchemeOf(signing);
  if (scheme == 0 || !signing.key->signer) return 0;
  const auto made =
      signing.key->signer->Sign(signing.key->key_id, scheme, {reinterpret_cast<const char*>(content), size});
  if (!made || made->size() > room) return 0;
  std::memcpy(signature, made->data(), made->size());
  *length = made->size();
  return 1;
}

// ---- tables for libcrypto (provider-keymgmt(7ossl), provider-signature(7ossl))

template <typename Function>
OSSL_DISPATCH Entry(int id, Function* function) {
  return {id, reinterpret_cast<void (*)()>(function)};
}

template <bool rsa>
const OSSL_DISPATCH* KeyFunctions() {
  static const OSSL_DISPATCH functions[] = {Entry(OSSL_FUNC_KEYMGMT_NEW, NewKey<rsa>),
                                            Entry(OSSL_FUNC_KEYMGMT_FREE, FreeKey),
                                            Entry(OSSL_FUNC_KEYMGMT_HAS, HasPart),
                                            Entry(OSSL_FUNC_KEYMGMT_MATCH, MatchKeys),
                                            Entry(OSSL_FUNC_KEYMGMT_IMPORT, ImportKey),
                                            Entry(OSSL_FUNC_KEYMGMT_IMPORT_TYPES, KeyTypes<rsa>),
                                            Entry(OSSL_FUNC_KEYMGMT_EXPORT, ExportKey),
                                            Entry(OSSL_FUNC_KEYMGMT_EXPORT_TYPES, KeyTypes<rsa>),
                                            Entry(OSSL_FUNC_KEYMGMT_GET_PARAMS, GetKeyParams),
                                            Entry(OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, GettableKeyParams),
                                            Entry(OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME, OperationName),
                                            {0, nullptr}};
  return functions;
}

const OSSL_DISPATCH* SignatureFunctions() {
  static const OSSL_DISPATCH functions[] = {Entry(OSSL_FUNC_SIGNATURE_NEWCTX, NewSigning),
                                            Entry(OSSL_FUNC_SIGNATURE_FREECTX, FreeSigning),
                                            Entry(OSSL_FUNC_SIGNATURE_DUPCTX, CopySigning),
                                            Entry(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, BeginSigning),
                                            Entry(OSSL_FUNC_SIGNATURE_DIGEST_SIGN, SignWhole),
                                            Entry(OSSL_FUNC_SIGNATURE_SET_CTX_PARAMS, SetSigningParams),
                                            Entry(OSSL_FUNC_SIGNATURE_SETTABLE_CTX_PARAMS, SettableSigningParams),
                                            {0, nullptr}};
  return functions;
}

const OSSL_ALGORITHM* AlgorithmsFor(void*, int operation, int* no_cache) {
  static const OSSL_ALGORITHM keys[] = {
      {"RSA:rsaEncryption:1.2.840.113549.1.1.1", "provider=zoobar", KeyFunctions<true>(), nullptr},
      {"EC:id-ecPublicKey:1.2.840.10045.2.1", "provider=zoobar", KeyFunctions<false>(), nullptr},
      {nullptr, nullptr, nullptr, nullptr}};
  static const OSSL_ALGORITHM signatures[] = {{kAlgorithm, "provider=zoobar", SignatureFunctions(), nullptr},
                                              {nullptr, nullptr, nullptr, nullptr}};
  *no_cache = 0;
  if (operation == OSSL_OP_KEYMGMT) return keys;
  return operation == OSSL_OP_SIGNATURE ? signatures : nullptr;
}

int BeginProvider(const OSSL_CORE_HANDLE* handle, const OSSL_DISPATCH*, const OSSL_DISPATCH** out, void** context) {
  static const OSSL_DISPATCH functions[] = {Entry(OSSL_FUNC_PROVIDER_QUERY_OPERATION, AlgorithmsFor), {0, nullptr}};
  *out = functions;
  *context = const_cast<OSSL_CORE_HANDLE*>(handle);  // it has no state, but libcrypto wants a context
  return 1;
}

// ---- loading a key

// Takes the parameters of the public part that the algorithms above know.
struct PublicPart {
  std::string bytes[2];
  std::string group;
  int bits = 0;
};

int TakePublicPart(const OSSL_PARAM params[], void* argument) {
  auto& part = *static_cast<PublicPart*>(argument);
  part.group = RawBytes(params, OSSL_PKEY_PARAM_GROUP_NAME);
  part.bytes[0] = RawBytes(params, part.group.empty() ? OSSL_PKEY_PARAM_RSA_N : OSSL_PKEY_PARAM_PUB_KEY);
  if (part.group.empty()) part.bytes[1] = RawBytes(params, OSSL_PKEY_PARAM_RSA_E);
  return 1;
}

}  // namespace

Result<RemoteKeys> RemoteKeys::Open(Signer& signer) {
  RemoteKeys keys(signer);
  keys.library_.reset(OSSL_LIB_CTX_new());
  if (!keys.library_ || OSSL_PROVIDER_add_builtin(keys.library_.get(), kProvider, BeginProvider) != 1)
    return OpensslError("the provider of remote keys");
  keys.provider_.reset(OSSL_PROVIDER_load(keys.library_.get(), kProvider));
  if (!keys.provider_) return OpensslError("the provider of remote keys");
  return keys;
}

Result<PkeyPtr> RemoteKeys::Load(EVP_PKEY* public_key, std::string_view key_id) const {
  const bool rsa = EVP_PKEY_is_a(public_key, "RSA");
  if (!rsa && !EVP_PKEY_is_a(public_key, "EC")) return Error{"a certificate's key is neither RSA nor EC"};
  OSSL_PARAM* exported = nullptr;
  if (EVP_PKEY_todata(public_key, EVP_PKEY_PUBLIC_KEY, &exported) != 1) return OpensslError("public key");
  PublicPart part;
  TakePublicPart(exported, &part);
  OSSL_PARAM_free(exported);
  int bits = EVP_PKEY_get_bits(public_key);
  std::string signer(sizeof signer_, '\0');
  std::memcpy(signer.data(), &signer_, sizeof signer_);
  const std::string id(key_id);
  std::vector<OSSL_PARAM> params = {Octets(kSignerParam, signer), Octets(kKeyIdParam, id)};
  if (rsa) {
    params.push_back(Number(OSSL_PKEY_PARAM_RSA_N, part.bytes[0]));
    params.push_back(Number(OSSL_PKEY_PARAM_RSA_E, part.bytes[1]));
    params.push_back(OSSL_PARAM_construct_int(OSSL_PKEY_PARAM_BITS, &bits));
  } else {
    params.push_back(Text(OSSL_PKEY_PARAM_GROUP_NAME, part.group));
    params.push_back(Octets(OSSL_PKEY_PARAM_PUB_KEY, part.bytes[0]));
  }
  params.push_back(OSSL_PARAM_construct_end());
  const PkeyContextPtr context(EVP_PKEY_CTX_new_from_name(library_.get(), rsa ? "RSA" : "EC", nullptr));
  EVP_PKEY* key = nullptr;
  if (!context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.data()) != 1) {
    return OpensslError("a remote key");
  }
  return PkeyPtr(key);
}

}  // namespace zoobar
