// Strangers' HTML on its way through the sanitizer: whose turn it is, and on which of its instances.
//
// Each instance cleans one document at a time. A document waits in a fair queue (ipc/fair_queue.h) for a free one, and
// the time it takes there comes from the share of the member for whom it is done: who saves it, or who looks at the
// program that printed it. The looks of others at a program thus take nothing from its owner, nor a program's tangled
// output from anybody who does not look at it. The documents of one maker, whoever looks, are cleaned one at a time.
// While there are two instances or more, one is kept for members whose documents took little time lately.
//
// The text of a document that is being cleaned is not cleaned a second time beside it: both get the answer.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "ipc/fair_queue.h"
#include "ipc/task.h"
#include "sanitizer.pb.h"
#include "site/role.h"

namespace zoobar {

class Cleaning {
 public:
  static constexpr Milliseconds kPatience{4000};    // the longest that a page waits for a document
  static constexpr std::uint32_t kRetryAfterS = 2;  // when the sanitizer did not answer

  struct Document {
    std::string html;
    std::string member;         // whose share its cleaning comes from: a member id
    std::string maker;          // whose document it is: a member id
    std::int64_t deadline = 0;  // MonotonicMicros by which it must be clean
  };
  struct Answer {
    bool answered = false;            // false: busy, or no sanitizer is there. Nothing is known about the document.
    CleanReply reply;                 // when answered
    std::uint32_t retry_after_s = 0;  // when not answered: 1 or more
  };

  explicit Cleaning(Site& site);

  // Refused at once when it could not be clean by the deadline; never begun after it.
  Task<Answer> Clean(Document document);

  const FairQueue& queue() const { return queue_; }
  std::int64_t joined() const { return joined_; }

  // The deadline of a document whose caller waits until `caller_deadline`.
  static std::int64_t DeadlineFor(std::int64_t caller_deadline);

 private:
  struct Underway {
    Answer answer;
    std::vector<std::shared_ptr<Promised<bool>>> followers;
  };
  static FairQueue::Limits SharesOf(std::size_t instances);
  void CountInstances();
  Task<Answer> Join(std::shared_ptr<Underway> underway);
  Task<Answer> AskSanitizer(std::string html, std::int64_t deadline);
  Task<Result<CleanReply>> AskInstance(CleanRequest request, std::int64_t deadline);

  Site& site_;
  std::size_t instances_ = 1;
  FairQueue queue_;
  std::set<std::uint32_t> busy_;                                         // instances
  std::unordered_map<std::string, std::shared_ptr<Underway>> underway_;  // by the text's hash
  std::int64_t joined_ = 0;
};

}  // namespace zoobar
