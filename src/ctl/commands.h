// The table of all commands. See command.h.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "ctl/command.h"

namespace zoobar {

// The groups, in the order of help. Those of `zoobar ctl` come first.
const std::vector<CommandGroup>& AllCommands();

// zoobar itself: what it does without a command.
const Command& ZoobarItself();

// Returns the command with this name ("ctl member unlock"), or nullptr.
const Command* FindCommand(std::string_view name);

// The options of all commands of `zoobar ctl`. They may stand before or after the command's words.
std::span<const CommandOption> CtlOptions();

// All options of a command: its own, those of ctl, and --yes if it asks. Without --help, which every command has.
std::vector<const CommandOption*> OptionsOf(const Command& command);

// The words that may follow `path`: "" gives "ctl", "restore" ...; "ctl member" gives "unlock" .... In the table's order.
std::vector<std::string_view> WordsAfter(std::string_view path);

// Each group is in a file of its own.
CommandGroup SiteCommands();
CommandGroup ConfigCommands();
CommandGroup RoleCommands();
CommandGroup UpgradeCommand();
CommandGroup TopCommand();
CommandGroup MemberCommands();
CommandGroup ClassCommands();
CommandGroup ProfileCommands();
CommandGroup LogCommands();
CommandGroup BankCommands();
CommandGroup JournalCommands();
CommandGroup OfflineJournalCommands();
CommandGroup CertificateCommands();
CommandGroup BackupCommands();
CommandGroup OfflineBackupCommands();
CommandGroup MachineCommands();

}  // namespace zoobar
