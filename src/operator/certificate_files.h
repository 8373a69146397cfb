// Reads and writes the files of a certificate, as the person who runs `zoobar ctl certificate`.
#pragma once

#include <string>

#include "operator/self_signed.h"

namespace zoobar {

// Reads both files. An Error names the file, and the limit if it is too large (tls/certificate.h).
Result<CertificateFiles> ReadCertificateFiles(const std::string& certificate, const std::string& key);

// Writes FOLDER/fullchain.pem and FOLDER/privkey.pem, which only their owner may read. Makes the folder if there is none.
// Replaces no file: if one of them exists, the result is an Error, and neither is written.
Status WriteCertificateFiles(const std::string& folder, const CertificateFiles& files);

}  // namespace zoobar
