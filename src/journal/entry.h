// The leaf of the journal's tree for one entry. It binds everything that the bank has stored of the entry, and shows
// each member only what concerns this member.
//
// The data of a leaf are these fields, one after the other. Numbers are big-endian.
//
//   "zoobar entry 1\n"
//   u64  the entry's number, from 1. The leaf's index in the tree is this number minus 1
//   u32  kind (StoredEntry.Kind): 1 the bank opened the recipient's account, 2 a transfer, 3 a correction, 4 an offer,
//        5 an offer was accepted, 6 the zoobars of an offer were returned
//   u64  time, milliseconds since 1970
//   u64  zoobars
//   u8   1: the sender's program paid; else 0
//   u16  length of the sender's member id, then the id; both are empty if there is no sender
//   u16  length of the sender's name, then the name
//   u16, u16  the same for the recipient
//   32   the sender's side; 32 zero bytes if there is no sender
//   32   the recipient's side
//   32   BLAKE2b-256 of the exact bytes that the bank has stored
//
// The kinds from 3 on begin with "zoobar entry 2\n", and have after these fields:
//
//   u64  the number of the entry that this one corrects, or of the offer that it ends; else 0
//   u64  of an offer: until when it can be accepted, milliseconds since 1970; else 0
//   u16  length of the note, then the note
//
// A side is BLAKE2b-256 of: "zoobar side 1\n", the salt (32 bytes), u64 which of this member's entries it is, counted from
// 1, and u64 the member's balance after it. The salts are the halves of BLAKE2b-512 of "zoobar salts 1\n" and the act's
// id: first the sender's, then the recipient's. (BLAKE2b is that of RFC 7693 without a key. It takes a third of the time
// of SHA-256, and bank does all this for each transfer.) The act's id has 256 random bits, and nobody gets it with a
// statement. So somebody who knows one side of an entry cannot find the other member's balance by trying.
//
// Entries that were written before the journal had a tree have no count of the member's entries and no names. They have
// 0 and empty texts in these places. Stored entries never change, and these forms never change either: a field that the
// bank stores in addition is bound by the hash of the stored bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "journal/tree.h"

namespace zoobar::journal {

inline constexpr std::uint32_t kKindMint = 1, kKindTransfer = 2, kKindCorrection = 3, kKindOffer = 4, kKindAccepted = 5,
                               kKindReturned = 6;
inline constexpr std::size_t kMostNote = 200;  // bytes

// By how much an entry of this kind changes the balance of its recipient (`receives`) or of its sender. An unknown kind
// changes nothing.
std::int64_t ChangeOf(std::uint32_t kind, bool receives, std::int64_t zoobars);

// Whether entries of this kind move zoobars from one member to another one.
bool MovesBetweenMembers(std::uint32_t kind);
// Whether an entry of this kind can have this note.
bool NoteFits(std::uint32_t kind, std::string_view note);

struct Side {
  Hash salt;
  std::uint64_t ordinal = 0;  // which of the member's entries it is; 0: it was not counted
  std::int64_t after = 0;     // the member's balance after the entry
  Hash hash() const;
};

struct Entry {
  std::uint64_t number = 0;
  std::uint32_t kind = 0;
  std::int64_t time_ms = 0, zoobars = 0;
  bool by_program = false;
  std::string sender, sender_name, recipient, recipient_name;  // ids have 16 bytes, names at most 128
  Hash sender_side, recipient_side;
  Hash stored;
  // Of the kinds from 3 on.
  std::uint64_t about = 0;
  std::int64_t expires_ms = 0;
  std::string note;
};

Hash LeafOf(const Entry& entry);

struct Salts {
  Hash sender, recipient;
};
Salts SaltsOf(std::string_view act);
// BLAKE2b-256, for Entry::stored.
Hash StoredHash(std::string_view stored);

}  // namespace zoobar::journal
