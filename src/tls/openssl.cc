#include "tls/openssl.h"

#include <openssl/ec.h>
#include <openssl/err.h>

#include <cstdlib>

namespace zoobar {
namespace {

bool starting = false;  // StartOpenssl is at work

// If memory runs out while OpenSSL initialises itself, OpenSSL 3.0 reads through a null pointer, and OpenSSL 3.5 waits for
// itself for ever. Then the process ends here, and says why.
void* Checked(void* memory) {
  if (!memory && starting) Die("OpenSSL does not start: there is no memory");
  return memory;
}

void* Allocate(std::size_t size, const char* /*file*/, int /*line*/) {
  return size == 0 ? nullptr : Checked(std::malloc(size));
}

void Free(void* memory, const char* /*file*/, int /*line*/) { std::free(memory); }

void* Reallocate(void* memory, std::size_t size, const char* file, int line) {
  if (size > 0) return Checked(std::realloc(memory, size));
  Free(memory, file, line);
  return nullptr;
}

// Some of what OpenSSL prepares at its first use is prepared once for ever: if memory ran out during the first signature,
// OpenSSL 3.5 signed nothing more in that process. So the first signature is made here.
Status SignOnce() {
  const PkeyPtr key(EVP_EC_gen("P-256"));
  const DigestContextPtr context(EVP_MD_CTX_new());
  const unsigned char content = 0;
  unsigned char signature[128];
  std::size_t size = sizeof signature;
  if (!key || !context ||
      EVP_DigestSignInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr, key.get(), nullptr) != 1 ||
      EVP_DigestSign(context.get(), signature, &size, &content, 1) != 1) {
    return OpensslError("the first signature");
  }
  return {};
}

}  // namespace

void StartOpenssl() {
  constexpr std::uint64_t kOptions = OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT |
                                     OPENSSL_INIT_LOAD_CRYPTO_STRINGS | OPENSSL_INIT_LOAD_SSL_STRINGS;
  starting = true;
  // If OpenSSL has allocated memory before, it keeps its own functions, and needs none of these.
  CRYPTO_set_mem_functions(Allocate, Reallocate, Free);
  if (OPENSSL_init_ssl(kOptions, nullptr) != 1) Die("OpenSSL does not start");
  if (const Status signs = SignOnce(); !signs.ok()) Die("OpenSSL does not start: {}", signs.error().text);
  starting = false;
}

Error OpensslError(std::string_view what) {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  char text[160] = "no reason given";
  if (code != 0) ERR_error_string_n(code, text, sizeof text);
  return Error::Of("{}: {}", what, text);
}

OpensslErrorsCleared::~OpensslErrorsCleared() { ERR_clear_error(); }

}  // namespace zoobar
