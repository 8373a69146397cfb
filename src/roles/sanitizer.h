// Role:      sanitizer, rebuilds strangers' HTML from an allow-list (html/sanitize.h).
// Called by: profile.
// Calls:     nobody.
// Holds:     nothing. It is a role of its own because it runs a large parser written in C on what strangers typed.
// If compromised: garbled or chosen content in profiles until it is restarted, but no script: the pages'
//            Content-Security-Policy forbids it, and images and frames from elsewhere with it.
// Known limits: one document at a time in each instance; a hostile one takes up to SanitizeLimits::cpu of it. profile
//            shares the instances out among members (profile/cleaning.h), and keeps one of the two that run by default
//            for those whose documents took little time lately.
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
