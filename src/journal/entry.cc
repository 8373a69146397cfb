#include "journal/entry.h"

#include <sodium.h>

#include <algorithm>
#include <limits>

namespace zoobar::journal {
namespace {

template <typename Number>
void AppendNumber(std::string& to, Number number) {
  for (std::size_t i = sizeof(Number); i-- > 0;) to.push_back(static_cast<char>(number >> (8 * i)));
}

void AppendText(std::string& to, std::string_view text) {
  AppendNumber(to, static_cast<std::uint16_t>(text.size()));
  to.append(text);
}

}  // namespace

std::int64_t ChangeOf(std::uint32_t kind, bool receives, std::int64_t zoobars) {
  // An entry that is damaged, or that somebody else has made, can have the one number that has no opposite.
  const std::int64_t less = zoobars == std::numeric_limits<std::int64_t>::min() ? zoobars : -zoobars;
  switch (kind) {
    case kKindMint:
    case kKindTransfer:
    case kKindCorrection:
      return receives ? zoobars : less;
    case kKindOffer:
      return receives ? 0 : less;
    case kKindAccepted:
      return receives ? zoobars : 0;
    case kKindReturned:
      return receives ? 0 : zoobars;
    default:
      return 0;
  }
}

bool MovesBetweenMembers(std::uint32_t kind) { return kind != kKindMint && ChangeOf(kind, true, 1) != 0; }

bool NoteFits(std::uint32_t kind, std::string_view note) {
  switch (kind) {
    case kKindCorrection:
      return !note.empty() && note.size() <= kMostNote;
    case kKindOffer:
      return note.size() <= kMostNote;
    case kKindReturned:
      return note == "declined" || note == "withdrawn" || note == "expired" || note == "closed";
    default:
      return note.empty();
  }
}

Hash Side::hash() const {
  std::string data;
  data.reserve(64);
  data = "zoobar side 1\n";
  data.append(salt.view());
  AppendNumber(data, ordinal);
  AppendNumber(data, static_cast<std::uint64_t>(after));
  return StoredHash(data);
}

Hash StoredHash(std::string_view stored) {
  Hash hash;
  crypto_generichash(hash.bytes.data(), hash.bytes.size(), reinterpret_cast<const unsigned char*>(stored.data()),
                     stored.size(), nullptr, 0);
  return hash;
}

Hash LeafOf(const Entry& entry) {
  std::string data;
  data.reserve(256);
  data = entry.kind <= kKindTransfer ? "zoobar entry 1\n" : "zoobar entry 2\n";
  AppendNumber(data, entry.number);
  AppendNumber(data, entry.kind);
  AppendNumber(data, static_cast<std::uint64_t>(entry.time_ms));
  AppendNumber(data, static_cast<std::uint64_t>(entry.zoobars));
  data.push_back(entry.by_program ? '\1' : '\0');
  AppendText(data, entry.sender);
  AppendText(data, entry.sender_name);
  AppendText(data, entry.recipient);
  AppendText(data, entry.recipient_name);
  data.append(entry.sender_side.view());
  data.append(entry.recipient_side.view());
  data.append(entry.stored.view());
  if (entry.kind > kKindTransfer) {
    AppendNumber(data, entry.about);
    AppendNumber(data, static_cast<std::uint64_t>(entry.expires_ms));
    AppendText(data, entry.note);
  }
  return LeafHash(data);
}

Salts SaltsOf(std::string_view act) {
  std::string data = "zoobar salts 1\n";
  data.append(act);
  std::array<unsigned char, 2 * kHashBytes> both;
  crypto_generichash(both.data(), both.size(), reinterpret_cast<const unsigned char*>(data.data()), data.size(),
                     nullptr, 0);
  Salts salts;
  std::copy_n(both.begin(), kHashBytes, salts.sender.bytes.begin());
  std::copy_n(both.begin() + kHashBytes, kHashBytes, salts.recipient.bytes.begin());
  return salts;
}

}  // namespace zoobar::journal
