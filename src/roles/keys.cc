#include "roles/keys.h"

namespace zoobar {
namespace {

constexpr CallGrant kCalls[] = {{Calls::kLoop, "to read calls and answer them"}};
constexpr Privileges kPrivileges = {.folders = {}, .calls = kCalls, .limits = {.open_files = 64}};

Error NotYet() { return Error{"keys has no certificate yet"}; }

}  // namespace

Keys::Keys(Site& site) : site_(site) {
  site.service().Handle(&Keys::Certificates, this);
  site.service().Handle(&Keys::Sign, this);
  site.service().Handle(&Keys::TicketKeys, this);
  site.service().Handle(&Keys::Install, this);
}

Task<Result<Outgoing<CertificatesReply>>> Keys::Certificates(Incoming<CertificatesRequest>) { co_return NotYet(); }
Task<Result<Outgoing<SignReply>>> Keys::Sign(Incoming<SignRequest>) { co_return NotYet(); }
Task<Result<Outgoing<TicketKeysReply>>> Keys::TicketKeys(Incoming<TicketKeysRequest>) { co_return NotYet(); }
Task<Result<Outgoing<InstallReply>>> Keys::Install(Incoming<InstallRequest>) { co_return NotYet(); }

const RoleSpec kKeysRole = {
    .role = ROLE_KEYS,
    .several_instances = false,
    .privileges = kPrivileges,
    .make = [](Site& site) -> std::unique_ptr<RoleBody> { return std::make_unique<Keys>(site); },
};

}  // namespace zoobar
