// Bugs that are put in on purpose, to show that the simulation finds them.
#pragma once

#include <string_view>

namespace zoobar::simulation {

enum class Bug {
  kNone,
  kLostFlush,        // the disk acknowledges flushes that it does not make
  kForgottenTicket,  // bank does not remember the tickets that it has carried out
  kSharedFile,       // profile keeps the files of all programs in one place
};

// Returns whether there is a bug with this name: "lost-flush", "forgotten-ticket", "shared-file".
bool PutIn(std::string_view name);
Bug BugPutIn();

}  // namespace zoobar::simulation
