// What a certificate must meet so that it may be installed in a running site, besides what ReadChain and CheckKeyOf
// check. A certificate of the configuration need not: the site starts with it, and the log says what is wrong.
#pragma once

#include <cstdint>

#include "ipc/result.h"
#include "keys.pb.h"

namespace zoobar {

// Returns an Error, for the operator, if the certificate has ended or is not valid yet, or if a certificate of the chain
// is not signed by the one after it. Only the first certificate's dates count: chains may hold older ones on purpose, for
// old clients. now: seconds since 1970.
Status CheckInstallable(const Certificate& certificate, std::int64_t now);

}  // namespace zoobar
