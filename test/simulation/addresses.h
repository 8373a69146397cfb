// The addresses of the clients that have connected and are not accepted yet.
#pragma once

#include <cstdint>

namespace zoobar::simulation {

// A client with this IPv4 address (in host order) has connected.
void Arrived(std::uint32_t address);
// The address of the client that has waited longest; 0 if there is none.
std::uint32_t NextArrival();

}  // namespace zoobar::simulation
