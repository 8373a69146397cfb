// The keys of a sealed log. All of them come from one secret, which only root can read, and each is derived from the one
// before in a way that cannot be turned back:
//
//   secret ---START, LOG---> the key of a start --+--> the key of epoch 1 --> its blocks of 4096 lines --> their lines
//                                                 +--> the key of epoch 2 ...
//
// - The master, as root, derives the key of this start, and forgets the secret.
// - For each epoch it derives one key for logger, moves its own key one step on, and forgets the step before.
// - logger moves its key on after each record, and forgets the step before.
//
// So somebody who takes logger over gets the key of the next record and of later ones in this epoch, but of none that
// was written. Somebody who takes the master over gets the keys of later epochs, but of none that was begun. Only with
// the secret can records be checked, so only with the secret can all of them be forged.
//
// Blocks make it cheap to find the key of a line whose predecessors were deleted: the way there is one step for each
// block, and at most 4096 steps within the last one.
//
// Sources: Schneier and Kelsey, "Secure Audit Logs to Support Computer Forensics" (1999); Bellare and Yee,
// "Forward-Security in Private-Key Cryptography" (2003). Each step, and each seal, is a keyed BLAKE2b (RFC 7693) whose
// personalisation says what it is for.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "audit/record.h"
#include "ipc/result.h"

namespace zoobar::audit {

inline constexpr std::size_t kKeyBytes = 32;
inline constexpr std::uint64_t kBlockLines = 4096;

// A key. Its memory is wiped when it ends.
class Key {
 public:
  Key() = default;
  // bytes: kKeyBytes of them.
  explicit Key(std::string_view bytes);
  Key(const Key&) = default;
  Key& operator=(const Key&) = default;
  ~Key();
  std::string_view bytes() const { return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}; }

 private:
  friend Key Derive(const Key& from, std::string_view purpose, std::string_view what);
  std::array<unsigned char, kKeyBytes> bytes_{};
};

// Returns the key with which the log `log` begins at this start of the site.
Key KeyOfStart(const Key& secret, std::string_view log, std::uint64_t start);

// The keys of the epochs of one start. They are handed out in order, each once.
class EpochKeys {
 public:
  explicit EpochKeys(const Key& of_start) : state_(of_start) {}
  std::uint64_t next() const { return next_; }  // the number of the epoch whose key Take returns
  Key Take();
  void Skip();  // as Take, without deriving the epoch's key

 private:
  Key state_;
  std::uint64_t next_ = 1;
};

// The keys of the lines of one epoch, from line 0.
class LineKeys {
 public:
  explicit LineKeys(const Key& of_epoch);
  std::uint64_t line() const { return line_; }
  const Key& key() const { return key_; }  // of line()
  void Advance();
  // Moves on to the line. Precondition: it is not before line(). The number of steps is StepsTo.
  void AdvanceTo(std::uint64_t line);
  std::uint64_t StepsTo(std::uint64_t line) const;

 private:
  void BeginBlock();

  Key next_block_, key_;
  std::uint64_t line_ = 0;
};

// Returns the seal of what a line covers (SealedLine::covered), with the key of the line.
Mac SealOf(const Key& key, std::string_view covered);

}  // namespace zoobar::audit
