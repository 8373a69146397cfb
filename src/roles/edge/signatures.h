// Gets signatures for handshakes from the role keys. libssl asks for them in the middle of a handshake, inside a job of
// OpenSSL (ASYNC_start_job(3ossl)). The job is paused until the signature is here, and meanwhile the loop goes on with
// other connections.
//
// The signatures that are being made at the same time are bounded, so that one instance of edge cannot fill the time of
// keys. Their turns are shared among the clients' addresses (an IPv6 /64 counts as one): a flood of handshakes from one
// address waits for its own turns. A client that leaves gets no turn. A handshake whose deadline passes ends.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "http/address.h"
#include "ipc/fair_queue.h"
#include "site/role.h"
#include "tls/remote_key.h"

namespace zoobar {

class Signatures : public Signer {
 public:
  static constexpr std::size_t kAtOnce = 64;         // signatures that keys makes for this process
  static constexpr std::size_t kAtOnceOfOne = 48;    // of these, for one address
  static constexpr std::size_t kWaiting = 1024;      // handshakes that wait for their turn
  static constexpr std::size_t kWaitingOfOne = 256;  // of these, of one address

  // The signature that one handshake needs. The connection owns it, for as long as its handshake is not over.
  class Wish {
   public:
    // Whether the handshake is paused and waits for the answer.
    bool pending() const { return state_ == State::kAsked; }
    // Answers. nullopt: there is no signature, so the handshake will fail. It goes on when it is called again.
    void Answer(std::optional<std::string> signature) {
      signature_ = std::move(signature);
      state_ = State::kAnswered;
    }

   private:
    friend class Signatures;
    enum class State { kNone, kAsked, kAnswered } state_ = State::kNone;
    std::string key_id_, content_;
    std::uint16_t scheme_ = 0;
    std::optional<std::string> signature_;
  };

  // on_unknown_key: keys has no such key any more, so the certificates must be asked for again.
  Signatures(Site& site, std::function<void()> on_unknown_key);

  // Runs `work`, which goes on with one handshake, so that a signature that it needs becomes this wish.
  template <typename Work>
  auto During(Wish& wish, const Work& work) {
    current_ = &wish;
    auto outcome = work();
    current_ = nullptr;
    return outcome;
  }
  // Asks keys for what a pending wish needs. The result is to be given to Wish::Answer, if the connection is still
  // there. deadline: by MonotonicMicros. gone: as in FairQueue::Ask.
  Task<std::optional<std::string>> Fetch(const Wish& wish, IpAddress address, std::int64_t deadline,
                                         std::function<bool()> gone);

  std::optional<std::string> Sign(std::string_view key_id, std::uint16_t scheme, std::string_view content) override;

  const FairQueue& queue() const { return queue_; }
  std::int64_t failed() const { return failed_; }

 private:
  Site& site_;
  std::function<void()> on_unknown_key_;
  FairQueue queue_;
  Wish* current_ = nullptr;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // for coroutines that may go on later
  std::int64_t failed_ = 0;
};

}  // namespace zoobar
