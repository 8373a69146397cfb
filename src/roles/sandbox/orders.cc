#include "roles/sandbox/orders.h"

#include <sys/socket.h>

#include <span>
#include <utility>

#include "ipc/descriptors.h"
#include "ipc/result.h"

namespace zoobar {

Orders::Orders(Loop& loop, Fd socket, std::function<void()> fresh)
    : loop_(loop), socket_(std::move(socket)), fresh_(std::move(fresh)), patience_(loop) {
  watch_ = std::make_unique<Watch>(loop_, socket_.get(), [this](int) { Read(); });
  watch_->Set(UV_READABLE);
  Await();
}

bool Orders::Give(const Order& order, const std::vector<int>& fds, std::function<void(std::int32_t)> answered) {
  const std::span<const char> bytes(reinterpret_cast<const char*>(&order), sizeof order);
  if (SendWithDescriptors(socket_.get(), bytes, fds, MSG_DONTWAIT) != sizeof order) return false;
  open_.push_back(std::move(answered));
  Await();
  return true;
}

void Orders::Renew() {
  if (!std::exchange(ready_, false)) return;
  Order order{};
  order.kind = Order::Kind::kRenew;
  const std::span<const char> bytes(reinterpret_cast<const char*>(&order), sizeof order);
  if (SendWithDescriptors(socket_.get(), bytes, {}, MSG_DONTWAIT) != sizeof order)
    Die("sandbox: an order could not be sent to the interpreter");
  Await();
}

void Orders::Await() {
  patience_.Stop();
  if (ready_ && open_.empty()) return;
  patience_.Start(ready_ ? kPatience : kPatienceWithNew, [] { Die("sandbox: the interpreter does not answer"); });
}

void Orders::Read() {
  for (;;) {
    Answer answer;
    const ssize_t size = recv(socket_.get(), &answer, sizeof answer, MSG_DONTWAIT);
    if (size < 0) return;
    if (size != sizeof answer) Die("sandbox: the interpreter is gone");
    if (answer.kind == Answer::Kind::kFresh) {
      ++interpreter_;
      ready_ = true;
      scratch_ = answer.value != 0;
      Await();
      fresh_();
      continue;
    }
    if (open_.empty()) Die("sandbox: the interpreter sent an answer without an order");
    const auto answered = std::move(open_.front());
    open_.pop_front();
    Await();
    if (answered) answered(answer.value);
  }
}

}  // namespace zoobar
