// Makes a certificate that signs itself, for a site that has none from an authority yet. Browsers warn of it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ipc/bytes.h"
#include "ipc/result.h"

namespace zoobar {

// A certificate with its private key, as files have them.
struct CertificateFiles {
  std::string chain;  // PEM, the server's own certificate first
  Bytes key;          // PEM; wiped when it is freed
};

struct SelfSignedOptions {
  std::vector<std::string> names;      // DNS names; "*.example.org" stands for every name directly below
  std::vector<std::string> addresses;  // IPv4 and IPv6 addresses
  std::uint32_t days = 365;            // how long it is valid, from now on
};

inline constexpr std::uint32_t kMostDays = 3650;
inline constexpr std::size_t kMostNames = 100;

// Makes a P-256 key, and a certificate for it with all these names. Returns an Error that names the limit or the text if
// there are no names, too many, one that is no DNS name or no address, or if `days` is not 1 to kMostDays.
Result<CertificateFiles> MakeSelfSigned(const SelfSignedOptions& options);

}  // namespace zoobar
