// The entry of the access log for one answered request.
#pragma once

#include "http/connection.h"
#include "logger.pb.h"

namespace zoobar {

AccessRequest::Entry AccessEntryOf(const Served& served);

}  // namespace zoobar
