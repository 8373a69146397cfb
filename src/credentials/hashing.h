// argon2id (RFC 9106) in a work area that is kept from one hash to the next.
//
// A fresh work area costs a page fault per 4 KiB, on virtual machines as much time again as the hashing itself; kept
// and already faulted in, it costs nothing. libargon2 wipes it at the end of each hash.
#pragma once

#include <cstddef>
#include <string_view>

#include "credentials/phc.h"
#include "ipc/bytes.h"
#include "ipc/result.h"

namespace zoobar {

// One thread at a time.
class Hasher {
 public:
  Hasher() = default;
  ~Hasher();
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;

  // Keeps an area that fits these parameters, every page of it present, and left out of core dumps. Hashes that need
  // more still work: they map their own for the time they take. An error leaves the area kept before.
  Status Keep(const Argon2Parameters& parameters);

  // The tag of `password` (normalised already) under these parameters and salt: kTagBytes. All lanes are computed on
  // the calling thread. The work area is wiped afterwards; the stack is not (the caller knows how deep it goes).
  Result<Bytes> Tag(std::string_view password, const Argon2Parameters& parameters, std::string_view salt);

 private:
  void Release();

  unsigned char* area_ = nullptr;
  std::size_t size_ = 0;
};

// Equal, in a time that depends on the sizes alone.
bool SameTag(std::string_view a, std::string_view b);

}  // namespace zoobar
