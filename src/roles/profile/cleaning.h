// Decides which HTML document the sanitizer cleans next, and on which of its instances.
//
// Each instance cleans one document at a time. A document waits in a fair queue (ipc/fair_queue.h) for a free instance.
// The time comes from the share of the member for whom the document is cleaned: the member who saves it, or the visitor
// of the program that printed it. So visits by others cost a program's owner nothing, and a program with complex output
// slows down only its own visitors. The documents of one maker (the author of the HTML or of the program) are cleaned
// one at a time, whoever the visitors are. While there are two instances or more, one is reserved for members whose
// documents took little time lately.
//
// If a second document has the same text as one that is being cleaned, only the first is cleaned. Both get its answer.
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
  static constexpr Milliseconds kPatience{4000};    // a page waits no longer than this for a document
  static constexpr std::uint32_t kRetryAfterS = 2;  // seconds; told to the client if the sanitizer did not answer

  struct Document {
    std::string html;
    std::string member;         // id of the member whose share pays for the cleaning
    std::string maker;          // id of the member who wrote the document or the program that printed it
    std::int64_t deadline = 0;  // when the document must be clean (MonotonicMicros)
    bool output = false;        // a program printed it (CleanRequest.output)
  };
  struct Answer {
    bool answered = false;            // false: busy, or there is no sanitizer. Nothing is known about the document.
    CleanReply reply;                 // valid if `answered`
    std::uint32_t retry_after_s = 0;  // 1 or more if not `answered`
  };

  explicit Cleaning(Site& site);

  // Refuses the document at once if the queue is too long to clean it by the deadline. Never begins to clean it after
  // the deadline.
  Task<Answer> Clean(Document document);

  const FairQueue& queue() const { return queue_; }
  std::int64_t joined() const { return joined_; }

  // Returns the deadline for a document whose caller waits until `caller_deadline`.
  static std::int64_t DeadlineFor(std::int64_t caller_deadline);

 private:
  struct Underway {
    Answer answer;
    std::vector<std::shared_ptr<Promised<bool>>> followers;
  };
  static FairQueue::Limits SharesOf(std::size_t instances);
  void CountInstances();
  Task<Answer> Join(std::shared_ptr<Underway> underway);
  Task<Answer> AskSanitizer(Document document);
  Task<Result<CleanReply>> AskInstance(CleanRequest request, std::int64_t deadline);

  Site& site_;
  std::size_t instances_ = 1;
  FairQueue queue_;
  std::set<std::uint32_t> busy_;                                         // instances that are cleaning
  std::unordered_map<std::string, std::shared_ptr<Underway>> underway_;  // documents being cleaned, by the text's hash
  std::int64_t joined_ = 0;
};

}  // namespace zoobar
