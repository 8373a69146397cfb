// A live role calls a method that it may not call: the test writes a frame into one of the role's channels. The peer
// reports the role in the security log, the master starts the role again, and the site goes on.
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "confinement/debugger.h"
#include "confinement/shared_site.h"
#include "ipc/channel.h"
#include "ipc/frame.h"

namespace zoobar {
namespace {

namespace fs = std::filesystem;

// The role's channels, which are connected Unix stream sockets, in the order in which they were wired.
std::vector<int> ChannelsOf(pid_t pid) {
  std::vector<int> channels;
  const Fd process(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  for (const auto& entry : fs::directory_iterator(Proc(pid, "fd"))) {
    const int number = std::atoi(entry.path().filename().c_str());
    const Fd copy(static_cast<int>(syscall(SYS_pidfd_getfd, process.get(), number, 0)));
    int family = 0, type = 0, listening = 0;
    socklen_t size = sizeof family;
    if (getsockopt(copy.get(), SOL_SOCKET, SO_DOMAIN, &family, &size) != 0 || family != AF_UNIX) continue;
    getsockopt(copy.get(), SOL_SOCKET, SO_TYPE, &type, &size);
    getsockopt(copy.get(), SOL_SOCKET, SO_ACCEPTCONN, &listening, &size);
    if (type == SOCK_STREAM && !listening) channels.push_back(number);
  }
  std::sort(channels.begin(), channels.end());
  return channels;
}

// A request without body, secret or descriptors (ipc/channel.h).
std::string Frame(const std::string& method) {
  frame::Header header{};
  header.id = 1;
  header.kind = frame::Kind::kRequest;
  for (const Method& each : AllMethods()) {
    if (each.name() == method) header.method = each.number;
  }
  std::string bytes(frame::kHeader, '\0');
  frame::WriteHeader(bytes.data(), header);
  return bytes;
}

// Sends `bytes` from `sender` on its channel number `channel`, counted from 0.
void Misbehave(Role sender, std::size_t channel, const std::string& bytes, Role peer, const std::string& how) {
  const std::unique_ptr<LiveSite> site = StartSite();  // fresh: channels are in the order of wiring
  const pid_t before = site->ConfinedPid(sender), peers = site->ConfinedPid(peer), master = site->master();
  ASSERT_TRUE(site->Answers());
  const std::vector<int> channels = ChannelsOf(before);
  ASSERT_GT(channels.size(), channel);
  {
    Debugger debugger(before);
    // The result of the call is lost if the sender is ended at once. What follows shows that the call was made.
    debugger.Call(SYS_write, {channels[channel], bytes, bytes.size()});
  }
  EXPECT_NE(site->ConfinedPid(sender, before), before) << "the sender is started again";
  const std::string name(RoleName(sender)), peer_name(RoleName(peer));
  EXPECT_TRUE(Eventually([&] {
    const std::string log = site->Log("security");
    return log.find("\"peer-misbehaved\"") != std::string::npos && log.find(how) != std::string::npos &&
           log.find("\"accused\"") != std::string::npos;
  })) << site->Log("security");
  EXPECT_NE(site->Log("security").find("\"role\":\"" + peer_name + "\""), std::string::npos) << site->Log("security");
  EXPECT_EQ(site->ConfinedPid(peer), peers) << "the peer goes on";
  EXPECT_EQ(site->master(), master);
  EXPECT_TRUE(site->Answers());
}

// Channels are wired in the order of the table: first logger, then the roles that were running already, then the roles
// that were started later.
TEST(Misbehaviour, EchoCallingAppServeIsStartedAgain) {
  Misbehave(ROLE_ECHO, 2, Frame("App.Serve"), ROLE_APP, "echo may not call App.Serve");
}

TEST(Misbehaviour, ProfileCallingBankTransferIsStartedAgain) {
  Misbehave(ROLE_PROFILE, 1, Frame("Bank.Transfer"), ROLE_BANK, "profile may not call Bank.Transfer");
}

TEST(Misbehaviour, SanitizerCallingProfileSaveIsStartedAgain) {
  Misbehave(ROLE_SANITIZER, 1, Frame("Profile.Save"), ROLE_PROFILE, "sanitizer may not call Profile.Save");
}

TEST(Misbehaviour, AFrameOutOfBoundsIsMisbehaviourToo) {
  Misbehave(ROLE_ECHO, 2, std::string(frame::kHeader, '\xff'), ROLE_APP, "frame out of bounds");
}

}  // namespace
}  // namespace zoobar
