// What the log says about an act that the operator has signed.
#pragma once

#include <string>

#include "operator.pb.h"

namespace zoobar {

// Returns the act's name in proto/operator.proto, for example "reset_passwords", or "unknown".
std::string ActName(const OperatorAct& act);

// Returns whom the act is about: a member's name, the first name and the number of the others, or a member id in
// hexadecimal. Returns an empty text if the act is about nobody.
std::string AboutWhom(const OperatorAct& act);

}  // namespace zoobar
