// Limits of offers (docs/offers.md) that bank enforces and the page shows.
#pragma once

#include <cstdint>

namespace zoobar {

inline constexpr std::uint32_t kMostOfferDays = 30;  // how long an offer can be open

}  // namespace zoobar
