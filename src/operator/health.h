// What `zoobar ctl status` and `zoobar ctl health` make of a site's status.
#pragma once

#include <ostream>

#include "admin.pb.h"

namespace zoobar {

// An exit status: kCtlBad if the site is not as it should be.
int HealthOf(const StatusReply& status);

// An exit status: kCtlBad if a role does not answer. Only then a restart of the site may help.
int LifeOf(const StatusReply& status);
void PrintLife(const StatusReply& status, std::ostream& out);

}  // namespace zoobar
