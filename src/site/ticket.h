// Tickets: auth's word to one audience that a member asks for one act. docs/design.md, "Who acts for whom".
//
// A ticket is a serialised TicketBody and a BLAKE2b-256 MAC (RFC 7693, keyed) over exactly those bytes, under the key
// that auth and this one audience share. Nothing is read from the body before the MAC is found right.
//
// The digest says what is asked, so that a ticket for one transfer is no ticket for another. It is
//   BLAKE2b-256( "zoobar act " NAME 0x00, then for each field: length u32 little-endian, the field's bytes )
// with the fields
//   OpenAccount   none (whose account it is stands in the body)
//   Transfer      recipient's member id, 16 bytes; zoobars, i64 little-endian
//   SaveProfile   BLAKE2b-256 of the text, 32 bytes
//   Show          the owner's member id, 16 bytes (the ticket's member is who looks)
//   Spend         the visitor's member id, 16 bytes; the limits per hour and per recipient, u32 little-endian each
//                 (the ticket's member is the owner, who pays)
//   Try           BLAKE2b-256 of the text, 32 bytes
//   Own           none
//
// A ticket is good for one act, whose id is the ticket's, but for Spend: it is good for the payments of one visit, each
// with an act id of its own, made like a digest: NAME "payment", fields the ticket's id and the number, u32
// little-endian.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "auth.pb.h"
#include "ipc/bytes.h"
#include "ipc/result.h"

namespace zoobar {

inline constexpr std::size_t kTicketKeySize = 32;
inline constexpr std::size_t kMemberIdSize = 16;
inline constexpr std::size_t kActIdSize = 32;   // TicketBody.id
inline constexpr std::size_t kDigestSize = 32;  // of acts and of texts
inline constexpr std::size_t kMaxMemberName = 128;
inline constexpr std::size_t kMaxTicketBody = 512;
// How long a ticket is good for: expires_ms = now + this.
inline constexpr std::int64_t kTicketLifetimeMs = 30'000;
// SpendingLimits.per_hour, at most.
inline constexpr std::uint32_t kMostSpentPerHour = 1000;

// TicketBody.method of each act.
inline constexpr std::string_view kOpenAccountMethod = "OpenAccount";
inline constexpr std::string_view kTransferMethod = "Transfer";
inline constexpr std::string_view kSaveProfileMethod = "Save";
inline constexpr std::string_view kVisitMethod = "Show";
inline constexpr std::string_view kSpendMethod = "Spend";
inline constexpr std::string_view kTryProgramMethod = "Try";
inline constexpr std::string_view kOwnProgramMethod = "Own";

std::string OpenAccountDigest();
// recipient: a member id.
std::string TransferDigest(std::string_view recipient, std::int64_t zoobars);
// text_hash: TextHash of the text to be saved (Act.SaveProfile.text_hash).
std::string SaveProfileDigest(std::string_view text_hash);
std::string VisitDigest(std::string_view owner);
std::string SpendDigest(std::string_view visitor, const SpendingLimits& limits);
std::string TryProgramDigest(std::string_view text_hash);
std::string OwnProgramDigest();
// 32 bytes naming one payment of a visit: the same each time it is asked for.
std::string PaymentActId(std::string_view ticket_id, std::uint32_t sequence);
// BLAKE2b-256 of a profile's text.
std::string TextHash(std::string_view text);

// 32 bytes naming an act. The same member and submission name the same act each time; an empty submission gives 32
// random bytes, an act of its own. Calls sodium's random source: sodium_init() has run.
std::string ActId(std::string_view member, std::string_view submission);

// auth's side. Every field of `body` is set. Dies when the key is not kTicketKeySize bytes: auth holds all keys.
Ticket MakeTicket(const Bytes& key, const TicketBody& body);

// The audience's side: what the ticket says, once it is known to be auth's, in time, and for exactly this act. The
// Error says which of these failed, for the security log; the caller answers with its refusal, TICKET_REFUSED. digest:
// of what is asked *now*, computed by the caller from its own request. now_ms: WallMillis(). On success member, name,
// id have their sizes: 16, 1 to 128, 32 bytes.
Result<TicketBody> CheckTicket(const Bytes& key, const Ticket& ticket, Role audience, std::string_view method,
                               std::string_view digest, std::int64_t now_ms);

}  // namespace zoobar
