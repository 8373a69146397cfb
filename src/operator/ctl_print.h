// How `zoobar ctl` shows answers to a person. What it shows came from the site, which may be somebody else's by now: no
// control character of it reaches the terminal.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "admin.pb.h"

namespace zoobar {

// Printable: other bytes than UTF-8 and controls become U+FFFD.
std::string Printable(std::string_view text);

// Rows of cells in aligned columns, two blanks between them. Columns whose title begins with '>' are aligned right.
void PrintTable(const std::vector<std::string>& titles, const std::vector<std::vector<std::string>>& rows,
                std::ostream& out);

// "3d 04h", "2h 05m", "7m 09s", "4.2s"
std::string Duration(std::int64_t millis);

// Whether programs are not run because the canary came back badly.
bool WallsAreBroken(const StatusReply& status);

// Whether a role ends again and again.
bool AnyDegraded(const StatusReply& status);

// First what is wrong, a row for each role, then what each counts.
void PrintStatus(const StatusReply& status, std::ostream& out);
// As `ps` would list the site's processes.
void PrintProcesses(const StatusReply& status, std::int64_t now_ms, std::ostream& out);
// How a member's program stands, then a row for each thing it was denied.
void PrintDenials(const DenialsReply& denials, std::int64_t now_ms, std::ostream& out);
void PrintVerified(const VerifyReply& verified, std::ostream& out);

}  // namespace zoobar
