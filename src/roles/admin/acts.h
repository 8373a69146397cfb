// What the log says about an act that the operator has signed.
#pragma once

#include <string>

#include "operator.pb.h"

namespace zoobar {

// Returns the act's name in proto/operator.proto, for example "reset_passwords", or "unknown".
std::string ActName(const OperatorAct& act);

// Returns whom the act is about: a member's name, the first name and the number of the others, a member id in
// hexadecimal, or the number of an entry of the journal. Returns an empty text if the act is about nobody.
std::string AboutWhom(const OperatorAct& act);

// Returns why the operator does it. Returns an empty text if the act has no reason.
std::string ReasonOf(const OperatorAct& act);

}  // namespace zoobar
