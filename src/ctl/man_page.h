// `zoobar man`: the manual page zoobar(8), made from the table of commands.
#pragma once

#include <ostream>
#include <string>
#include <string_view>

namespace zoobar {

// Prints the page in the macros of man(7), with one table for tbl(1).
void PrintManPage(std::ostream& out);

// Returns the text with the escapes of groff(7), so that it stands on the page as it is here.
std::string Troff(std::string_view text);

}  // namespace zoobar
