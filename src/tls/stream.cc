#include "tls/stream.h"

#include <openssl/err.h>

namespace zoobar {

TlsStream::Outcome TlsStream::Of(int result) const {
  if (result == 1) return Outcome::kDone;
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return Outcome::kWantRead;
    case SSL_ERROR_WANT_WRITE:
      return Outcome::kWantWrite;
    case SSL_ERROR_WANT_ASYNC:
      return Outcome::kWantSignature;
    case SSL_ERROR_ZERO_RETURN:
      return Outcome::kEnded;
    default:
      return Outcome::kFailed;
  }
}

TlsStream::Outcome TlsStream::Handshake() {
  ERR_clear_error();
  const Outcome outcome = Of(SSL_do_handshake(ssl_.get()));
  // From here on nothing has to be signed, and a job for each operation would only cost time.
  if (outcome == Outcome::kDone) SSL_clear_mode(ssl_.get(), SSL_MODE_ASYNC);
  return outcome == Outcome::kEnded ? Outcome::kFailed : outcome;
}

TlsStream::Outcome TlsStream::Read(std::span<char> to, std::size_t& got) {
  ERR_clear_error();
  return Of(SSL_read_ex(ssl_.get(), to.data(), to.size(), &got));
}

TlsStream::Outcome TlsStream::Write(std::string_view bytes, std::size_t& put) {
  ERR_clear_error();
  return Of(SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &put));
}

TlsStream::Outcome TlsStream::End() {
  ERR_clear_error();
  const int result = SSL_shutdown(ssl_.get());
  return result >= 0 ? Outcome::kDone : Of(result);
}

std::string_view TlsStream::protocol() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &name, &size);
  return {reinterpret_cast<const char*>(name), name ? size : 0};
}

}  // namespace zoobar
