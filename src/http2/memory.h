// The memory of one nghttp2 session. It is bounded, and wiped before it is freed, because header fields contain session
// cookies. When the bound is reached an allocation fails; nghttp2 then ends the session (NGHTTP2_ERR_NOMEM).
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstddef>

namespace zoobar {

class Http2Memory {
 public:
  explicit Http2Memory(std::size_t most) : most_(most) {}
  Http2Memory(const Http2Memory&) = delete;
  Http2Memory& operator=(const Http2Memory&) = delete;

  // The functions for nghttp2_session_server_new3. This object must outlive the session.
  nghttp2_mem Functions();

  std::size_t used() const { return used_; }

 private:
  void* Allocate(std::size_t size);
  void Free(void* place);
  void* Reallocate(void* place, std::size_t size);

  const std::size_t most_;
  std::size_t used_ = 0;
};

}  // namespace zoobar
