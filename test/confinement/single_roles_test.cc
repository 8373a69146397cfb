// What single roles cannot do, beside what no role can do (roles_test.cc).
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "confinement/filters.h"
#include "confinement/role_calls.h"
#include "confinement/shared_site.h"

namespace zoobar {
namespace {

TEST(StaticConfinement, OpensInsideTheWebRootAlone) {
  Debugger debugger(SharedSite().ConfinedPid(ROLE_STATIC));
  const auto open_how_of = [](std::uint64_t flags) {
    const open_how how{flags, 0, 0};
    return std::string(reinterpret_cast<const char*>(&how), sizeof how);
  };
  const long web =
      AnswerOf(debugger, SYS_openat2, {AT_FDCWD, "/web", open_how_of(O_RDONLY | O_DIRECTORY), sizeof(open_how)});
  ASSERT_GE(web, 0);
  EXPECT_EQ(AnswerOf(debugger, SYS_openat2, {web, "../etc/passwd", open_how_of(O_RDONLY), sizeof(open_how)}), -ENOENT);
  EXPECT_EQ(AnswerOf(debugger, SYS_openat2, {web, "../../../../etc/passwd", open_how_of(O_RDONLY), sizeof(open_how)}),
            -ENOENT);
  EXPECT_EQ(AnswerOf(debugger, SYS_openat2, {web, "..", open_how_of(O_RDONLY | O_DIRECTORY), sizeof(open_how)}),
            -EACCES);
  EXPECT_EQ(AnswerOf(debugger, SYS_openat2, {AT_FDCWD, "/etc/passwd", open_how_of(O_RDONLY), sizeof(open_how)}),
            -ENOENT);
  for (int flags : {O_CREAT | O_WRONLY, O_CREAT | O_RDWR}) {
    const long answer = AnswerOf(debugger, SYS_openat, {web, "new", flags, 0600});
    EXPECT_TRUE(answer == -EROFS || answer == -EACCES) << answer;
  }
  EXPECT_EQ(AnswerOf(debugger, SYS_close, {web}), 0);
}

TEST(StaticConfinement, CannotWriteAChallenge) {
  Debugger debugger(SharedSite().ConfinedPid(ROLE_STATIC));
  for (const char* path : {"/acme/new", "/acme/.well-known/acme-challenge/new"}) {
    const long answer = AnswerOf(debugger, SYS_openat, {AT_FDCWD, path, O_CREAT | O_WRONLY, 0600});
    EXPECT_TRUE(answer == -EROFS || answer == -EACCES) << path << ": " << answer;
  }
  EXPECT_EQ(AnswerOf(debugger, SYS_openat, {AT_FDCWD, "/acme/../../etc/passwd", O_RDONLY}), -ENOENT);
}

TEST(LoggerConfinement, CannotRewriteWhatItAppended) {
  DiesOf(ROLE_LOGGER, SYS_ftruncate, {4, 0});
  Debugger debugger(SharedSite().ConfinedPid(ROLE_LOGGER));
  const auto filters = debugger.ReadFilters();
  for (long call : {SYS_ftruncate, SYS_truncate, SYS_fallocate, SYS_pwrite64, SYS_pwritev, SYS_pwritev2, SYS_lseek,
                    SYS_sendfile, SYS_copy_file_range, SYS_openat, SYS_openat2}) {
    EXPECT_EQ(ActionOf(filters, call), SECCOMP_RET_KILL_PROCESS) << call;
  }
  EXPECT_EQ(ActionOf(filters, SYS_fcntl, {4, F_SETFL, O_RDWR}), SECCOMP_RET_KILL_PROCESS);
  EXPECT_EQ(ActionOf(filters, SYS_fcntl, {4, F_DUPFD, 0}), SECCOMP_RET_KILL_PROCESS);
  EXPECT_EQ(ActionOf(filters, SYS_fcntl, {4, F_ADD_SEALS, 0}), SECCOMP_RET_KILL_PROCESS);
}

// After that nobody would listen any more, not even the next dispatcher, which gets the same listener.
TEST(DispatcherConfinement, CannotShutItsListener) {
  Debugger debugger(SharedSite().ConfinedPid(ROLE_DISPATCHER));
  const auto filters = debugger.ReadFilters();
  EXPECT_EQ(ActionOf(filters, SYS_shutdown, {4, SHUT_WR}), SECCOMP_RET_ALLOW) << "which a listener ignores";
  EXPECT_EQ(ActionOf(filters, SYS_shutdown, {4, SHUT_RD}), SECCOMP_RET_KILL_PROCESS);
  EXPECT_EQ(ActionOf(filters, SYS_shutdown, {4, SHUT_RDWR}), SECCOMP_RET_KILL_PROCESS);
}

// A listener belongs to the machine's network namespace. After shutdown(2) it is an ordinary socket that is not
// connected.
TEST(DispatcherConfinement, CannotConnectThroughItsListener) {
  const std::unique_ptr<LiveSite> site = StartSite();  // of its own: this test spoils the listener
  const pid_t pid = site->ConfinedPid(ROLE_DISPATCHER);
  const Fd target(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(bind(target.get(), reinterpret_cast<const sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(target.get(), 1), 0);
  ASSERT_EQ(getsockname(target.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  const Fd process(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  long listener = -1;
  Fd shared;
  for (int number = 3; number < 64 && listener < 0; ++number) {
    Fd copy(static_cast<int>(syscall(SYS_pidfd_getfd, process.get(), number, 0)));
    int family = 0, listening = 0;
    socklen_t length = sizeof family;
    getsockopt(copy.get(), SOL_SOCKET, SO_DOMAIN, &family, &length);
    getsockopt(copy.get(), SOL_SOCKET, SO_ACCEPTCONN, &listening, &length);
    if (family == AF_INET && listening) {
      listener = number;
      shared = std::move(copy);
    }
  }
  ASSERT_GE(listener, 0);
  ASSERT_EQ(shutdown(shared.get(), SHUT_RD), 0);  // the role itself may not do this
  Debugger debugger(pid);
  const std::string to(reinterpret_cast<const char*>(&address), sizeof address);
  const CallResult answer =
      debugger.Call(SYS_sendto, {listener, std::string("x"), 1, MSG_FASTOPEN | MSG_NOSIGNAL, to, sizeof address});
  EXPECT_EQ(answer.died_of, SIGSYS) << "it answered " << answer.value;
}

TEST(DispatcherConfinement, SetsNoOptionButNoDelay) {
  Debugger debugger(SharedSite().ConfinedPid(ROLE_DISPATCHER));
  const auto filters = debugger.ReadFilters();
  EXPECT_EQ(ActionOf(filters, SYS_setsockopt, {4, 6 /* TCP */, 1 /* TCP_NODELAY */}), SECCOMP_RET_ALLOW);
  EXPECT_EQ(ActionOf(filters, SYS_setsockopt, {4, SOL_SOCKET, 26 /* SO_ATTACH_FILTER */}), SECCOMP_RET_KILL_PROCESS);
  EXPECT_EQ(ActionOf(filters, SYS_setsockopt, {4, 6, 31 /* TCP_ULP */}), SECCOMP_RET_KILL_PROCESS);
  EXPECT_EQ(ActionOf(filters, SYS_setsockopt, {4, 0 /* IP */, 64 /* IPT_SO_SET_REPLACE */}), SECCOMP_RET_KILL_PROCESS);
}

// edge has no file at all: no call opens one, and its root is empty (roles_test.cc). So no store and no key is in reach.
TEST(EdgeConfinement, CannotOpenAStoreNorAKey) {
  Debugger debugger(SharedSite().ConfinedPid(ROLE_EDGE));
  const auto filters = debugger.ReadFilters();
  for (long call : {SYS_open, SYS_openat, SYS_openat2, SYS_creat, SYS_name_to_handle_at, SYS_open_by_handle_at})
    EXPECT_EQ(ActionOf(filters, call), SECCOMP_RET_KILL_PROCESS) << call;
}

TEST(EdgeConfinement, MakesPairsOfUnixSocketsAlone) {
  Debugger debugger(SharedSite().ConfinedPid(ROLE_EDGE));
  const auto filters = debugger.ReadFilters();
  EXPECT_EQ(ActionOf(filters, SYS_socketpair, {AF_UNIX, SOCK_STREAM, 0}), SECCOMP_RET_ALLOW);
  for (std::uint64_t family : {AF_UNSPEC, AF_INET, AF_INET6, AF_NETLINK, AF_TIPC, AF_VSOCK})
    EXPECT_EQ(ActionOf(filters, SYS_socketpair, {family, SOCK_STREAM, 0}), SECCOMP_RET_KILL_PROCESS) << family;
  EXPECT_EQ(ActionOf(filters, SYS_connect, {4, 0, 16}), SECCOMP_RET_KILL_PROCESS);
  EXPECT_EQ(ActionOf(filters, SYS_shutdown, {4, SHUT_RD}), SECCOMP_RET_KILL_PROCESS) << "it would end a listener";
}

TEST(KeysConfinement, HasNoNetwork) {
  Debugger debugger(SharedSite().ConfinedPid(ROLE_KEYS));
  const auto filters = debugger.ReadFilters();
  for (long call :
       {SYS_socket, SYS_socketpair, SYS_connect, SYS_accept4, SYS_bind, SYS_listen, SYS_sendto, SYS_recvfrom})
    EXPECT_EQ(ActionOf(filters, call), SECCOMP_RET_KILL_PROCESS) << call;
}

}  // namespace
}  // namespace zoobar
