#include "http/access_entry.h"

namespace zoobar {

AccessRequest::Entry AccessEntryOf(const Served& served) {
  AccessRequest::Entry entry;
  entry.set_address(served.address.Text());
  entry.set_method(served.method.data(), served.method.size());
  entry.set_path(served.path.data(), served.path.size());
  entry.set_status(static_cast<std::uint32_t>(served.status));
  entry.set_bytes(served.bytes);
  entry.set_micros(served.micros);
  entry.set_member(served.member.data(), served.member.size());
  if (!served.request.none()) entry.set_request(std::string(served.request.view()));
  if (served.request.traced) entry.set_began(static_cast<std::uint64_t>(WallMicros() - served.micros));
  return entry;
}

}  // namespace zoobar
