// Prints the responses of `zoobar ctl` for a person. The texts come from the site, which may be compromised. Therefore
// no control character in them is sent to the terminal.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "admin.pb.h"
#include "operator.pb.h"

namespace zoobar {

// Returns the message as JSON with line breaks, with the names of the .proto files and with fields that are 0 or empty.
std::string Json(const google::protobuf::Message& message);

// Prints rows of cells in aligned columns with two blanks between the columns. If a title starts with '>', its column
// is aligned right.
void PrintTable(const std::vector<std::string>& titles, const std::vector<std::vector<std::string>>& rows,
                std::ostream& out);

// Formats a duration as "3d 04h", "2h 05m", "7m 09s" or "4.2s".
std::string Duration(std::int64_t millis);

// Returns whether the site refuses to run programs, because its canary program found that a wall is missing.
bool WallsAreBroken(const StatusReply& status);

// Returns whether at least one role is degraded.
bool AnyDegraded(const StatusReply& status);

// Prints the problems first, then one row for each role, then the counters of each role.
void PrintStatus(const StatusReply& status, std::ostream& out);
// Prints the site's processes in the manner of `ps`.
void PrintProcesses(const StatusReply& status, std::int64_t now_ms, std::ostream& out);
// Prints whether a member's program may run, then one row for each denial.
void PrintDenials(const DenialsReply& denials, std::int64_t now_ms, std::ostream& out);
void PrintVerified(const VerifyReply& verified, std::ostream& out);
void PrintCorrection(const CorrectionAnswer& correction, std::ostream& out);

}  // namespace zoobar
