// All connections of one owner: the lists by kind of deadline, the sweep that checks the deadlines, and draining.
#include <algorithm>
#include <vector>

#include "http/connection.h"

namespace zoobar {
namespace {

constexpr std::size_t kScratch = 64 * 1024;
constexpr Milliseconds kSweepPeriod{250}, kDrainLinger{1000};
// While the owner drains, a client that has just connected has this long to begin its first request.
constexpr Milliseconds kFirstRequest{500};

}  // namespace

Connections::Connections(Loop& loop, HttpHandler& handler, Options options)
    : loop_(loop),
      handler_(handler),
      limits_(options.limits),
      trusted_(std::move(options.trusted)),
      detach_idle_(options.detach_idle),
      numbered_(options.numbered),
      first_bytes_(std::min(options.first_bytes, kScratch)),
      parser_(options.limits),
      turns_(loop),
      traced_(options.traced_per_second),
      scratch_(kScratch),
      sweep_(loop) {}

Connections::~Connections() {
  for (List& list : lists_) {
    while (list.first) {
      const auto connection = std::move(list.first->self_);
      connection->Leave();
    }
  }
}

void Connections::Add(Fd socket, Client client, const std::function<void(HttpConnection&)>& begin) {
  const auto connection = std::make_shared<HttpConnection>(*this, std::move(socket), client);
  connection->self_ = connection;
  if (count_++ == 0) SweepSometimes();
  if (numbered_ && client.number != 0) by_number_[KeyOf(client)] = connection.get();
  begin(*connection);
}

void Connections::Adopt(Fd socket, Client client, Bytes unread) {
  Add(std::move(socket), client, [&](HttpConnection& connection) {
    if (draining_ && unread.empty() && client.requests > 0) return connection.Close();
    connection.Start(View(unread));
  });
}

void Connections::Refuse(Fd socket, Client client, Response response) {
  response.close = true;
  Add(std::move(socket), client, [&](HttpConnection& connection) {
    connection.Start({});
    connection.linger_after_ = true;
    connection.from_.address = connection.client_.peer;
    connection.id_ = client.request.none() ? RequestId::New() : client.request;
    connection.began_micros_ = MonotonicMicros();
    connection.Compose(response);
    connection.Answered(response.status, response.body.size(), {});
  });
}

HttpConnection* Connections::Find(const Client& client) const {
  const auto found = by_number_.find(KeyOf(client));
  return found == by_number_.end() ? nullptr : found->second;
}

bool Connections::GiveWay(const Client& client, bool also_writing) {
  HttpConnection* const connection = Find(client);
  if (!connection) return false;
  const int wait = connection->wait_;
  if (wait == kAnswering || (wait == kWriting && !also_writing)) return false;
  connection->Close();
  return true;
}

void Connections::EndSoon(const Client& client, Milliseconds time) {
  if (GiveWay(client, false)) return;
  HttpConnection* const connection = Find(client);
  if (connection && !connection->orphan_) {
    connection->BecomeOrphan(Now() + static_cast<std::uint64_t>(time.count()));
  }
}

void Connections::Orphan(const std::function<bool(const Client&)>& is_one, Milliseconds time) {
  std::vector<std::shared_ptr<HttpConnection>> found;  // collected first, because closing changes the lists
  for (const List& list : lists_) {
    for (HttpConnection* each = list.first; each; each = each->next_) {
      if (!each->orphan_ && is_one(each->client())) found.push_back(each->self_);
    }
  }
  const std::uint64_t due = Now() + static_cast<std::uint64_t>(time.count());
  for (const auto& connection : found) connection->BecomeOrphan(due);
}

bool Connections::CloseOldestOrphan() {
  if (orphans_.empty()) return false;
  orphans_.front().connection->Close();
  return true;
}

void Connections::Drain(std::function<void()> done) {
  draining_ = true;
  drained_ = std::move(done);
  const bool detach = detach_idle_.count() > 0;
  std::vector<std::shared_ptr<HttpConnection>> ending;  // collected first, because closing changes the list
  for (const HttpConnection* idle = lists_[kIdle].first; idle; idle = idle->next_) {
    if (detach || (idle->client_.requests > 0 && !idle->HasUnread())) ending.push_back(idle->self_);
  }
  for (const auto& idle : ending) detach ? idle->Detach({}, Departure::kIdle) : idle->Close();
  if (count_ == 0 && drained_) loop_.AtEndOfTurn(std::exchange(drained_, nullptr));
}

void Connections::SetLimits(const HttpLimits& limits, TrustedProxies trusted) {
  limits_ = limits;
  trusted_ = std::move(trusted);
  parser_ = HeadParser(limits);
}

Milliseconds Connections::TimeFor(Wait wait) const {
  switch (wait) {
    case kIdle:
      if (detach_idle_.count() > 0) return detach_idle_;
      return draining_ ? std::min(limits_.idle_time, kFirstRequest) : limits_.idle_time;
    case kHead:
      return limits_.head_time;
    case kBody:
      return limits_.body_time;
    case kWriting:
      return limits_.write_time;
    case kLingering:
      return draining_ ? std::min(limits_.linger_time, kDrainLinger) : limits_.linger_time;
    default:
      return Milliseconds::max();
  }
}

void Connections::Sweep(std::uint64_t now) {
  for (const Wait wait : {kIdle, kHead, kBody, kWriting, kLingering}) {
    const auto time = static_cast<std::uint64_t>(TimeFor(wait).count());
    HttpConnection* oldest;
    while ((oldest = lists_[wait].first) && now >= oldest->since_ + time) oldest->Expire(now);
  }
  while (!orphans_.empty() && now >= orphans_.front().due) CloseOldestOrphan();
}

void Connections::SweepSometimes() {
  sweep_.StartEvery(kSweepPeriod, [this] { Sweep(Now()); });
}

void Connections::WaitFor(HttpConnection* connection, Wait wait) {
  Unlink(connection);
  List& list = lists_[wait];
  connection->wait_ = wait;
  connection->since_ = Now();
  connection->previous_ = list.last;
  connection->next_ = nullptr;
  (list.last ? list.last->next_ : list.first) = connection;
  list.last = connection;
  ++list.count;
}

void Connections::Unlink(HttpConnection* connection) {
  if (connection->wait_ < 0) return;
  List& list = lists_[connection->wait_];
  (connection->previous_ ? connection->previous_->next_ : list.first) = connection->next_;
  (connection->next_ ? connection->next_->previous_ : list.last) = connection->previous_;
  connection->wait_ = -1;
  --list.count;
}

void Connections::Gone(const Client& client) {
  if (numbered_) by_number_.erase(KeyOf(client));
  if (--count_ > 0) return;
  sweep_.Stop();
  if (drained_) loop_.AtEndOfTurn(std::exchange(drained_, nullptr));
}

}  // namespace zoobar
