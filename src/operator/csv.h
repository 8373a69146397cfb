// Comma-separated values (RFC 4180), for lists of members.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ipc/result.h"

namespace zoobar {

// Returns the first cell of each row, without those that are empty. A first row whose first cell is "name" (in any case)
// is a heading and is left out. Rows end with "\n" or "\r\n", a byte order mark at the beginning is skipped, and a cell
// in quotes may hold anything. Returns an Error, with the number of the line, for a quote that does not end, and for
// text between a quote and the next comma.
Result<std::vector<std::string>> FirstColumn(std::string_view text);

// Returns the text as one cell, in quotes if it needs them. A spreadsheet takes a cell that begins with '=', '+', '-',
// '@' or a tab for a formula, so such a text gets a "'" before it.
std::string CsvCell(std::string_view text);

}  // namespace zoobar
