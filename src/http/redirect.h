// Redirects from http to https.
#pragma once

#include <cstdint>

#include "http/head.h"
#include "http/response.h"

namespace zoobar {

// Makes a response with status 308, which keeps the method and the body. It leads to the same host, path and query, with
// https at this port. If the head names no host (HTTP/1.0), or a host that is neither a name of letters, digits, '-',
// '_' and '.' nor an address, the response has status 400 instead. So the response leads nowhere but to the host that
// the client has asked for.
Response RedirectToHttps(const RequestHead& head, std::uint32_t port);

}  // namespace zoobar
