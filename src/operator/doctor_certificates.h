// The probes of `zoobar doctor` for the certificates of the configuration.
#pragma once

#include <vector>

#include "config.pb.h"
#include "operator/doctor.h"

namespace zoobar {

// Checks what is in both files: whether they belong together, and whether clients would accept the certificate.
Finding CheckPair(const Config::Tls& tls);

// Returns one finding for each `tls` of the configuration: whether the master would open its files, and CheckPair.
// If a listener has `tls` and the configuration names no certificate, returns one finding that says so.
std::vector<Finding> CheckCertificates(const Config& config);

}  // namespace zoobar
