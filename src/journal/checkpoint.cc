#include "journal/checkpoint.h"

#include <sodium.h>

#include <algorithm>
#include <charconv>

#include "ipc/try.h"
#include "text/base64.h"

namespace zoobar::journal {
namespace {

constexpr std::string_view kDash = "\u2014 ", kTime = "time ";
constexpr char kEd25519 = 1;
constexpr std::size_t kIdBytes = 4, kMostOrigin = 64;

static_assert(SigningKey::kSeedBytes == crypto_sign_SEEDBYTES);

const unsigned char* Octets(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }

std::string IdOf(const std::string& name, const std::array<unsigned char, 32>& key) {
  std::string data = name + '\n' + kEd25519;
  data.append(reinterpret_cast<const char*>(key.data()), key.size());
  return Sha256(data).text().substr(0, kIdBytes);
}

bool IsName(std::string_view name) {
  return !name.empty() && name.size() <= kMostOrigin &&
         std::ranges::all_of(name, [](char c) { return c > ' ' && c < '\x7f' && c != '+'; });
}

// Takes the next line from `text`, without its newline.
Result<std::string_view> TakeLine(std::string_view& text) {
  const std::size_t end = text.find('\n');
  if (end == text.npos) return Error{"the checkpoint is cut short"};
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

// Reads a number that is written in the one usual way: without a sign and without zeros in front.
template <typename Number>
Result<Number> ReadNumber(std::string_view text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool plain = !text.empty() && text[0] != '-' && (text[0] != '0' || text.size() == 1);
  if (!plain || error != std::errc() || end != text.data() + text.size())
    return Error{"the checkpoint has a malformed number"};
  return number;
}

std::array<unsigned char, 32> MakeKeys(const Bytes& seed, Bytes& secret) {
  if (seed.size() != crypto_sign_SEEDBYTES) Die("a signing key of {} bytes", seed.size());
  std::array<unsigned char, 32> open;
  secret.resize(crypto_sign_SECRETKEYBYTES);
  crypto_sign_seed_keypair(open.data(), reinterpret_cast<unsigned char*>(secret.data()), Octets(View(seed)));
  return open;
}

}  // namespace

std::string ToBase64(std::string_view bytes) {
  std::string text(sodium_base64_ENCODED_LEN(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), Octets(bytes), bytes.size(), sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();
  return text;
}

Result<std::string> FromBase64(std::string_view text) {
  std::string bytes(text.size(), '\0');
  const auto size = DecodeBase64(text, sodium_base64_VARIANT_ORIGINAL, nullptr, bytes.data(), bytes.size());
  if (!size) return Error{"malformed base64"};
  bytes.resize(*size);
  if (ToBase64(bytes) != text) return Error{"malformed base64"};
  return bytes;
}

PublicKey::PublicKey(std::string name, const std::array<unsigned char, 32>& bytes)
    : name_(std::move(name)), id_(IdOf(name_, bytes)), bytes_(bytes) {}

Result<PublicKey> PublicKey::Parse(std::string_view text) {
  const Error malformed{"this is no public key of a journal; its form is NAME+ID+KEY"};
  if (text.size() > kMostKey) return malformed;
  const std::size_t first = text.find('+');
  const std::size_t second = first == text.npos ? text.npos : text.find('+', first + 1);
  if (second == text.npos || !IsName(text.substr(0, first))) return malformed;
  const Result<std::string> key = FromBase64(text.substr(second + 1));
  std::array<unsigned char, 32> bytes;
  if (!key.ok() || key->size() != 1 + bytes.size() || key->front() != kEd25519) return malformed;
  std::copy(key->begin() + 1, key->end(), bytes.begin());
  PublicKey read(std::string(text.substr(0, first)), bytes);
  if (text.substr(first + 1, second - first - 1) != ToHex(read.id_)) return Error{"the id of the key does not fit it"};
  return read;
}

std::string PublicKey::Text() const {
  std::string key(1, kEd25519);
  key.append(reinterpret_cast<const char*>(bytes_.data()), bytes_.size());
  return name_ + '+' + ToHex(id_) + '+' + ToBase64(key);
}

bool PublicKey::Verify(std::string_view message, std::string_view signature) const {
  return signature.size() == crypto_sign_BYTES &&
         crypto_sign_verify_detached(Octets(signature), Octets(message), message.size(), bytes_.data()) == 0;
}

SigningKey::SigningKey(std::string name, const Bytes& seed) : open_(std::move(name), MakeKeys(seed, secret_)) {}

std::string SigningKey::Sign(std::uint64_t size, const Hash& root, std::int64_t time_s) const {
  std::string text = fmt::format("{}\n{}\n{}\n{}{}\n", open_.name(), size, ToBase64(root.view()), kTime, time_s);
  std::string signature(crypto_sign_BYTES, '\0');
  crypto_sign_detached(reinterpret_cast<unsigned char*>(signature.data()), nullptr, Octets(text), text.size(),
                       Octets(View(secret_)));
  return fmt::format("{}\n{}{} {}\n", text, kDash, open_.name(), ToBase64(open_.id() + signature));
}

Result<Checkpoint> OpenCheckpoint(std::string_view text, const PublicKey& key) {
  if (text.size() > kMostCheckpoint) return Error::Of("the checkpoint has more than {} bytes", kMostCheckpoint);
  std::string_view rest = text;
  Checkpoint checkpoint;
  TRY(const std::string_view origin, TakeLine(rest));
  TRY(const std::string_view size, TakeLine(rest));
  TRY(const std::string_view root, TakeLine(rest));
  TRY(std::string_view time, TakeLine(rest));
  const std::string_view signed_part = text.substr(0, text.size() - rest.size());
  TRY(const std::string_view empty, TakeLine(rest));
  TRY(std::string_view signature, TakeLine(rest));
  if (!empty.empty() || !rest.empty()) return Error{"the checkpoint has the wrong number of lines"};
  if (origin != key.name()) return Error{"the checkpoint is of another journal than the key"};
  const std::string head = fmt::format("{}{} ", kDash, key.name());
  if (!signature.starts_with(head)) return Error{"the checkpoint is not signed with this key"};
  TRY(const std::string id_and_signature, FromBase64(signature.substr(head.size())));
  if (!id_and_signature.starts_with(key.id())) return Error{"the checkpoint is signed with another key"};
  if (!key.Verify(signed_part, std::string_view(id_and_signature).substr(kIdBytes)))
    return Error{"the signature of the checkpoint is wrong"};

  checkpoint.origin = origin;
  TRY(checkpoint.size, ReadNumber<std::uint64_t>(size));
  TRY(const std::string hash, FromBase64(root));
  const std::optional<Hash> whole = Hash::Of(hash);
  if (!whole || !time.starts_with(kTime)) return Error{"the checkpoint is malformed"};
  checkpoint.root = *whole;
  time.remove_prefix(kTime.size());
  TRY(checkpoint.time_s, ReadNumber<std::int64_t>(time));
  return checkpoint;
}

}  // namespace zoobar::journal
