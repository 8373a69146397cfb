#include "roles/table.h"

#include "roles/admin.h"
#include "roles/app.h"
#include "roles/auth.h"
#include "roles/bank.h"
#include "roles/console.h"
#include "roles/course.h"
#include "roles/dispatcher.h"
#include "roles/echo.h"
#include "roles/edge.h"
#include "roles/honeychecker.h"
#include "roles/keys.h"
#include "roles/logger.h"
#include "roles/login.h"
#include "roles/metrics.h"
#include "roles/notary.h"
#include "roles/profile.h"
#include "roles/sandbox.h"
#include "roles/sanitizer.h"
#include "roles/static.h"
#include "site/role.h"

namespace zoobar {

const std::vector<const RoleSpec*>& AllRoles() {
  static const std::vector<const RoleSpec*> roles = {
      &kLoggerRole, &kHoneycheckerRole, &kAuthRole,    &kBankRole,    &kSanitizerRole, &kSandboxRole,    &kProfileRole,
      &kStaticRole, &kEchoRole,         &kAdminRole,   &kAppRole,     &kLoginRole,     &kDispatcherRole, &kKeysRole,
      &kEdgeRole,   &kNotaryRole,       &kMetricsRole, &kConsoleRole, &kCourseRole,
  };
  return roles;
}

const RoleSpec* FindRole(Role role) {
  for (const RoleSpec* spec : AllRoles()) {
    if (spec->role == role) return spec;
  }
  return nullptr;
}

}  // namespace zoobar
