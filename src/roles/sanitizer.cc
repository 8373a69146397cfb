#include "roles/sanitizer.h"

#include "html/cpu_limit.h"
#include "html/sanitize.h"

namespace zoobar {
namespace {

constexpr CallGrant kCalls[] = {
    {Calls::kLoop, "to read calls and answer them, and to read its own CPU time"},
    {Calls::kCpuLimit, "to end itself when the parser does not return from a document"},
};
constexpr Privileges kPrivileges = {
    .folders = {},
    .calls = kCalls,
    // About four times the memory that is needed: one tree of SanitizeLimits::memory, a few copies of its text, and the
    // program itself.
    .limits = {.open_files = 16, .address_space = std::uint64_t{512} << 20},
};

// The CPU time after which the process ends itself. This is more than SanitizeLimits::cpu for one document, and less
// than the caller's deadline.
constexpr std::chrono::milliseconds kCpu{2000};

CleanReply::Outcome OutcomeOf(SanitizeOutcome outcome) {
  switch (outcome) {
    case SanitizeOutcome::kClean:
      return CleanReply::OUTCOME_CLEAN;
    case SanitizeOutcome::kTooLarge:
      return CleanReply::OUTCOME_TOO_LARGE;
    case SanitizeOutcome::kNotUtf8:
      return CleanReply::OUTCOME_NOT_UTF8;
    case SanitizeOutcome::kTooComplex:
      return CleanReply::OUTCOME_TOO_COMPLEX;
  }
  return CleanReply::OUTCOME_UNSPECIFIED;
}

}  // namespace

Sanitizer::Sanitizer(Site& site) : site_(site) {
  site.service().Handle(&Sanitizer::Clean, this);
  site.Count("cleaned", [this] { return cleaned_; });
  site.Count("refused", [this] { return refused_; });
}

Task<Result<Outgoing<CleanReply>>> Sanitizer::Clean(Incoming<CleanRequest> call) {
  const CpuLimit limit(kCpu);
  Sanitized result = call.message.output() ? SanitizeOutput(call.message.html()) : Sanitize(call.message.html());
  CleanReply reply;
  reply.set_outcome(OutcomeOf(result.outcome));
  reply.set_html(std::move(result.html));
  reply.set_version(kAllowListVersion);
  for (std::string& name : result.removed) reply.add_removed(std::move(name));
  ++(result.outcome == SanitizeOutcome::kClean ? cleaned_ : refused_);
  if (result.outcome == SanitizeOutcome::kTooComplex) {
    site_.log().Warning("document-too-complex", {{"bytes", std::to_string(call.message.html().size())}});
  }
  co_return reply;
}

const RoleSpec kSanitizerRole = {
    .role = ROLE_SANITIZER,
    .several_instances = true,
    .privileges = kPrivileges,
    .make = [](Site& site) -> std::unique_ptr<RoleBody> { return std::make_unique<Sanitizer>(site); },
};

}  // namespace zoobar
