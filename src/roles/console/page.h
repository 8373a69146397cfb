// Puts together what the operator's page shows.
#pragma once

#include <cstdint>

#include "admin.pb.h"
#include "pages/console_page.h"
#include "roles/console/history.h"
#include "roles/console/picture.h"
#include "site/role_reports.h"

namespace zoobar {

// seen: what admin has answered. The version and the time of renewal are left to the caller.
ConsolePage PageOf(const ShowConsoleReply& seen, const RoleReports& reports, const History& history,
                   const Picture& picture, std::int64_t now_ms);

}  // namespace zoobar
