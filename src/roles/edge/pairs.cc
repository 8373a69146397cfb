#include "roles/edge/pairs.h"

#include <sys/socket.h>

#include <algorithm>

#include "dispatcher.pb.h"
#include "ipc/try.h"

namespace zoobar {

Pairs::Pairs(Site& site, std::size_t max_in_flight, std::size_t max_waiting)
    : site_(site),
      queue_(site.loop(), {.slots = std::min(max_in_flight, Channel::kMaxInFlight / 2),
                           .slots_per_principal = max_in_flight - max_in_flight / 4,
                           .slots_per_lane = max_in_flight,
                           .waiting = max_waiting,
                           .waiting_per_principal = max_waiting}) {}

Task<Result<Fd>> Pairs::Open(IpAddress client, Bytes first, std::function<bool()> gone) {
  FairQueue::Ask ask;
  ask.principal = AddressPrincipal(client.Text());
  ask.deadline = MonotonicMicros() + std::chrono::microseconds(kWaitLimit).count();
  ask.gone = std::move(gone);
  auto waiting = queue_.Wait(std::move(ask));
  const FairQueue::Turn turn = co_await waiting;
  if (!turn.granted()) co_return Error{"no turn at the dispatcher"};
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0)
    co_return Error::FromErrno("socketpair");
  Fd ours(ends[0]);
  std::vector<Fd> sent;
  sent.emplace_back(ends[1]);
  if (!first.empty() &&
      send(ours.get(), first.data(), first.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(first.size()))
    co_return Error{"the first bytes do not fit into a socket pair"};
  AcceptRequest request;
  request.set_address(client.Text());
  CO_TRY(const Incoming<AcceptReply> accepted,
         site_.peer(ROLE_DISPATCHER).Call<AcceptReply>(std::move(request), {}, std::move(sent)));
  co_return ours;
}

}  // namespace zoobar
