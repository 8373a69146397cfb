// `zoobar completion bash`: a script for bash that completes the commands of zoobar, made from the table of commands.
#pragma once

#include <ostream>

namespace zoobar {

void PrintBashCompletion(std::ostream& out);

}  // namespace zoobar
