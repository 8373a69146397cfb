// The commands about the configuration: is a file right, what would it change, and what is in use.
#include <unistd.h>

#include "admin.pb.h"
#include "config/changes.h"
#include "config/default_config.h"
#include "ctl/commands.h"
#include "ctl/conversation.h"
#include "ipc/try.h"
#include "operator.pb.h"
#include "operator/control_socket.h"
#include "operator/doctor_certificates.h"
#include "operator/doctor_site.h"
#include "text/utf8.h"

namespace zoobar {
namespace config_commands {
namespace {

// The files that the configuration names. Only root can read the keys of certificates.
void CheckFiles(const Config& config, CheckedConfig& checked) {
  std::vector<Finding> findings = {CheckWebRoot(config)};
  if (geteuid() == 0) {
    for (Finding& finding : CheckCertificates(config)) findings.push_back(std::move(finding));
  }
  for (const Finding& finding : findings) {
    if (finding.verdict != Verdict::kOk) checked.add_warnings(Printable(finding.layer + ": " + finding.found));
  }
}

void PrintChanges(const CheckedConfig& checked, bool needs_restart, std::string_view title, std::ostream& out) {
  for (const CheckedConfig::Change& change : checked.changes()) {
    if (change.needs_restart() != needs_restart) continue;
    if (!title.empty()) out << std::exchange(title, "") << '\n';
    const auto value = [](const std::string& text) { return text.empty() ? "nothing" : Printable(text); };
    out << fmt::format("  {}: {} -> {}\n", change.field(), value(change.before()), value(change.after()));
  }
}

void PrintChecked(const CheckedConfig& checked, std::ostream& out) {
  out << "The configuration is valid.\n";
  for (const std::string& warning : checked.warnings()) out << "warning: " << warning << '\n';
  if (checked.site().empty()) {
    out << checked.not_compared() << ", so it was compared with no site.\n";
    return;
  }
  out << "The site on " << Printable(checked.site())
      << (checked.changes().empty() ? " already uses it.\n" : " runs.\n");
  PrintChanges(checked, false, "It would change at `zoobar ctl reload`:", out);
  PrintChanges(checked, true, "It would change at a restart of the site:", out);
}

// The options with which the site was started count for this file too, unless the command line has options of its own.
Status TakeOptions(Conversation& ctl, const ConfigurationReply& reply, ConfigSources& sources) {
  if (!sources.sets.empty() || !sources.listens.empty()) return {};
  if (!reply.has_origin())
    return ctl.Fail(kCtlUsage, "the site's own --set and --listen are too long to be told; repeat them here");
  sources.sets = {reply.origin().sets().begin(), reply.origin().sets().end()};
  sources.listens = {reply.origin().listens().begin(), reply.origin().listens().end()};
  if (sources.state_dir.empty()) sources.state_dir = reply.origin().state_dir();
  return {};
}

Task<Result<int>> CompareWithSite(Conversation& ctl, ConfigSources& sources, CheckedConfig& checked) {
  CO_TRY(const ConfigurationReply reply, ctl.Ask<ConfigurationReply>(ConfigurationRequest()));
  CO_TRY_STATUS(TakeOptions(ctl, reply, sources));
  const Result<Config> wanted = CompleteConfig(sources);
  if (!wanted.ok()) co_return ctl.Fail(kCtlUsage, wanted.error().text);
  checked.set_site(reply.config().state_dir());
  for (const ConfigChange& change : ConfigChanges(reply.config(), *wanted)) {
    CheckedConfig::Change& row = *checked.add_changes();
    row.set_field(change.field);
    row.set_before(change.before);
    row.set_after(change.after);
    row.set_needs_restart(change.needs_restart);
  }
  ctl.Show(checked, PrintChecked);
  co_return checked.warnings().empty() ? kCtlOk : kCtlBad;
}

int CheckConfig(const Invocation& invocation) {
  ConfigSources sources = OverridesOf(invocation.arguments);
  sources.file = invocation.arguments.Text("FILE");
  const Result<Config> config = ReadConfig(sources);
  if (!config.ok()) return invocation.Fail(kCtlUsage, config.error().text);
  CheckedConfig checked;
  CheckFiles(*config, checked);
  Result<Fd> socket = ConnectToControl(config->state_dir());
  if (!socket.ok()) {
    checked.set_not_compared(Printable(socket.error().text));
    invocation.json() ? void(*invocation.out << Json(checked)) : PrintChecked(checked, *invocation.out);
    return checked.warnings().empty() ? kCtlOk : kCtlBad;
  }
  Invocation on_site = invocation;
  on_site.arguments.Set("--state-dir", {config->state_dir()});
  return ConverseOn(on_site, std::move(*socket),
                    [&](Conversation& ctl) { return CompareWithSite(ctl, sources, checked); });
}

int PrintConfig(const Invocation& invocation) {
  if (invocation.arguments.Has("--print")) {
    *invocation.out << DefaultConfigText();
    return kCtlOk;
  }
  ConfigSources sources = SourcesOf(invocation.arguments);
  const Result<Config> config = ReadConfig(sources);
  if (!config.ok()) return invocation.Fail(kCtlUsage, config.error().text);
  *invocation.out << ConfigText(*config);
  return kCtlOk;
}

Task<Result<int>> ShowConfig(Conversation& ctl) {
  CO_TRY(const ConfigurationReply reply, ctl.Ask<ConfigurationReply>(ConfigurationRequest()));
  ctl.Show(reply.config(), [](const Config& config, std::ostream& out) { out << ConfigText(config); });
  co_return kCtlOk;
}

constexpr CommandOption kCheckOptions[] = {
    {.name = "FILE", .takes = Takes::kFile, .help = "the configuration file, protobuf text", .required = true},
    kConfigOptions[1],
    kConfigOptions[2],
    kConfigOptions[3],
    {.name = "--secret-file",
     .takes = Takes::kFile,
     .value = "FILE",
     .help = "the operator secret of the site that runs; default: operator.secret in its state directory"},
    kJson,
};
constexpr CommandOption kPrintOptions[] = {
    {.name = "--print", .help = "print the file that is delivered: every field with its default and what it means"},
    kConfigOptions[0],
    kConfigOptions[1],
    kConfigOptions[2],
    kConfigOptions[3],
};
constexpr Example kCheckExamples[] = {
    {"check-config /etc/zoobar/zoobar.textproto", "checks the file before a reload"},
    {"check-config new.textproto --json", "prints the changes for a script"},
};
constexpr ExitCode kCheckExits[] = {
    {kCtlOk, "the configuration is valid, whatever it changes"},
    {kCtlBad, "it is valid, but a file that it names is missing or wrong"},
    {kCtlUsage, "it is wrong. The line says where"},
    {kCtlRefused, "it is valid, but the site that runs does not answer this user"},
};
constexpr Example kPrintExamples[] = {
    {"config --print > /etc/zoobar/zoobar.textproto", "begins a new configuration file"},
    {"config --config /etc/zoobar/zoobar.textproto", "prints what that file means, with every default filled in"},
};
constexpr Example kShowExamples[] = {{"ctl config", "prints the configuration of the site on /var/lib/zoobar"}};

constexpr Command kCommands[] = {
    {.name = "ctl config",
     .does = "print the configuration in use",
     .details = "Prints every field with its value, as configuration text. It is what the roles use now: a field that "
                "needs a restart has its old value until then.",
     .examples = kShowExamples,
     .converse = ShowConfig},
    {.name = "check-config",
     .does = "check a configuration file, and say what it would change",
     .details = "Checks the file as the master does when it starts. If a site runs on the state directory, the command "
                "also says which fields would change at a reload and which at a restart. It changes nothing. The "
                "site's own --set and --listen count too, unless the command has such options. `zoobar doctor` "
                "checks the machine.",
     .options = kCheckOptions,
     .examples = kCheckExamples,
     .exits = kCheckExits,
     .run = CheckConfig},
    {.name = "config",
     .does = "print a whole configuration",
     .details = "Merges the file and the options, fills in every default, and prints the result.",
     .options = kPrintOptions,
     .examples = kPrintExamples,
     .run = PrintConfig},
};

}  // namespace
}  // namespace config_commands

CommandGroup ConfigCommands() { return {"The configuration", config_commands::kCommands}; }

}  // namespace zoobar
