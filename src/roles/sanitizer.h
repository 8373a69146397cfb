// Role:      sanitizer, rebuilds members' HTML from an allow-list (html/sanitize.h).
// Called by: profile.
// Calls:     nobody.
// Holds:     nothing. It is a role of its own because it runs a large C parser on text that anybody may have typed.
// If compromised: it can put any content into profiles until it is restarted. It cannot make browsers run a script,
//            because the pages' Content-Security-Policy forbids scripts, and images and frames from other origins.
// Known limits: each instance cleans one document at a time. A hostile document can use up to SanitizeLimits::cpu of
//            CPU time. profile divides the instances among members (profile/cleaning.h). By default there are two
//            instances. One of them is reserved for members whose documents took little time lately.
#pragma once

#include "sanitizer.pb.h"
#include "site/role.h"

namespace zoobar {

class Sanitizer : public RoleBody {
 public:
  explicit Sanitizer(Site& site);

  Task<Result<Outgoing<CleanReply>>> Clean(Incoming<CleanRequest> call);

 private:
  Site& site_;
  std::int64_t cleaned_ = 0, refused_ = 0;
};

extern const RoleSpec kSanitizerRole;

}  // namespace zoobar
