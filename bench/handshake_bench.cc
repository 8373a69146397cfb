// Makes full TLS handshakes, one after the other on each thread, and says how many a second. bench/tls runs it against
// zoobar and nginx.
//   handshake_bench PORT SERVER_NAME THREADS SECONDS
// No session is resumed. After a handshake the client sends close_notify and reads until the server has closed, so that
// a handshake counts only when both sides have finished it. Exit status 1 if a handshake failed.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Server {
  std::uint16_t port;
  const char* name;
};

bool Handshake(SSL_CTX* context, const Server& server) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(server.port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  SSL* const ssl = SSL_new(context);
  SSL_set_tlsext_host_name(ssl, server.name);
  bool done = connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
              SSL_set_fd(ssl, socket) == 1 && SSL_connect(ssl) == 1 && !SSL_session_reused(ssl);
  if (done) {
    SSL_shutdown(ssl);
    char byte;
    while (SSL_read(ssl, &byte, 1) > 0) continue;
  }
  ERR_clear_error();
  SSL_free(ssl);
  close(socket);
  return done;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "handshake_bench PORT SERVER_NAME THREADS SECONDS\n");
    return 2;
  }
  std::signal(SIGPIPE, SIG_IGN);
  const Server server{static_cast<std::uint16_t>(std::atoi(argv[1])), argv[2]};
  SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  std::atomic<long> done{0}, failed{0};
  const auto begin = Clock::now(), end = begin + std::chrono::seconds(std::atoi(argv[4]));
  std::vector<std::thread> threads;
  for (int i = 0; i < std::atoi(argv[3]); ++i) {
    threads.emplace_back([&] {
      while (Clock::now() < end) ++(Handshake(context, server) ? done : failed);
    });
  }
  for (std::thread& thread : threads) thread.join();
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  SSL_CTX_free(context);
  std::printf("%ld handshakes, %ld failed, %.1f a second\n", done.load(), failed.load(),
              static_cast<double>(done) / seconds);
  return failed > 0 ? 1 : 0;
}
