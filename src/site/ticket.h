// Tickets. With a ticket, auth tells one role (the audience) that a member asks for one act. See docs/design.md, "Who
// acts for whom".
//
// A ticket is a serialised TicketBody and a BLAKE2b-256 MAC (RFC 7693, keyed) over exactly the bytes of the body. Only
// auth and this one audience have the key. The audience reads nothing from the body before it has checked the MAC.
//
// The digest describes the act, so that a ticket for one transfer is not valid for another. It is computed as
//   BLAKE2b-256( "zoobar act " NAME 0x00, then for each field: length u32 little-endian, the field's bytes )
// with the fields
//   OpenAccount   none (the body names the member)
//   Transfer      recipient's member id, 16 bytes; zoobars, i64 little-endian
//   SaveProfile   BLAKE2b-256 of the text, 32 bytes
//   Show          the owner's member id, 16 bytes (the ticket's member is the visitor)
//   Spend         the visitor's member id, 16 bytes; the limits per hour and per recipient, u32 little-endian each
//                 (the ticket's member is the owner, who pays)
//   Try           BLAKE2b-256 of the text, 32 bytes
//   Own           none
//   Offer         recipient's member id, 16 bytes; zoobars, i64 little-endian; days, u32 little-endian; the note
//   Settle        the offer's number, u64 little-endian; OfferEnd, u32 little-endian
//   CloseAccount  none
//   Erase         none
//
// A ticket is valid for one act, and its id is the act's id. A ticket for Spend is different: it is valid for all
// payments of one visit, and each payment has an act id of its own. This act id is computed like a digest: NAME is
// "payment", and the fields are the ticket's id and the payment's number (u32 little-endian).
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
// How long a ticket is valid: auth sets expires_ms to its current time plus this. The time is that of RoleClock::Steady, so
// a ticket that is under way stays valid when somebody sets the machine's clock.
inline constexpr std::int64_t kTicketLifetimeMs = 30'000;
// The greatest value that SpendingLimits.per_hour may have.
inline constexpr std::uint32_t kMostSpentPerHour = 1000;

// The value of TicketBody.method for each act.
inline constexpr std::string_view kOpenAccountMethod = "OpenAccount";
inline constexpr std::string_view kTransferMethod = "Transfer";
inline constexpr std::string_view kSaveProfileMethod = "Save";
inline constexpr std::string_view kVisitMethod = "Show";
inline constexpr std::string_view kSpendMethod = "Spend";
inline constexpr std::string_view kTryProgramMethod = "Try";
inline constexpr std::string_view kOwnProgramMethod = "Own";
inline constexpr std::string_view kOfferMethod = "Offer";
inline constexpr std::string_view kSettleMethod = "Settle";
inline constexpr std::string_view kCloseAccountMethod = "CloseAccount";
inline constexpr std::string_view kEraseProfileMethod = "Erase";

std::string OpenAccountDigest();
// recipient: a member id.
std::string TransferDigest(std::string_view recipient, std::int64_t zoobars);
// text_hash: TextHash of the text to be saved (Act.SaveProfile.text_hash).
std::string SaveProfileDigest(std::string_view text_hash);
std::string VisitDigest(std::string_view owner);
std::string SpendDigest(std::string_view visitor, const SpendingLimits& limits);
std::string TryProgramDigest(std::string_view text_hash);
std::string OwnProgramDigest();
// recipient: a member id.
std::string OfferDigest(std::string_view recipient, std::int64_t zoobars, std::uint32_t days, std::string_view note);
std::string SettleDigest(std::uint64_t offer, OfferEnd end);
std::string CloseAccountDigest();
std::string EraseProfileDigest();
// Returns the act id of one payment of a visit, 32 bytes. The same ticket and number always give the same id.
std::string PaymentActId(std::string_view ticket_id, std::uint32_t sequence);
// Returns the BLAKE2b-256 hash of a profile's text.
std::string TextHash(std::string_view text);

// Returns an act id, 32 bytes. The same member and submission always give the same id. If the submission is empty, the
// id is random, so each call makes a new act. sodium_init() must have been called before.
std::string ActId(std::string_view member, std::string_view submission);

// Makes a ticket. Only auth calls it. Every field of `body` must be set. Dies if the key does not have kTicketKeySize
// bytes. This cannot happen without a bug, because auth has all keys.
Ticket MakeTicket(const Bytes& key, const TicketBody& body);

// Checks a ticket. The audience calls it. Returns the body if auth wrote the ticket, the ticket has not expired, and it
// is for exactly this act. Otherwise the Error says, for the security log, which check failed, and the caller answers
// its client with TICKET_REFUSED. digest: the caller computes it from the request that it has received. now_ms:
// RoleClock::Steady(). In the result, member has 16 bytes, name 1 to 128, and id 32.
Result<TicketBody> CheckTicket(const Bytes& key, const Ticket& ticket, Role audience, std::string_view method,
                               std::string_view digest, std::int64_t now_ms);

}  // namespace zoobar
