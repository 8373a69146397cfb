#include "ctl/man_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "ctl/command_help.h"
#include "ctl/commands.h"

namespace zoobar {
namespace {

// Of the last change to what the page says besides the table (man-pages(7)).
constexpr std::string_view kDate = "2026-11-30";

struct Entry {
  std::string_view name, text;
};

constexpr Entry kFiles[] = {
    {"/var/lib/zoobar",
     "the state directory, unless --state-dir or the configuration names another one. It has a folder "
     "for each role with a store, and the logs"},
    {"STATE_DIR/operator.secret",
     "the operator secret, which zoobar ctl reads. It is made when the site first starts, "
     "and only root can read it"},
    {"STATE_DIR/control/control.sock", "the control socket, to which zoobar ctl connects"},
    {"STATE_DIR/listening", "the addresses on which the running site listens, one on each line"},
    {ZOOBAR_CONFIG, "the configuration, unless --config names another file"},
};
constexpr Entry kEnvironment[] = {
    {"NOTIFY_SOCKET",
     "with --role=master: where the service manager is told that the site is ready, reloads or stops "
     "(sd_notify(3))"},
    {"LISTEN_FDS, LISTEN_PID, LISTEN_FDNAMES",
     "with --role=master: listening sockets that the service manager passes on (sd_listen_fds(3)). One named https is "
     "for TLS, one named metrics for the figures, one named console for the operator's page"},
    {"WATCHDOG_USEC, WATCHDOG_PID",
     "with --role=master: how often the service manager wants to hear from the master (sd_watchdog_enabled(3))"},
    {"CREDENTIALS_DIRECTORY",
     "a folder with operator.secret or operator.key, which are used instead of those in STATE_DIR (LoadCredential= in "
     "systemd.exec(5)); also for zoobar ctl"},
};

// A line of text. A line that begins with a dot or a quote would be a request.
void Line(std::string_view text, std::ostream& out) {
  const std::string line = Troff(text);
  out << (line.starts_with('.') || line.starts_with('\'') ? "\\&" : "") << line << '\n';
}

// A paragraph with a hanging tag.
void Tagged(const std::string& tag, std::string_view text, std::ostream& out) {
  out << ".TP\n.B " << Troff(tag) << '\n';
  Line(text, out);
}

void Paragraphs(std::string_view text, std::ostream& out) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find("\n\n"), text.size());
    Line(text.substr(0, end), out);
    text.remove_prefix(std::min(end + 2, text.size()));
    if (!text.empty()) out << ".PP\n";
  }
}

// One row for each command: its words, and what it does.
void PrintTableOfCommands(std::ostream& out) {
  out << ".TS\nlB lx.\n";
  for (const CommandGroup& group : AllCommands()) {
    for (const Command& command : group.commands) {
      out << "T{\n" << Troff("zoobar " + std::string(command.name)) << "\nT}\tT{\n" << Troff(command.does) << "\nT}\n";
    }
  }
  out << ".TE\n";
}

void PrintOptions(const Command& command, bool of_ctl, std::ostream& out) {
  for (const CommandOption* option : OptionsOf(command)) {
    const bool common = option >= CtlOptions().data() && option < CtlOptions().data() + CtlOptions().size();
    if (!option->hidden && common == of_ctl) Tagged(HeadOf(*option), HelpOf(*option), out);
  }
}

void PrintCommand(const Command& command, std::ostream& out) {
  out << ".TP\n.B " << Troff(UsageOf(command)) << '\n';
  Line(Sentence(command.does), out);
  out << ".RS\n";
  if (!command.details.empty()) out << ".PP\n";
  Paragraphs(command.details, out);
  PrintOptions(command, false, out);
  for (const auto& [code, when] : ExitsOf(command)) {
    const bool said =
        std::ranges::any_of(command.exits, [own = code](const ExitCode& exit) { return exit.code == own; });
    if (said) Tagged("exit status " + std::to_string(code), when, out);
  }
  for (const Example& example : command.examples) {
    Tagged("zoobar " + std::string(example.line), example.does, out);
  }
  out << ".RE\n";
}

void PrintEntries(std::string_view title, std::span<const Entry> entries, std::ostream& out) {
  out << ".SH " << title << '\n';
  for (const Entry& entry : entries) Tagged(std::string(entry.name), entry.text, out);
}

void PrintExits(std::ostream& out) {
  out << ".SH EXIT STATUS\nThese hold for every command. A command that says more about one of them has it in its "
         "entry.\n";
  Tagged("0", "done, and nothing was found wrong", out);
  Tagged("1", "something is wrong: a role does not answer, the bank is unsound, there is no member with this name",
         out);
  Tagged("2", "wrong use: there is no such command or option, or a value is wrong. Nothing was done", out);
  Tagged("3", "refused or not reachable: no site runs there, the secret is wrong, or root is needed", out);
}

}  // namespace

std::string Troff(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '\\':
        escaped += "\\e";
        break;
      case '-':
        escaped += "\\-";
        break;
      case '\'':
        escaped += "\\(aq";
        break;
      case '"':
        escaped += "\\(dq";
        break;
      case '\n':
        escaped += ' ';
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

void PrintManPage(std::ostream& out) {
  const Command& itself = ZoobarItself();
  out << "'\\\" t\n.\\\" Made by `zoobar man` from the table of commands (src/ctl/commands.h).\n"
      << ".TH ZOOBAR 8 " << kDate << " \"zoobar " << ZOOBAR_VERSION << "\" \"System administration\"\n"
      << ".SH NAME\nzoobar \\- " << Troff(itself.does) << '\n'
      << ".SH SYNOPSIS\n.nf\n"
      << ".B zoobar \\-\\-role=master\n[\\-\\-config=FILE] [\\-\\-listen=ADDRESS:PORT]... [\\-\\-state\\-dir=DIR] "
         "[\\-\\-set=TEXT]...\n"
      << ".B zoobar ctl COMMAND\n[OPTIONS]\n.B zoobar COMMAND\n[OPTIONS]\n.fi\n"
      << ".SH DESCRIPTION\n";
  Paragraphs(itself.details, out);
  out << ".SH OPTIONS\nWithout a command:\n";
  PrintOptions(itself, false, out);
  out << ".PP\nAll commands of zoobar ctl:\n";
  for (const CommandOption& option : CtlOptions()) Tagged(HeadOf(option), HelpOf(option), out);
  out << ".PP\nEvery command has \\-\\-help.\n.SH COMMANDS\n";
  PrintTableOfCommands(out);
  for (const CommandGroup& group : AllCommands()) {
    out << ".SS " << Troff(group.title) << '\n';
    for (const Command& command : group.commands) PrintCommand(command, out);
  }
  PrintExits(out);
  PrintEntries("FILES", kFiles, out);
  PrintEntries("ENVIRONMENT", kEnvironment, out);
  out << ".SH EXAMPLES\n";
  for (const Example& example : itself.examples) Tagged("zoobar " + std::string(example.line), example.does, out);
  out << ".SH SEE ALSO\n.BR systemd (1),\n.BR logrotate (8),\n.BR seccomp (2),\n.BR namespaces (7),\n.BR landlock "
         "(7)\n";
}

}  // namespace zoobar
