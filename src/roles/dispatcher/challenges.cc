#include "roles/dispatcher/challenges.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include "roles/dispatcher/opened_file.h"
#include "site/challenge.h"

namespace zoobar {
namespace {

Response NoChallenge() { return Response::Text(404, "There is no such challenge.\n"); }

Response CannotTell(std::int64_t retry_after_s) {
  return Response::Busy("The challenges cannot be read at the moment.", static_cast<int>(retry_after_s));
}

}  // namespace

Challenges::Challenges(Site& site)
    : site_(site),
      queue_(site.loop(), {.slots = kAtOnce,
                           .slots_per_principal = kAtOnce / 2,
                           .slots_per_lane = kAtOnce,
                           .waiting = kWaiting,
                           .waiting_per_principal = kWaitingPerAddress}) {}

Task<Response> Challenges::Answer(std::string path, std::string principal, std::function<bool()> gone) {
  FairQueue::Ask ask;
  ask.principal = std::move(principal);
  ask.deadline = MonotonicMicros() + std::chrono::microseconds(kWaitLimit).count();
  ask.gone = std::move(gone);
  auto next_turn = queue_.Wait(std::move(ask));
  FairQueue::Turn turn = co_await next_turn;
  if (!turn.granted()) co_return CannotTell(turn.retry_after_s());
  OpenRequest request;
  request.set_path(path);
  auto opened = site_.peer(ROLE_STATIC).Call<OpenReply>(std::move(request));
  Result<Incoming<OpenReply>> reply = co_await opened;
  co_return reply.ok() ? FromReply(path, std::move(*reply)) : CannotTell(1);
}

Response Challenges::FromReply(const std::string& path, Incoming<OpenReply> reply) {
  if (reply.message.outcome() == OpenReply::OUTCOME_NOT_FOUND) return NoChallenge();
  if (reply.message.outcome() != OpenReply::OUTCOME_OPENED) return CannotTell(1);
  struct stat about{};
  const Status sent = reply.fds.size() == 1 ? CheckOpenedFile(reply.fds[0].get(), &about) : Error{"no file"};
  if (!sent.ok()) {
    site_.log().Security("static-file-refused", {{"path", path}, {"why", sent.error().text}});
    return CannotTell(1);
  }
  const auto size = static_cast<std::size_t>(about.st_size);
  if (size > kLongestChallenge) {
    return Response::Text(404, fmt::format("A challenge has at most {} bytes.\n", kLongestChallenge));
  }
  const std::optional<std::string> content = ReadOpenedFile(reply.fds[0].get(), size);
  if (!content) return CannotTell(1);
  ++served_;
  Response response = Response::Text(200, *content);
  response.policy = Policy::kFile;
  return response;
}

}  // namespace zoobar
