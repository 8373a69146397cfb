// Prints what `zoobar ctl` says of certificates.
#pragma once

#include <ostream>

#include "admin.pb.h"

namespace zoobar {

using CertificateReports = google::protobuf::RepeatedPtrField<CertificateReport>;

bool AnyEndsSoon(const CertificateReports& certificates);

// Prints one row for each certificate, and a line before them for each that ends soon.
void PrintCertificates(const CertificateReports& certificates, std::ostream& out);
// Prints what was installed, and what it replaced.
void PrintInstalled(const InstallCertificateReply& reply, std::ostream& out);

}  // namespace zoobar
