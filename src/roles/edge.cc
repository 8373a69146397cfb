#include "roles/edge.h"

namespace zoobar {
namespace {

constexpr CallGrant kCalls[] = {{Calls::kLoop, "to read calls and answer them"}};
constexpr Privileges kPrivileges = {.folders = {}, .calls = kCalls, .limits = {.open_files = 65536}};

}  // namespace

Edge::Edge(Site& site) : site_(site) { site.service().Handle(&Edge::CertificatesChanged, this); }

Task<Result<Outgoing<Nothing>>> Edge::CertificatesChanged(Incoming<CertificatesChangedRequest>) {
  Nothing nothing;
  co_return nothing;
}

const RoleSpec kEdgeRole = {
    .role = ROLE_EDGE,
    .several_instances = true,
    .privileges = kPrivileges,
    .make = [](Site& site) -> std::unique_ptr<RoleBody> { return std::make_unique<Edge>(site); },
};

}  // namespace zoobar
