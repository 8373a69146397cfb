#include "journal/entry.h"

#include <sodium.h>

#include <algorithm>

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
  data = "zoobar entry 1\n";
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
