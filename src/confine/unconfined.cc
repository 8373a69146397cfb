#include "confine/unconfined.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "confine/build.h"

#if ZOOBAR_UNCONFINED && defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/lsan_interface.h>
#define ZOOBAR_FINDS_LEAKS
#endif
#endif

namespace zoobar {
namespace {

[[maybe_unused]] bool IsLoopback(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET)
    return ntohl(reinterpret_cast<const sockaddr_in&>(address).sin_addr.s_addr) >> 24 == 127;
  return address.ss_family == AF_INET6 &&
         IN6_IS_ADDR_LOOPBACK(&reinterpret_cast<const sockaddr_in6&>(address).sin6_addr);
}

}  // namespace

std::string_view Unconfined() {
  if constexpr (kUnconfined) {
    return "UNCONFINED BUILD: roles have no namespaces, no root of their own, no Landlock, no limits and no "
           "system-call filter. It is for sanitizers and valgrind, listens only on loopback addresses, and runs no "
           "program";
  }
  return {};
}

Status MayServe([[maybe_unused]] int listener) {
  if constexpr (kUnconfined) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0)
      return Error::FromErrno("getsockname");
    if (!IsLoopback(address))
      return Error{
          "an UNCONFINED BUILD listens only on loopback addresses (127.0.0.1, ::1); use a build of the preset "
          "release for all others"};
  }
  return {};
}

char** RoleEnvironment() {
  if constexpr (kUnconfined) return environ;
  static char* none[] = {nullptr};
  return none;
}

void EndIfMemoryLeaked() {
#ifdef ZOOBAR_FINDS_LEAKS
  __lsan_do_leak_check();
#endif
}

}  // namespace zoobar
