// The commands for the certificates of HTTPS.
#include <sys/utsname.h>

#include "admin.pb.h"
#include "ctl/commands.h"
#include "ctl/conversation.h"
#include "ipc/try.h"
#include "operator/certificate_files.h"
#include "operator/certificates_print.h"

namespace zoobar {
namespace certificate_commands {
namespace {

Task<Result<int>> ListCertificates(Conversation& ctl) {
  CO_TRY(const ListCertificatesReply list, ctl.Ask<ListCertificatesReply>(ListCertificatesRequest()));
  ctl.Show(list,
           [](const ListCertificatesReply& reply, std::ostream& out) { PrintCertificates(reply.certificates(), out); });
  co_return AnyEndsSoon(list.certificates()) ? kCtlBad : kCtlOk;
}

Task<Result<int>> SendCertificate(Conversation& ctl, CertificateFiles& files) {
  InstallCertificateRequest request;
  request.mutable_install()->set_chain(files.chain);
  CO_TRY(const InstallCertificateReply reply,
         ctl.Ask<InstallCertificateReply>(std::move(request), std::move(files.key)));
  if (!reply.refused().empty()) co_return ctl.Fail(kCtlBad, "not installed: " + reply.refused());
  ctl.Show(reply, PrintInstalled);
  co_return kCtlOk;
}

int InstallCertificate(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  Result<CertificateFiles> files = ReadCertificateFiles(arguments.Text("--cert"), arguments.Text("--key"));
  if (!files.ok()) return invocation.Fail(kCtlUsage, files.error().text);
  return ConverseWithSite(invocation, [&files](Conversation& ctl) { return SendCertificate(ctl, *files); });
}

// Makes the files, and writes them to a folder or installs them.
int SelfSigned(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  SelfSignedOptions options;
  options.names = arguments.All("--name");
  options.addresses = arguments.All("--ip");
  options.days = static_cast<std::uint32_t>(arguments.Number("--days"));
  if (options.names.empty() && options.addresses.empty()) {
    utsname machine{};
    uname(&machine);
    options.names.emplace_back(machine.nodename);
  }
  Result<CertificateFiles> files = MakeSelfSigned(options);
  if (!files.ok()) return invocation.Fail(kCtlUsage, files.error().text);
  if (!arguments.Has("--out"))
    return ConverseWithSite(invocation, [&files](Conversation& ctl) { return SendCertificate(ctl, *files); });
  const std::string folder = arguments.Text("--out");
  const Status written = WriteCertificateFiles(folder, *files);
  if (!written.ok()) return invocation.Fail(kCtlBad, written.error().text);
  *invocation.out << folder << "/fullchain.pem\n" << folder << "/privkey.pem\n";
  return kCtlOk;
}

constexpr CommandOption kInstallOptions[] = {
    {.name = "--cert",
     .takes = Takes::kFile,
     .value = "FILE",
     .help = "the chain in PEM, the server's own certificate first",
     .required = true},
    {.name = "--key",
     .takes = Takes::kFile,
     .value = "FILE",
     .help = "its private key in PEM, not encrypted",
     .required = true},
};
constexpr CommandOption kSelfSignedOptions[] = {
    {.name = "--name",
     .takes = Takes::kText,
     .value = "NAME",
     .help = "a DNS name; may be repeated; default: this machine's",
     .repeatable = true},
    {.name = "--ip",
     .takes = Takes::kText,
     .value = "ADDRESS",
     .help = "an IP address; may be repeated",
     .repeatable = true},
    {.name = "--days",
     .takes = Takes::kNumber,
     .value = "DAYS",
     .help = "how long it is valid",
     .fallback = "365",
     .most = 4294967295},
    {.name = "--out",
     .takes = Takes::kFolder,
     .value = "DIR",
     .help = "write fullchain.pem and privkey.pem into this folder, and install nothing"},
};
constexpr Example kListExamples[] = {
    {"ctl certificate list", "shows names, days left, key and issuer of each certificate"}};
constexpr ExitCode kListExits[] = {{kCtlBad, "a certificate ends soon, or has ended"}};
constexpr Example kInstallExamples[] = {
    {"ctl certificate install --cert fullchain.pem --key privkey.pem", "uses the certificate for new connections"},
};
constexpr ExitCode kInstallExits[] = {
    {kCtlBad, "the site refused the certificate. The line says why"},
    {kCtlUsage, "a file cannot be read"},
};
constexpr Example kSelfSignedExamples[] = {
    {"ctl certificate self-signed --name bank.example.org", "makes a certificate and uses it at once"},
    {"ctl certificate self-signed --ip 192.0.2.7 --out /etc/zoobar/tls", "only writes the two files"},
};

constexpr Command kCommands[] = {
    {.name = "ctl certificate list",
     .does = "show the certificates in use, and how long they are valid",
     .details = "Soon is less than 14 days, or less than a third of the whole time if that is shorter.",
     .examples = kListExamples,
     .exits = kListExits,
     .converse = ListCertificates},
    {.name = "ctl certificate install",
     .does = "use a certificate from now on; no connection is closed",
     .details =
         "It replaces installed certificates for the same names, and is kept when the site restarts. The key goes "
         "to the role keys alone.",
     .options = kInstallOptions,
     .examples = kInstallExamples,
     .exits = kInstallExits,
     .run = InstallCertificate},
    {.name = "ctl certificate self-signed",
     .does = "make a certificate that signs itself, and use it or write it to files",
     .details = "For a site that has no certificate from an authority yet. Browsers warn of it.",
     .options = kSelfSignedOptions,
     .examples = kSelfSignedExamples,
     .exits = kInstallExits,
     .run = SelfSigned},
};

}  // namespace
}  // namespace certificate_commands

CommandGroup CertificateCommands() { return {"Certificates", certificate_commands::kCommands}; }

}  // namespace zoobar
