#include "site/ticket.h"

#include <sodium.h>

#include <initializer_list>

#include "ipc/channel.h"
#include "ipc/try.h"

namespace zoobar {
namespace {

static_assert(kDigestSize == crypto_generichash_BYTES && kTicketKeySize == crypto_generichash_KEYBYTES);

const unsigned char* Data(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }

// Returns the lowest `count` bytes of an integer, little-endian.
std::string LittleEndian(std::uint64_t value, int count) {
  std::string bytes;
  for (int i = 0; i < count; ++i) bytes.push_back(static_cast<char>(value >> (8 * i)));
  return bytes;
}

std::string Hash(std::string_view name, std::initializer_list<std::string_view> fields) {
  crypto_generichash_state state;
  crypto_generichash_init(&state, nullptr, 0, kDigestSize);
  auto add = [&state](std::string_view bytes) { crypto_generichash_update(&state, Data(bytes), bytes.size()); };
  add("zoobar act ");
  add(name);
  add(std::string_view("\0", 1));
  for (std::string_view field : fields) {
    add(LittleEndian(field.size(), 4));
    add(field);
  }
  std::string digest(kDigestSize, '\0');
  crypto_generichash_final(&state, reinterpret_cast<unsigned char*>(digest.data()), digest.size());
  return digest;
}

std::string Mac(const Bytes& key, std::string_view body) {
  std::string mac(kDigestSize, '\0');
  crypto_generichash(reinterpret_cast<unsigned char*>(mac.data()), mac.size(), Data(body), body.size(), Data(View(key)),
                     key.size());
  return mac;
}

bool SameBytes(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

// Checks whether auth could have written this body for this act now. The caller has checked the MAC before.
Status CheckBody(const TicketBody& body, Role audience, std::string_view method, std::string_view digest,
                 std::int64_t now_ms) {
  if (body.member().size() != kMemberIdSize || body.id().size() != kActIdSize || body.name().empty() ||
      body.name().size() > kMaxMemberName) {
    return Error{"ticket: a field has the wrong size"};
  }
  if (body.audience() != audience) return Error{"ticket: for another audience"};
  if (body.method() != method) return Error::Of("ticket: for {}, not {}", body.method(), method);
  if (!SameBytes(body.digest(), digest)) return Error{"ticket: for another request than this one"};
  if (body.expires_ms() <= now_ms) return Error::Of("ticket: expired {} ms ago", now_ms - body.expires_ms());
  // Refuses a ticket that expires too late: somebody else has auth's key.
  if (body.expires_ms() > now_ms + kTicketLifetimeMs) return Error{"ticket: expires too far in the future"};
  return {};
}

}  // namespace

std::string OpenAccountDigest() { return Hash(kOpenAccountMethod, {}); }

std::string TransferDigest(std::string_view recipient, std::int64_t zoobars) {
  return Hash(kTransferMethod, {recipient, LittleEndian(static_cast<std::uint64_t>(zoobars), 8)});
}

std::string SaveProfileDigest(std::string_view text_hash) { return Hash("SaveProfile", {text_hash}); }

std::string VisitDigest(std::string_view owner) { return Hash(kVisitMethod, {owner}); }

std::string SpendDigest(std::string_view visitor, const SpendingLimits& limits) {
  return Hash(kSpendMethod, {visitor, LittleEndian(limits.per_hour(), 4), LittleEndian(limits.per_recipient(), 4)});
}

std::string TryProgramDigest(std::string_view text_hash) { return Hash(kTryProgramMethod, {text_hash}); }

std::string OwnProgramDigest() { return Hash(kOwnProgramMethod, {}); }

std::string OfferDigest(std::string_view recipient, std::int64_t zoobars, std::uint32_t days, std::string_view note) {
  return Hash(kOfferMethod,
              {recipient, LittleEndian(static_cast<std::uint64_t>(zoobars), 8), LittleEndian(days, 4), note});
}

std::string SettleDigest(std::uint64_t offer, OfferEnd end) {
  return Hash(kSettleMethod, {LittleEndian(offer, 8), LittleEndian(static_cast<std::uint64_t>(end), 4)});
}

std::string CloseAccountDigest() { return Hash(kCloseAccountMethod, {}); }

std::string EraseProfileDigest() { return Hash(kEraseProfileMethod, {}); }

std::string PaymentActId(std::string_view ticket_id, std::uint32_t sequence) {
  return Hash("payment", {ticket_id, LittleEndian(sequence, 4)});
}

std::string TextHash(std::string_view text) {
  std::string hash(kDigestSize, '\0');
  crypto_generichash(reinterpret_cast<unsigned char*>(hash.data()), hash.size(), Data(text), text.size(), nullptr, 0);
  return hash;
}

std::string ActId(std::string_view member, std::string_view submission) {
  if (!submission.empty()) return Hash("id", {member, submission});
  std::string id(kActIdSize, '\0');
  randombytes_buf(id.data(), id.size());
  return id;
}

Ticket MakeTicket(const Bytes& key, const TicketBody& body) {
  if (key.size() != kTicketKeySize) Die("ticket: no key for {}", RoleName(body.audience()));
  Ticket ticket;
  body.SerializeToString(ticket.mutable_body());
  ticket.set_mac(Mac(key, ticket.body()));
  return ticket;
}

Result<TicketBody> CheckTicket(const Bytes& key, const Ticket& ticket, Role audience, std::string_view method,
                               std::string_view digest, std::int64_t now_ms) {
  if (key.size() != kTicketKeySize) return Error{"ticket: this role has no key to check it with"};
  if (ticket.body().size() > kMaxTicketBody) return Error{"ticket: too large"};
  if (!SameBytes(ticket.mac(), Mac(key, ticket.body()))) return Error{"ticket: not auth's (wrong MAC)"};
  TicketBody body;
  if (!body.ParseFromString(ticket.body())) return Error{"ticket: malformed"};
  TRY_STATUS(CheckBody(body, audience, method, digest, now_ms));
  return body;
}

}  // namespace zoobar
