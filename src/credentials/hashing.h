// argon2id (RFC 9106) in a work area that is kept from one hash to the next.
//
// A new work area costs a page fault for each 4 KiB. On virtual machines this takes as long as the hash itself. An area
// that is kept, with its pages present, costs nothing. libargon2 wipes it at the end of each hash.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "credentials/phc.h"
#include "ipc/bytes.h"
#include "ipc/result.h"

namespace zoobar {

// For one thread at a time.
class Hasher {
 public:
  Hasher() = default;
  ~Hasher();
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;

  // Keeps an area that fits these parameters, with every page present, and left out of core dumps. A hash that needs
  // more still works: it maps an area of its own while it is computed. After an error the former area is still kept.
  Status Keep(const Argon2Parameters& parameters);

  // The tag of `password` (normalised already) under these parameters and this salt: kTagBytes. All lanes are computed
  // on the calling thread. The work area is wiped afterwards. The stack is not: the caller knows how deep it goes.
  Result<Bytes> Tag(std::string_view password, const Argon2Parameters& parameters, std::string_view salt);

 private:
  void Release();

  unsigned char* area_ = nullptr;
  std::size_t size_ = 0;
};

// A random secret of the site's own (not a member's password) as a PHC string with its tag, under a new salt and the
// default parameters.
Result<std::string> HashSecret(std::string_view secret);

// Whether the two are equal. The time depends on the sizes only.
bool SameTag(std::string_view a, std::string_view b);

}  // namespace zoobar
