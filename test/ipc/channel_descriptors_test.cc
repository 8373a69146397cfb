// What a taken process may send as descriptors. Each must be of the kind that the method names, or its sender is
// accused and nobody uses it.
#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

#include <map>
#include <string>

#include "app.pb.h"
#include "connected_channels.h"
#include "ipc/descriptors.h"
#include "sandbox.pb.h"

namespace zoobar {
namespace {

Fd OneOf(int pair[2], int made) {
  EXPECT_EQ(made, 0);
  const Fd other(pair[1]);
  return Fd(pair[0]);
}
Fd SocketOf(int type) {
  int pair[2];
  return OneOf(pair, socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, pair));
}
Fd ReadEnd() {
  int pair[2];
  return OneOf(pair, pipe2(pair, O_CLOEXEC));
}

// Everything that a process can send, by name.
std::map<std::string, Fd> AllKinds() {
  std::map<std::string, Fd> all;
  all["socket"] = SocketOf(SOCK_STREAM);
  all["datagrams"] = SocketOf(SOCK_DGRAM);
  all["packets"] = SocketOf(SOCK_SEQPACKET);
  all["pipe"] = ReadEnd();
  all["file"] = Fd(memfd_create("file", MFD_CLOEXEC));
  all["file without access"] = Fd(open("/proc/self/exe", O_PATH | O_CLOEXEC));
  all["folder"] = Fd(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  all["device"] = Fd(open("/dev/null", O_RDWR | O_CLOEXEC));
  all["epoll"] = Fd(epoll_create1(EPOLL_CLOEXEC));
  all["event"] = Fd(eventfd(0, EFD_CLOEXEC));
  for (const auto& [name, fd] : all) EXPECT_TRUE(fd) << name;
  return all;
}

class AppHandler {
 public:
  explicit AppHandler(Service& service) { service.Handle(&AppHandler::Serve, this); }
  Task<Result<Outgoing<ServeReply>>> Serve(Incoming<ServeRequest> call) {
    taken += call.fds.size();
    co_return ServeReply();
  }
  std::size_t taken = 0;
};

class SandboxHandler {
 public:
  explicit SandboxHandler(Service& service) { service.Handle(&SandboxHandler::Begin, this); }
  Task<Result<Outgoing<BeginReply>>> Begin(Incoming<BeginRequest>) {
    Outgoing<BeginReply> answer{BeginReply()};
    answer.fds = std::move(fds);
    co_return answer;
  }
  std::vector<Fd> fds;
};

class ChannelDescriptors : public ChannelPair {
 protected:
  // What the server says of a client that hands over this connection: nothing, or how it misbehaved.
  std::string Hand(const Fd& fd, std::size_t& taken) {
    Fresh();
    Service service;
    AppHandler app(service);
    Connect(ROLE_DISPATCHER, ROLE_APP, &service);
    std::vector<Fd> fds;
    fds.push_back(fd.Duplicate());
    Spawn(Ask<ServeReply>(ServeRequest(), std::move(fds)));
    Turn();
    taken = app.taken;
    End();
    return server_saw_;
  }
  // What the client says of a server that answers Begin with these.
  std::string Answer(std::vector<Fd> fds) {
    Fresh();
    Service service;
    SandboxHandler sandbox(service);
    sandbox.fds = std::move(fds);
    Connect(ROLE_PROFILE, ROLE_SANDBOX, &service);
    Spawn(Ask<BeginReply>(BeginRequest(), {}));
    Turn();
    End();
    return client_saw_;
  }

 private:
  template <typename Reply, typename Request>
  Task<void> Ask(Request request, std::vector<Fd> fds) {
    auto call = client_->Call<Reply>(std::move(request), Bytes(), std::move(fds));
    const auto answered = co_await call;
    (void)answered;
  }
  void Fresh() {
    int pair[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    left_ = Fd(pair[0]);
    right_ = Fd(pair[1]);
    server_saw_.clear();
    client_saw_.clear();
  }
  void End() {
    client_.reset();
    server_.reset();
    Turn();
  }
};

TEST_F(ChannelDescriptors, OfAnotherKindThanARequestsMethodNamesAccuseTheirSender) {
  for (const auto& [name, fd] : AllKinds()) {
    std::size_t taken = 0;
    const std::string saw = Hand(fd, taken);
    if (name == "socket") {
      EXPECT_EQ(saw, "") << name;
      EXPECT_EQ(taken, 1u) << name;
    } else {
      EXPECT_EQ(saw, "descriptor 1 with App.Serve is of another kind") << name;
      EXPECT_EQ(taken, 0u) << name;
    }
  }
}

TEST_F(ChannelDescriptors, OfAnotherKindThanAReplysMethodNamesAccuseTheirSender) {
  const auto run = [](std::size_t place, const Fd& fd) {
    std::vector<Fd> fds;
    fds.push_back(SocketOf(SOCK_STREAM));
    fds.push_back(ReadEnd());
    fds.push_back(ReadEnd());
    fds[place] = fd.Duplicate();
    return fds;
  };
  for (const auto& [name, fd] : AllKinds()) {
    for (std::size_t place = 0; place < 3; ++place) {
      const std::string saw = Answer(run(place, fd));
      if (name == (place == 0 ? "socket" : "pipe")) {
        EXPECT_EQ(saw, "") << name;
      } else {
        EXPECT_EQ(saw, "descriptor " + std::to_string(place + 1) + " with Sandbox.Begin is of another kind") << name;
      }
    }
  }
}

TEST_F(ChannelDescriptors, AreAllOfTheirKindsOrNone) {
  const auto kinds = AllKinds();
  for (const auto& [name, fd] : kinds) {
    EXPECT_EQ(IsOfKind(fd.get(), DESCRIPTOR_SOCKET), name == "socket") << name;
    EXPECT_EQ(IsOfKind(fd.get(), DESCRIPTOR_PIPE), name == "pipe") << name;
    EXPECT_EQ(IsOfKind(fd.get(), DESCRIPTOR_FILE), name == "file") << name;
    EXPECT_FALSE(IsOfKind(fd.get(), DESCRIPTOR_KIND_UNSPECIFIED)) << name;
  }
  EXPECT_FALSE(IsOfKind(-1, DESCRIPTOR_SOCKET));
  EXPECT_FALSE(IsOfKind(-1, DESCRIPTOR_FILE));
}

}  // namespace
}  // namespace zoobar
