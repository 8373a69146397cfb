// Computes argon2id hashes (RFC 9106). The work area (the memory that argon2id needs) is kept from one hash to the
// next.
//
// A new work area costs a page fault for each 4 KiB. On virtual machines these page faults take as long as the hash
// itself. An area that is kept causes no page faults. libargon2 wipes the area at the end of each hash.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "credentials/phc.h"
#include "ipc/bytes.h"
#include "ipc/result.h"

namespace zoobar {

// To be used by one thread at a time.
class Hasher {
 public:
  Hasher() = default;
  ~Hasher();
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;

  // Allocates a work area for these parameters and keeps it. All its pages are in memory, and core dumps do not contain
  // it. A hash that needs a larger area still works, because Tag maps another area while it computes that hash. If Keep
  // returns an Error, the former area is still kept.
  Status Keep(const Argon2Parameters& parameters);

  // Computes the tag (the hash value, kTagBytes long) of `password` with these parameters and this salt. The password
  // must be normalised. All lanes are computed on the calling thread. The work area is wiped afterwards. The caller
  // must wipe the stack, because the caller knows how much of it was used.
  Result<Bytes> Tag(std::string_view password, const Argon2Parameters& parameters, std::string_view salt);

 private:
  void Release();

  unsigned char* area_ = nullptr;
  std::size_t size_ = 0;
};

// Hashes a random secret of the site itself, not a member's password. Returns a PHC string with the tag. Uses a new
// salt and the default parameters.
Result<std::string> HashSecret(std::string_view secret);

// Whether the two tags are equal. The time of the comparison depends on their sizes only.
bool SameTag(std::string_view a, std::string_view b);

}  // namespace zoobar
