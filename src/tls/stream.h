// One TLS connection, as the bytes that go in and out of it. The socket is non-blocking, and belongs to the caller.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "tls/openssl.h"

namespace zoobar {

class TlsStream {
 public:
  enum class Outcome {
    kDone,           // something was done
    kWantRead,       // go on when the socket is readable
    kWantWrite,      // go on when the socket is writable
    kWantSignature,  // go on when the Signer has the signature; only Handshake
    kEnded,          // the client has said that it sends nothing more (close_notify); only Read
    kFailed,  // the connection is of no use any more: an error, a fatal alert, an end without close_notify, or more
              // than 32 messages of TLS itself (KeyUpdate) without data between them
  };

  explicit TlsStream(SslPtr ssl);
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  // Goes on with the handshake. kDone: it is over.
  Outcome Handshake();
  // Reads some bytes. Must be called until it wants something or holds_bytes() is false: bytes may be here although the
  // socket is not readable. One call reads from the socket at most once, so kWantRead does not mean that the socket is
  // empty.
  Outcome Read(std::span<char> to, std::size_t& got);
  // Whether bytes of the client are here that Read has not given yet. They may be less than a whole record.
  bool holds_bytes() const { return SSL_has_pending(ssl_.get()) == 1; }
  // Writes some of the bytes, at most one record of 16 KiB. After kWantWrite the next call must begin with the same
  // bytes.
  Outcome Write(std::string_view bytes, std::size_t& put);
  // Sends close_notify. The client may still send.
  Outcome End();
  // Whether the client has sent close_notify, after which it sends nothing.
  bool client_ended() const { return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0; }

  // What Handshake has agreed on.
  std::string_view protocol() const;  // by ALPN; empty: none
  bool resumed() const { return SSL_session_reused(ssl_.get()) == 1; }
  bool tls13() const { return SSL_version(ssl_.get()) == TLS1_3_VERSION; }

 private:
  Outcome Of(int result) const;
  static long OnBio(BIO* bio, int operation, const char* data, std::size_t size, int number, long more, int result,
                    std::size_t* done);

  static void OnMessage(int sent, int version, int kind, const void* bytes, std::size_t size, SSL* ssl, void* stream);

  SslPtr ssl_;
  bool shaken_ = false;  // the handshake is over
  bool abused_ = false;
  int messages_ = 0;  // of libssl itself, since the last data
  int reads_ = 0;     // how often libssl may still read from the socket in this call
};

}  // namespace zoobar
