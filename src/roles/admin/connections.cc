#include "roles/admin/connections.h"

#include <sys/socket.h>

#include <cerrno>

namespace zoobar {
namespace {

constexpr int kAcceptsPerTurn = 16;
constexpr Milliseconds kPause{1000};    // how long to accept nothing after accept failed, e.g. for lack of descriptors
constexpr Milliseconds kLastWord{200};  // time for the refusal to reach the client before the connection is closed

constexpr uid_t kOverflowUid = 65534;  // user_namespaces(7): the kernel's default, which roles cannot read

uid_t PeerUid(const Fd& socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return static_cast<uid_t>(-1);
  return peer.uid;
}

}  // namespace

ControlConnections::ControlConnections(Site& site, std::function<void(Caller)> ended, Milliseconds patience)
    : site_(site), ended_(std::move(ended)), patience_(patience), pause_(site.loop()) {}

void ControlConnections::Open(Fd listener) {
  listener_ = std::move(listener);
  watch_ = std::make_unique<Watch>(site_.loop(), listener_.get(), [this](int) { Accept(); });
  watch_->Set(UV_READABLE);
}

void ControlConnections::Close() {
  pause_.Stop();
  watch_.reset();
  listener_.Close();
}

void ControlConnections::Accept() {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    Fd socket(accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket) {
      Add(std::move(socket));
      continue;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) return;
    if (errno == EINTR || errno == ECONNABORTED) continue;
    site_.log().Failure("control-accept", {{"why", Error::FromErrno("accept").text}});
    watch_->Set(0);
    return pause_.Start(kPause, [this] { watch_->Set(UV_READABLE); });
  }
}

void ControlConnections::Add(Fd socket) {
  const uid_t uid = PeerUid(socket);
  if (connections_.size() >= kMaxConnections) {
    site_.log().Security("control-full", {{"uid", std::to_string(uid)}});
    return;  // the destructor of `socket` closes the connection
  }
  const std::uint32_t number = ++last_;
  Channel::Events events;
  events.on_error = [this, number](const std::string& what) {
    site_.log().Info("control-call-failed", {{"uid", UidOf({ROLE_OPERATOR, number})}, {"why", what}});
  };
  events.on_misbehaviour = [this, number](const std::string& how) { Drop(number, "control-misbehaved", how); };
  events.on_closed = [this, number] { End(number); };
  Connection& connection = connections_[number];
  connection.uid = uid;
  connection.patience = std::make_unique<Timer>(site_.loop());
  connection.patience->Start(patience_, [this, number] { Drop(number, "control-idle", "never authenticated"); });
  connection.channel = std::make_unique<Channel>(site_.loop(), std::move(socket), ROLE_ADMIN,
                                                 Caller{ROLE_OPERATOR, number}, &site_.service(), std::move(events));
}

void ControlConnections::Drop(std::uint32_t number, std::string_view event, std::string_view why) {
  const auto found = connections_.find(number);
  if (found == connections_.end()) return;
  site_.log().Security(event, {{"uid", std::to_string(found->second.uid)}, {"why", why}});
  End(number);
}

void ControlConnections::End(std::uint32_t number) {
  if (connections_.erase(number) != 0) ended_({ROLE_OPERATOR, number});
}

bool ControlConnections::BeginAuthentication(Caller caller) {
  const auto found = connections_.find(caller.instance);
  if (found == connections_.end()) return false;
  if (found->second.stage != Stage::kNew) {
    Drop(caller.instance, "control-misbehaved", "authenticated twice");
    return false;
  }
  found->second.stage = Stage::kChecking;
  found->second.patience.reset();
  return true;
}

bool ControlConnections::Admit(Caller caller, uid_t uid) {
  const auto found = connections_.find(caller.instance);
  if (found == connections_.end()) return false;
  found->second.stage = Stage::kAdmitted;
  found->second.said = uid;
  return true;
}

void ControlConnections::Refuse(Caller caller) {
  const auto found = connections_.find(caller.instance);
  if (found == connections_.end()) return;
  found->second.stage = Stage::kRefused;
  found->second.patience = std::make_unique<Timer>(site_.loop());
  found->second.patience->Start(kLastWord, [this, caller] { End(caller.instance); });
}

bool ControlConnections::Admitted(Caller caller, std::string_view method) {
  const auto found = connections_.find(caller.instance);
  if (found == connections_.end()) return false;
  if (found->second.stage == Stage::kAdmitted) return true;
  Drop(caller.instance, "control-misbehaved", std::string(method) + " without authentication");
  return false;
}

std::string ControlConnections::UidOf(Caller caller) const {
  const auto found = connections_.find(caller.instance);
  if (found == connections_.end()) return "?";
  const Connection& connection = found->second;
  const bool hidden = connection.uid == kOverflowUid && connection.stage == Stage::kAdmitted;
  return hidden ? fmt::format("{}, as ctl says", connection.said) : std::to_string(connection.uid);
}

}  // namespace zoobar
