#include "roles/echo.h"

namespace zoobar {
namespace {

constexpr CallGrant kCalls[] = {{Calls::kLoop, "to read calls and answer them"}};
constexpr Privileges kPrivileges = {.folders = {}, .calls = kCalls, .limits = {.open_files = 16}};

constexpr std::size_t kMaxText = 64 * 1024;

}  // namespace

Echo::Echo(Site& site) { site.service().Handle(&Echo::Say, this); }

Task<Result<Outgoing<SayReply>>> Echo::Say(Incoming<SayRequest> call) {
  if (call.message.text().size() > kMaxText) co_return Error::Of("text over {} bytes", kMaxText);
  SayReply reply;
  reply.set_text(std::move(*call.message.mutable_text()));
  co_return reply;
}

const RoleSpec kEchoRole = {
    .role = ROLE_ECHO,
    .several_instances = false,
    .privileges = kPrivileges,
    .make = [](Site& site) -> std::unique_ptr<RoleBody> { return std::make_unique<Echo>(site); },
};

}  // namespace zoobar
