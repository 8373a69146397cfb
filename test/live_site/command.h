// The zoobar program as a command.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace zoobar {

// A program that has ended: its exit status (128 + N when signal N ended it), and what it wrote to stdout and stderr.
struct Ended {
  int status = -1;
  std::string output;
};

// The zoobar under test: ZOOBAR_BINARY of the environment, else the one built beside the test.
std::string ZoobarBinary();
// Executes zoobar with these arguments and waits for its end. Kills it after a minute.
Ended Execute(const std::vector<std::string>& arguments);
// The same for any program that PATH has. `command` may begin with variables for its environment: "NAME=VALUE".
Ended ExecuteProgram(std::vector<std::string> command, std::chrono::seconds patience = std::chrono::seconds(60));

// From a status of waitpid(2): the exit status as `Ended` has it.
int ExitStatus(int wait_status);
// In a child process: reads from /dev/null, writes both outputs to `output`, calls `prepare` and executes `command`,
// whose first word is the path of the program. Does not return.
[[noreturn]] void Become(std::vector<std::string> command, int output, const std::function<void()>& prepare);

}  // namespace zoobar
