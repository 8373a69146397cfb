// What the pages Transfer and Offers share. An offer is a transfer that its recipient must accept first.
#pragma once

#include <string>
#include <string_view>

#include "auth.pb.h"
#include "bank.pb.h"
#include "http/response.h"

namespace zoobar {

// Returns why there is no recipient, or an empty text if auth has found the recipient.
std::string_view WhyNoRecipient(std::string_view typed, const CheckReply::Granted& granted);

// Returns why bank has refused a transfer or an offer.
std::string WhyNotSent(const TransferReply& reply);

// Sets the status of the page, and the time after which another attempt makes sense.
void SetWhyNotSent(Response& page, const TransferReply& reply);
void SetNoRoom(Response& page);

}  // namespace zoobar
