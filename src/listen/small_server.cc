#include "listen/small_server.h"

#include <fmt/format.h>

namespace zoobar {
namespace {

constexpr int kRetryAfterSeconds = 1;

Connections::Options OptionsOf() {
  Connections::Options options;
  options.limits.body_bytes = 8192;
  options.limits.head_time = Milliseconds(5000);
  options.limits.idle_time = Milliseconds(60000);
  options.numbered = true;
  return options;
}

}  // namespace

SmallServer::SmallServer(Site& site, std::string_view what)
    : what_(what),
      connections_(site.loop(), *this, OptionsOf()),
      acceptor_(site, kPlaces, kPlaces / 2, 0,
                {.on_entry =
                     [this](IpAddress peer, std::uint64_t number, Fd socket, Acceptor::Entry entry, Acceptor::Way) {
                       Client client;
                       client.peer = client.asker = peer;
                       client.number = number;
                       Welcome(client, std::move(socket), entry);
                     },
                 .give_way =
                     [this](std::uint64_t number, bool also_busy) {
                       Client client;
                       client.number = number;
                       return connections_.GiveWay(client, also_busy);
                     }}) {}

void SmallServer::Welcome(const Client& client, Fd socket, Acceptor::Entry entry) {
  if (entry == Acceptor::Entry::kWelcome) return connections_.Adopt(std::move(socket), client);
  if (connections_.size() >= 2 * kPlaces) return;  // `socket` is closed
  connections_.Refuse(
      std::move(socket), client,
      Response::Busy(fmt::format("All {} connections for {} are in use.", kPlaces, what_), kRetryAfterSeconds));
}

void SmallServer::DrainServer(std::function<void()> done) {
  if (!acceptor_.resting()) acceptor_.Shut();
  connections_.Drain(std::move(done));
}

}  // namespace zoobar
